"""`fruits models quantize`."""

import argparse
import decimal
import sys

EXAMPLES = """\
examples:
  fruits models quantize resnet50 --calibration photos              resnet50-int8, with quality.json and quality.md
  fruits models quantize resnet50 --calibration train --evaluation test --max-accuracy-drop 0.2%
  fruits models quantize resnet50 --calibration shop.tar --label '/([a-z]+)_[0-9]+\\.jpg$'
"""
# As the engine's option table has them; asking it for them here would load OpenVINO for every --help.
GLOB_HELP = "files to take from folders, like '*.jpg'; may be given again"
LABEL_HELP = "label of a photo: its folder, none, or a regular expression's one group"
MOST_JUDGED = 12_000  # photos, and so components
MOST_DIGITS = 30  # int() itself refuses thousands
MOST_BARE_DROP = 0.05  # without a % sign


def add_to(actions, add_action):
    parser = add_action(actions, "quantize", "make an int8 model of an f32 one, and say what it costs", EXAMPLES)
    add = parser.add_argument
    add("name", metavar="NAME", help="an f32 model of the store")
    add("--calibration", metavar="INPUT", nargs="+", required=True, help="photos to learn the ranges of numbers from")
    add("--images", type=_count(10), default=300, metavar="N", help="photos of them, spread evenly (default 300)")
    add("--evaluation", metavar="INPUT", nargs="+", default=[], help="photos to measure with (default: others of the same)")
    add("--evaluation-images", type=_count(10, MOST_JUDGED), default=1000, metavar="N", help="photos of them (default 1000)")
    add("--glob", dest="globs", metavar="PATTERN", action="append", default=[], help=GLOB_HELP)
    add("--label", default="parent", metavar="parent|none|REGEX", help=LABEL_HELP)
    add("--as", dest="target", metavar="NAME", default="", help="the new model's name (default: NAME-int8)")
    add("--min-cosine", type=_share, default=0.985, metavar="C", help="least mean cosine to f32 (default 0.985)")
    add("--max-accuracy-drop", type=_drop, default=0.005, metavar="SHARE", help="most that accuracy may fall (default 0.5%%)")
    add("--allow-unknown-accuracy", action="store_true", help="where labels tell no accuracy, take a model by its cosine alone")
    add("--components", type=_count(1, MOST_JUDGED), default=7, metavar="K", help="components to compare (default 7)")
    add("--group", default="", metavar="REGEX", help="photos too alike to stand for each other, by one group")
    add("--models", "--store", dest="models", metavar="DIR", help="model store, a local folder")
    add("--overwrite", action="store_true", help="replace an int8 model of that name")
    parser.set_defaults(run=_quantize)


def _count(least, most=None):
    def parse(text):
        value = int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else -1
        if value < least or (most and value > most):
            upper = f" to {most}" if most else " on"
            raise argparse.ArgumentTypeError(f"'{text}', expected a whole number from {least}{upper}")
        return value

    return parse


def _share(text):
    try:
        # In decimals, so that 0.7% is 7 of 1000 photos: 0.7 / 100 is less.
        value = float(decimal.Decimal(text.removesuffix("%")).scaleb(-2 if text.endswith("%") else 0))
    except (decimal.DecimalException, ValueError):
        value = -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"'{text}', expected a share from 0 to 1, like 0.005 or 0.5%")
    return value


def _drop(text):
    """Points are what people have in mind: 0.5 is more likely half a point than half of the photos."""
    share = _share(text)
    if not text.endswith("%") and share > MOST_BARE_DROP:
        all_of_it, hundredth = f"{100 * share:g}", f"{share:g}"
        meant = f"write {hundredth}% for {hundredth} points, {all_of_it}% for {all_of_it}"
        raise argparse.ArgumentTypeError(f"'{text}' would be {all_of_it} points; {meant}")
    return share


def _quantize(options, environment):
    from fruits.models.quantizer import QuantizeRequest, quantize
    from fruits.models.store import default_store

    request = QuantizeRequest(
        name=options.name,
        store=default_store(options.models, environment),
        calibration=options.calibration,
        evaluation=options.evaluation,
        target=options.target,
        images=options.images,
        evaluation_images=options.evaluation_images,
        globs=options.globs,
        label=options.label,
        min_cosine=options.min_cosine,
        max_accuracy_drop=options.max_accuracy_drop,
        allow_unknown_accuracy=options.allow_unknown_accuracy,
        components=options.components,
        group=options.group,
        overwrite=options.overwrite,
    )
    print(quantize(request, lambda sentence: print(sentence, file=sys.stderr, flush=True)))
