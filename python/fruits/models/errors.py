"""The two ways an import can go wrong that a person can do something about."""


class UsageError(Exception):
    """An option or argument is wrong: names it, its value and what was expected. Exit code 2."""


class ModelError(Exception):
    """A file, server or store is not as it must be: names it and what was expected. Exit code 1."""
