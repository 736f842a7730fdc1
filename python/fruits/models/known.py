"""Models that `pull` knows: their public address, and the hash that the publisher's own package states.

A hash is taken from a package's source only, named beside it. Where that gives a part of one, the rest must come
from the user (--sha256); the part is checked before anything is downloaded.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Known:
    url: str
    file_name: str
    licence: str
    md5: str = ""
    sha256_prefix: str = ""


# keras 3.15.1, keras/src/applications/resnet.py: address line 10, MD5 lines 14 and 15 (WEIGHTS_HASHES["resnet50"]).
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
_KERAS_LICENCE = "not stated in the keras package (itself Apache-2.0)"
# torchvision 0.29.2, torchvision/models/resnet.py: addresses lines 358 and 376. The file name holds the first 8
# digits of the SHA-256 (torch 2.15.0, torch/hub.py line 892): a check against damage, not against forgery.
_TORCH = "https://download.pytorch.org/models/"
_TORCH_LICENCE = "not stated; see 'Pre-trained Model License' in torchvision's README"

KNOWN = {
    "resnet50": Known(
        _KERAS + "resnet50_weights_tf_dim_ordering_tf_kernels.h5",
        "resnet50_weights_tf_dim_ordering_tf_kernels.h5",
        _KERAS_LICENCE,
        md5="2cb95161c43110f7111970584f804107",
    ),
    "resnet50-notop": Known(
        _KERAS + "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        _KERAS_LICENCE,
        md5="4d473c1dd8becc155b73f8504c6f6626",
    ),
    "resnet50-torchvision": Known(
        _TORCH + "resnet50-11ad3fa6.pth", "resnet50-11ad3fa6.pth", _TORCH_LICENCE, sha256_prefix="11ad3fa6"
    ),
    "resnet50-torchvision-v1": Known(
        _TORCH + "resnet50-0676ba61.pth", "resnet50-0676ba61.pth", _TORCH_LICENCE, sha256_prefix="0676ba61"
    ),
}
