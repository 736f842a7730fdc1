"""Reads the weights of a Keras .h5 file without Keras: 'layer.weight' -> array.

Two forms: weights alone (as keras.applications publishes them), and a whole model saved as .h5 (its weights lie in
model_weights). Keras 3's .weights.h5 numbers its layers instead of naming them and is refused.
"""

from fruits.models.errors import ModelError

MAX_BYTES = 2 << 30  # a small file can claim any size


def read_keras_file(path):
    try:
        import h5py
    except ImportError as error:
        raise ModelError(f"{path.name}: reading .h5 needs the package h5py: pip install h5py") from error
    try:
        with h5py.File(path, "r") as file:
            return _read(h5py, file, path.name)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise ModelError(f"{path.name}: not an HDF5 file, or damaged ({error})") from error


def _read(h5py, file, file_name):
    root = file["model_weights"] if "model_weights" in file else file
    if "layers" in root:
        raise ModelError(f"{file_name}: is Keras 3's .weights.h5, expected a model saved with model.save('model.h5')")
    arrays = {}
    total = 0

    def visit(path, item):  # hard links only: a link out of the file is never followed
        nonlocal total
        if not isinstance(item, h5py.Dataset) or path.startswith(("top_level_model_weights", "optimizer")):
            return
        if item.external or item.is_virtual:
            raise ModelError(f"{file_name}: '{path}' keeps its numbers in another file, expected them in this one")
        total += item.nbytes
        if total > MAX_BYTES:
            raise ModelError(f"{file_name}: more than {MAX_BYTES >> 30} GiB of weights")
        name = _tensor_name(path)
        if name in arrays:
            raise ModelError(f"{file_name}: two weights are named '{name}'")
        arrays[name] = item[()]

    root.visititems(visit)
    if not arrays:
        raise ModelError(f"{file_name}: holds no weights")
    return arrays


def _tensor_name(path):
    """conv1_conv/conv1_conv/kernel:0 -> conv1_conv.kernel"""
    return ".".join(path.split("/")[-2:]).removesuffix(":0")
