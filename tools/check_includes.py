"""Checks that code stays in its room.

    python tools/check_includes.py [ROOT]     prints violations, exit code 1 if there are any

  * An include points only left: core < io, image < model, stats < pipeline < report < forecast < apps. Tests and benchmarks of a room
    may use that room and what lies left of it.
  * A private header (src/<room>/) is used by its own room, its tests and its benchmarks.
  * A public header includes only public headers and the standard library.
  * libfruits neither prints, exits, nor touches the environment; src/model/cpu_guard.cc and, for the chains of
    AWS, Google and Hadoop, src/io/environment.cc may touch the environment.
"""

import pathlib
import re
import sys
from collections.abc import Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from source_files import ROOT, cpp_files  # noqa: E402

RANKS = {"core": 0, "io": 1, "image": 1, "model": 2, "stats": 2, "pipeline": 3, "report": 4, "forecast": 5}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[>"]')
STANDARD_HEADER = re.compile(r"[a-z_]+[0-9]*$")  # <vector>, never <fmt/core.h> or <unistd.h>
# Comments, then literals: neither is code.
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S
)
PRINTS = re.compile(
    r"\b(?:std::(?:cout|cerr|clog|print|println)|(?:std::)?(?:printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror)|fmt::print(?:ln)?)\b"
    r"(?=\s*[(<;]|\s*\.)"
)
EXITS = re.compile(r"\b(?:std::)?(?:exit|_exit|_Exit|quick_exit|abort|terminate)\s*\(")
ENVIRONMENT = re.compile(r"\b(?:std::)?(?:getenv|secure_getenv|setenv|putenv|unsetenv|clearenv)\s*\(|\benviron\b")
MAY_USE_ENVIRONMENT = ("src/model/cpu_guard.cc", "src/io/environment.cc")


def owner(path: pathlib.PurePath) -> str | None:
    """The room a file belongs to, "apps" for programs and Python bindings, None for files that may use everything."""
    parts = path.parts
    if parts[0] in ("apps", "python", "examples"):
        return "apps"
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if parts[:2] in (("include", "fruits"), ("tests", "cpp")) and len(parts) > 3:
        return parts[2]
    if parts[0] == "bench" and len(parts) > 2 and parts[1] in RANKS:
        return parts[1]
    return None


def may_include(user: str, used: str) -> bool:
    return user == used or RANKS.get(user, len(RANKS)) > RANKS[used]


def check_include(path: pathlib.PurePath, bracket: str, target: str) -> str | None:
    """What is wrong with this include in this file, if anything."""
    parts = pathlib.PurePath(target).parts
    is_public = parts[0] == "fruits" and len(parts) == 3
    is_private = bracket == '"' and len(parts) >= 2 and parts[0] in RANKS
    room = owner(path)
    if path.parts[0] == "include" and not is_public:
        if bracket == "<" and STANDARD_HEADER.match(target):
            return None
        return "a public header includes only fruits/... and the standard library"
    if is_public and parts[1] in RANKS:
        if room in (*RANKS, "apps") and not may_include(room, parts[1]):
            return f"{room} may not use {parts[1]}: an include points only left"
    elif is_private and room is not None and room != parts[0]:
        return f"a private header of {parts[0]} is used by {room}"
    return None


def check_library_code(path: pathlib.PurePath, text: str) -> Iterator[tuple[int, str]]:
    code = NOT_CODE.sub(lambda m: "\n" * m[0].count("\n"), text)
    rules = [(PRINTS, "libfruits does not print"), (EXITS, "libfruits does not end the process")]
    if path.as_posix() not in MAY_USE_ENVIRONMENT:
        rules.append((ENVIRONMENT, "libfruits does not touch the environment"))
    for number, line in enumerate(code.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        for pattern, message in rules:
            if pattern.search(line):
                yield number, f"{message}: {line.strip()}"


def check_text(path: pathlib.PurePath, text: str) -> list[str]:
    """Every violation in one file, as "path:line: what is wrong"."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if (match := INCLUDE.match(line)) and (problem := check_include(path, match[1], match[2])):
            found.append((number, f"{match[2]}: {problem}"))
    if path.parts[0] in ("src", "include"):
        found += check_library_code(path, text)
    return [f"{path}:{number}: {message}" for number, message in sorted(found)]


def check_tree(root: pathlib.Path) -> list[str]:
    violations = []
    for path in cpp_files(root=root):
        violations += check_text(path.relative_to(root), path.read_text(encoding="utf-8", errors="replace"))
    return violations


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    violations = check_tree(root)
    print("\n".join(violations) if violations else "every include points left")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
