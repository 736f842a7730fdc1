"""Which network a weights file holds, and the model and preprocessing that go with it."""

import dataclasses

from fruits.models import efficientnet_lite, resnet50
from fruits.models.bundle import Preprocessing
from fruits.models.choices import ARCHITECTURES, EFFICIENTNET_LITES
from fruits.models.choices import RESNET50_V1 as V1
from fruits.models.choices import RESNET50_V1_5 as V1_5
from fruits.models.errors import ModelError
from fruits.models.tensors import Tensors

# Channel means of ImageNet as Caffe's models had them; keras.applications.resnet.preprocess_input, mode "caffe".
CAFFE = Preprocessing(224, 224, "bgr", (103.939, 116.779, 123.68), (1.0, 1.0, 1.0), "bicubic")
# torchvision's mean (0.485, 0.456, 0.406) and std (0.229, 0.224, 0.225), times 255.
TORCHVISION = Preprocessing(224, 224, "rgb", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375), "bilinear")
# MEAN_RGB and STDDEV_RGB of TensorFlow's efficientnet_lite_builder.py, where these weights were trained.
LITE = Preprocessing(0, 0, "rgb", (127.0,) * 3, (128.0,) * 3, "bicubic")


@dataclasses.dataclass
class Built:
    model: object  # openvino.Model with outputs feature_map, features and perhaps logits
    preprocessing: Preprocessing
    dimension: int
    class_count: int  # 0: no classifier


def recognise(arrays, file_name):
    """The architecture's name, by names and shapes. v1 and v1.5 look alike: the form of the file tells them apart."""
    if "conv1_conv.kernel" in arrays and "conv2_block1_1_conv.kernel" in arrays:
        return V1
    if "conv1.weight" in arrays and "layer1.0.conv3.weight" in arrays:
        return V1_5 if "bn1.weight" in arrays else V1
    if "_conv_stem.weight" in arrays:
        for variant in EFFICIENTNET_LITES:
            if _fits_lite(arrays, variant):
                return variant
    some = ", ".join(sorted(arrays)[:3])
    raise ModelError(
        f"{file_name}: its tensors ({some}, ...; {len(arrays)} in all) are of no known network; "
        f"known are {', '.join(ARCHITECTURES)}; say which with --arch if it is one of them"
    )


def _fits_lite(arrays, variant):
    rows = efficientnet_lite.blocks(variant)
    last = arrays.get(f"_blocks.{len(rows) - 1}._project_conv.weight")
    over = f"_blocks.{len(rows)}._project_conv.weight" in arrays
    return last is not None and not over and last.shape[:1] == (rows[-1][4],)


def build(arrays, file_name, architecture, input_size=0):
    """ModelError names the first tensor that is missing, too much, or of another shape."""
    tensors = Tensors(arrays, file_name, architecture)
    if architecture in (V1, V1_5):
        return _build_resnet50(tensors, architecture, input_size)
    size = input_size or efficientnet_lite.VARIANTS[architecture][2]
    folded = efficientnet_lite.from_torch(tensors, architecture)
    model = efficientnet_lite.build(folded, architecture, size, architecture)
    preprocessing = dataclasses.replace(LITE, width=size, height=size)
    return Built(model, preprocessing, efficientnet_lite.DIMENSION, _class_count(folded))


def _build_resnet50(tensors, architecture, input_size):
    if "conv1_conv.kernel" in tensors:
        folded, preprocessing = resnet50.from_keras(tensors), CAFFE
    elif "bn1.weight" in tensors:
        folded, preprocessing = resnet50.from_torch(tensors), TORCHVISION
    else:
        folded, preprocessing = resnet50.from_folded(tensors), CAFFE
    size = input_size or preprocessing.width
    model = resnet50.build(folded, architecture, size, stride_in_3x3=architecture == V1_5)
    preprocessing = dataclasses.replace(preprocessing, width=size, height=size)
    return Built(model, preprocessing, resnet50.DIMENSION, _class_count(folded))


def _class_count(folded):
    return folded["fc"][0].shape[0] if "fc" in folded else 0
