"""The words after --, which are options of `fruits run`: cut off from a command's own, and looked at before anything is paid for."""

# What the commands give `fruits run` themselves.
OWN_OPTIONS = ("--engine", "--master", "--deploy-mode", "--output", "-o")
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
    """Gives them; those of `refused`, by option with the reason, would only be noticed on the machine."""
    for word in words:
        name = "-o" if word.startswith("-o") else word.split("=")[0]
        if name in OWN_OPTIONS:
            made.error(f"{word}: set by this command")
        if name in refused:
            made.error(f"{word}: {refused[name]}")
    return words
