"""tools/setup.sh, on a made tree with made dpkg, apt-get, sudo and Python: what it installs, when, and what it says."""

import os
import pathlib
import shutil
import subprocess

import pytest

TOOLS = ("bash", "cat", "chmod", "comm", "cp", "dirname", "env", "grep", "mkdir", "sed", "sha256sum", "sort")

# Writes its arguments to calls.log; as `-m venv` it makes an environment whose python is itself.
PYTHON = """#!/bin/bash
echo "python $*" >>"$FAKE/calls.log"
case "$*" in
  "-m venv --clear .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python; chmod +x .venv/bin/python ;;
  "-m pip --version") echo "pip 1 from $PWD/.venv/lib" ;;
  -VV) echo "Python 3.11.2" ;;
esac
"""


class Machine:
    """A tree with tools/setup.sh in it, and a PATH that holds only what a test puts there."""

    def __init__(self, root: pathlib.Path, folder: pathlib.Path):
        self.tree = folder / "a tree"
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.tree / "tools").mkdir(parents=True)
        for name in ("tools/setup.sh", "tools/debian-packages.txt", "tools/debian-packages-dev.txt",
                     "requirements.txt", "requirements-dev.txt"):  # fmt: skip
            shutil.copy(root / name, self.tree / name)
        for name in TOOLS:
            os.symlink(shutil.which(name), self.bin / name)
        self.fake("python3", PYTHON)
        self.fake("apt-get", '#!/bin/bash\necho "apt-get $*" >>"$FAKE/calls.log"\n')
        self.installed([])
        self.user(0)

    def fake(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def installed(self, packages: list[str]) -> None:
        lines = "".join(f'echo "installed {name}"\n' for name in packages)
        self.fake("dpkg-query", f"#!/bin/bash\n{lines}exit 1\n")

    def user(self, number: int) -> None:
        self.fake("id", f"#!/bin/bash\necho {number}\n")

    def packages(self, name: str = "debian-packages.txt") -> list[str]:
        return [line for line in (self.tree / "tools" / name).read_text().splitlines() if not line.startswith("#")]

    def setup(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        env = {"PATH": str(self.bin), "FAKE": str(self.bin.parent), **environment}
        command = [self.tree / "tools/setup.sh", *arguments]
        return subprocess.run(command, cwd="/", env=env, capture_output=True, text=True)

    def calls(self) -> str:
        """What was called since the last time this was asked."""
        log = self.bin.parent / "calls.log"
        text = log.read_text() if log.exists() else ""
        log.unlink(missing_ok=True)
        return text


@pytest.fixture
def machine(root_dir, tmp_path):
    return Machine(root_dir, tmp_path)


def test_missing_packages_are_listed_then_installed(machine):
    everything = machine.packages()
    machine.installed([p for p in everything if p not in ("cmake", "libwebp-dev")])
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert "Debian packages to install: cmake libwebp-dev" in done.stderr
    assert "apt-get install -q -y --no-install-recommends cmake libwebp-dev\n" in machine.calls()


def test_nothing_is_installed_where_all_is_there(machine):
    machine.installed(machine.packages())
    assert machine.setup().returncode == 0
    calls = machine.calls()
    assert "apt-get" not in calls
    assert "pip install" in calls


def test_dev_needs_more(machine):
    machine.installed(machine.packages())
    done = machine.setup("--dev")
    assert done.returncode == 0, done.stderr
    calls = machine.calls()
    assert all(f" {p}" in calls for p in machine.packages("debian-packages-dev.txt"))
    assert "-rrequirements.txt -rrequirements-dev.txt" in calls


def test_a_second_run_does_nothing(machine):
    machine.installed(machine.packages())
    machine.setup()
    machine.calls()
    assert machine.setup().returncode == 0
    assert "pip install" not in machine.calls()


def test_changed_requirements_are_installed(machine):
    machine.installed(machine.packages())
    machine.setup()
    machine.calls()
    with open(machine.tree / "requirements.txt", "a") as file:
        file.write("another==1\n")
    machine.setup()
    assert "pip install" in machine.calls()


def test_a_moved_tree_gets_a_new_environment(machine):
    machine.installed(machine.packages())
    machine.setup()
    machine.calls()
    moved = machine.tree.with_name("moved")
    machine.tree.rename(moved)
    machine.tree = moved
    assert machine.setup().returncode == 0
    assert "pip install" in machine.calls()


def test_sudo_is_used_where_it_is_needed(machine):
    machine.user(1000)
    machine.fake("sudo", '#!/bin/bash\necho "sudo $1" >>"$FAKE/calls.log"\n"$@"\n')
    assert machine.setup().returncode == 0
    assert "sudo apt-get" in machine.calls()


def test_neither_root_nor_sudo_says_what_to_do(machine):
    machine.user(1000)
    done = machine.setup()
    assert done.returncode == 1
    assert "As root: apt-get install" in done.stderr
    assert " cmake " in done.stderr
    assert "apt-get" not in machine.calls()


def test_another_distribution_is_told_how_to_go_on(machine):
    (machine.bin / "dpkg-query").unlink()
    done = machine.setup()
    assert done.returncode == 1
    assert "FRUITS_SKIP_PACKAGES=1" in done.stderr
    assert machine.setup(FRUITS_SKIP_PACKAGES="1").returncode == 0


def test_unknown_option_is_refused(machine):
    done = machine.setup("--everything")
    assert done.returncode == 1
    assert "--everything" in done.stderr
    assert machine.calls() == ""


def test_failing_apt_is_an_error(machine):
    machine.fake("apt-get", '#!/bin/bash\n[[ "$1" != install ]]\n')
    done = machine.setup()
    assert done.returncode == 1
    assert "apt-get could not install" in done.stderr


def test_failing_pip_is_an_error_and_is_tried_again(machine):
    machine.installed(machine.packages())
    machine.fake("python3", PYTHON + '[[ "$*" != "-m pip install"* ]]\n')
    done = machine.setup()
    assert done.returncode == 1
    assert "pip could not install" in done.stderr
    machine.calls()
    machine.setup()
    assert "pip install" in machine.calls()
