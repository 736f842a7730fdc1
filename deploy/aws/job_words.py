"""The words after --, which are options of `fruits run`: cut off from a command's own, and looked at before anything is paid for."""

# What the commands give `fruits run` themselves.
OWN_OPTIONS = ("--engine", "--master", "--deploy-mode", "--output", "-o")
# The options of `fruits run`, as a machine without the package must know them; a test compares them with the engine's own table.
WITH_VALUE = {
    "--model", "--precision", "--input-size", "--pooling", "--fit", "--resize-filter", "--color-order", "--mean", "--scale",
    "--features-output", "--components", "--variance", "--report-thumbnails", "--glob", "--label", "--limit", "--sample", "--max-pixels",
    "--on-error", "--max-rejected", "--batch-size", "--threads", "--price-per-hour", "--models", "--progress",
}  # fmt: skip
SWITCHES = {
    "--no-exif-rotate", "--no-center", "--with-mean", "--with-scaled", "--no-thumbnails", "--retry-rejected", "--overwrite", "--force",
}  # fmt: skip
_ON_ONE_MACHINE = "for one machine; Spark has metrics and logs of its own"
# What only one machine takes.
NOT_ON_SPARK = {
    **dict.fromkeys(("--log-format", "--log-interval", "--metrics-port", "--metrics-address"), _ON_ONE_MACHINE),
    "--plots": "for one machine; fruits.plot draws a finished run's",
}
# What only `fruits run --engine spark` takes.
OF_SPARK = ("--conf", "--min-executors", "--max-executors")


def cut(words):
    """A command's own words, and those after --."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def check(made, words, refused):
    """Gives them; those of `refused`, by option with the reason, and what is no option would only be noticed on the machine."""
    left = list(words)
    while left:
        word = left.pop(0)
        name, given, value = word.partition("=")
        if word.startswith("-o"):
            name = "-o"
        if reason := _reason(made, name, refused):
            made.error(f"{word}: {reason}")
        if name in SWITCHES:
            if given:
                made.error(f"{word}: {name} takes no value")
        elif not given:
            value = left.pop(0) if left else ""
            if not value or value.startswith("-"):
                made.error(f"{name}: expected a value after it; one that begins with '-' as {name}=VALUE")
    return words


def _reason(made, name, refused):
    """Why an option is not for the job; None where it is."""
    if name in OWN_OPTIONS:
        return "set by this command"
    if name in refused:
        return refused[name]
    if name in {*WITH_VALUE, *SWITCHES, *NOT_ON_SPARK, *OF_SPARK}:
        return None
    if not name.startswith("-"):
        return "expected only options of `fruits run` after --"
    if name in made._option_string_actions:
        return "an option of this command: give it before --"
    return "`fruits run` has no such option"
