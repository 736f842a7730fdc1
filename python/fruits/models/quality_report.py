"""What an int8 model costs in quality and gains in speed: its floors, and quality.json and quality.md of its bundle."""

import dataclasses
import json
import pathlib


@dataclasses.dataclass(frozen=True)
class Drop:
    """What one of the accuracies loses by int8, as a share of the photos; negative where int8 is better."""

    measure: str
    f32: float
    int8: float
    share: float  # by counts: 1 of 200 is 0.005 to the bit, which 196/200 - 195/200 is not
    standard_error: float  # of the change, by the photos whose answer changed (fruits/stats/paired_change.h)


def drops(report: dict) -> list[Drop]:
    """Of both measures; none where the labels do not tell."""
    found = []
    for measure, name in (("nearest neighbour", "nearest"), ("linear probe", "probe")):
        f32, int8 = (report[side][f"{name}_accuracy"] for side in ("f32", "int8"))
        if f32 is None or int8 is None:
            return []
        changed = report["agreement"][f"{name}_change"]
        share = (changed["right_to_wrong"] - changed["wrong_to_right"]) / report["f32"]["photos"]
        found.append(Drop(measure, f32, int8, share, changed["standard_error"]))
    return found


def worst_drop(report: dict) -> Drop | None:
    """The larger of both measures' losses. None: the labels do not tell."""
    return max(drops(report), key=lambda drop: drop.share, default=None)


def faults(report: dict, request) -> list[str]:
    """What is below its floor; empty: good enough."""
    found = []
    cosine = report["agreement"]["cosine"]["mean"]
    if cosine < request.min_cosine:
        found.append(f"mean cosine to f32 {cosine:.4f}, expected at least {request.min_cosine:g}")
    drop = worst_drop(report)
    if drop is not None and drop.share > request.max_accuracy_drop:
        found.append(
            f"accuracy falls by {100 * drop.share:.2f} points ({drop.measure}; standard error {100 * drop.standard_error:.2f}"
            f" over {report['evaluation']['photos']} photos), expected at most {100 * request.max_accuracy_drop:g}"
        )
    return found


def quantized_from(report: dict, base: dict) -> dict:
    """For bundle.json: what --precision auto judges the model by, and for which settings that holds."""
    drop = worst_drop(report)
    return {
        "sha256": base["sha256"],
        "cosine": report["agreement"]["cosine"]["mean"],
        "accuracy_drop": drop.share if drop else None,
        "accuracy_drop_standard_error": drop.standard_error if drop else None,
        "evaluation_photos": report["evaluation"]["photos"],
        "evaluation_calibrated_on": report["evaluation"]["calibrated_on"],
        **report["settings"],
        **report["floors"],
        "speed_ratio": report["speed_ratio"],
        "speed_isa": report["speed_isa"],
    }


def summary(report: dict) -> str:
    cosine = report["agreement"]["cosine"]
    changes = [f"{drop.measure} {_percent(drop.f32)} -> {_percent(drop.int8)} ({_change(drop)})" for drop in drops(report)]
    accuracy = ", ".join(changes) or f"accuracy not known: {report['accuracy_unknown']}"
    return (
        f"cosine to f32 {cosine['mean']:.4f} (1 %: {cosine['percentile_1']:.4f}); {accuracy};"
        f" {report['speed_ratio']:.2f} times as fast"
    )


def write(report: dict, folder: pathlib.Path) -> None:
    (folder / "quality.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (folder / "quality.md").write_text(_page(report), encoding="utf-8")


def _page(report: dict) -> str:
    tables = ["", *_costs(report), *_errors(report), "", *_agreement(report)]
    lines = [f"# {report['model']} in int8", "", *_origin(report), *tables]
    return "\n".join(lines) + "\n"


def _origin(report: dict) -> list[str]:
    """Which photos, which settings: what the figures hold for."""
    f32, settings, floors = report["f32"], report["settings"], report["floors"]
    calibration, evaluation = report["calibration"], report["evaluation"]
    overlap = evaluation["calibrated_on"]
    both = f"among them {overlap:,} of the calibration's" if overlap else "none of the calibration's"
    group = _code([report["group"]]) if report["group"] else "by the names within each label"
    side = settings["input_size"] or "the model's own"
    lines = [
        f"Measured with a CPU of class {report['speed_isa']}.",
        "",
        "| | |",
        "| --- | --- |",
        f"| calibration | {_photos(calibration)} |",
        f"| evaluation | {_photos(evaluation)}, {both}; {f32['labels']:,} labels |",
        f"| files | {_code(report['globs']) or 'all'} |",
        f"| labels | {_code([report['label']])} |",
        f"| groups | {group} |",
        f"| settings | pooling {settings['pooling']}, input size {side}, fit {settings['fit']}, filter {settings['filter']} |",
        f"| floors | mean cosine {floors['min_cosine']:g}, accuracy drop {100 * floors['max_accuracy_drop']:g} points |",
        "",
        "Accuracies never ask a photo's own group.",
    ]
    if report["accuracy_unknown"]:
        lines += [f"Accuracy is not known: {report['accuracy_unknown']}; the model was taken by its cosine alone."]
    if overlap:
        judged = ", and so were the layers kept in f32 chosen" if report["layers_kept_in_f32"] else ""
        lines += [f"There were too few other photos: int8 is judged on photos that its ranges were learnt from{judged}."]
    return lines


def _costs(report: dict) -> list[str]:
    f32, int8 = report["f32"], report["int8"]
    components = str(report["components"])

    def row(name, value, form):
        return f"| {name} | {form(value(f32))} | {form(value(int8))} |"

    return [
        "| | f32 | int8 |",
        "| --- | --- | --- |",
        row("nearest neighbour has the label", lambda m: m["nearest_accuracy"], _percent),
        row("linear probe gives the label", lambda m: m["probe_accuracy"], _percent),
        row(f"variance that {components} components keep", lambda m: m["variance_kept"][components], _percent),
        row("images/s", lambda m: m["images_per_second"], lambda v: f"{v:.1f}"),
        row("MB", lambda m: m["bytes"] / 1e6, lambda v: f"{v:.1f}"),
    ]


def _errors(report: dict) -> list[str]:
    """How far chance alone moves the accuracies."""
    if not drops(report):
        return []
    lines = ["", "| int8 for f32 | right to wrong | wrong to right | change, points |", "| --- | --- | --- | --- |"]
    for drop, name in zip(drops(report), ("nearest", "probe"), strict=True):
        changed = report["agreement"][f"{name}_change"]
        lines += [f"| {drop.measure} | {changed['right_to_wrong']} | {changed['wrong_to_right']} | {_change(drop, '')} |"]
    return [
        *lines,
        "",
        "The standard error is that of paired shares (McNemar's setting): of n photos, b go from right to wrong and c from wrong to"
        " right, sqrt(b + c - (b - c)^2 / n) / n. A change of less than two of them may be chance.",
    ]


def _agreement(report: dict) -> list[str]:
    agreement, cosine = report["agreement"], report["agreement"]["cosine"]
    angles = ", ".join(f"{angle:.1f}" for angle in agreement["angles"])
    return [
        "| int8 to f32 | |",
        "| --- | --- |",
        f"| cosine: mean, 1 %, least | {cosine['mean']:.4f}, {cosine['percentile_1']:.4f}, {cosine['min']:.4f} |",
        f"| same nearest photo | {_percent(agreement['same_nearest_photo'])} |",
        f"| nearest photo has the same label | {_percent(agreement['same_nearest_label'])} |",
        f"| angles between the first {report['components']} components' spaces | {angles} degrees |",
        f"| speed (photos of the network's own size, from memory) | {report['speed_ratio']:.2f} times |",
        f"| layers kept in f32 | {report['layers_kept_in_f32']} |",
        f"| models tried | {report['attempts']} |",
    ]


def _change(drop: Drop, unit: str = " points") -> str:
    return f"{-100 * drop.share:+.2f}{unit}, standard error {100 * drop.standard_error:.2f}"


def _percent(share: float | None) -> str:
    return "not known" if share is None else f"{100 * share:.2f} %"


def _photos(source: dict) -> str:
    return f"{source['photos']:,} photos of {_code(source['inputs'])}, {source['rejected']:,} rejected"


def _code(texts) -> str:
    """In a table's cell a bar would end it."""
    return ", ".join(f"`{text}`" for text in texts).replace("|", "\\|")
