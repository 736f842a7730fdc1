"""Which files of the tree are ours to check.

    python tools/source_files.py [--null]     prints every C++ file
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CPP_FOLDERS = ("include", "src", "apps", "python", "tests", "bench", "examples")
CPP_SUFFIXES = (".h", ".cc")


def cpp_files(*folders: str, root: pathlib.Path = ROOT) -> list[pathlib.Path]:
    """C++ files below these folders of the tree (all of ours by default), sorted."""
    found = []
    for folder in folders or CPP_FOLDERS:
        found += [p for p in (root / folder).rglob("*") if p.suffix in CPP_SUFFIXES and p.is_file()]
    return sorted(found)


if __name__ == "__main__":
    end = "\0" if "--null" in sys.argv[1:] else "\n"
    sys.stdout.write("".join(f"{path}{end}" for path in cpp_files()))
