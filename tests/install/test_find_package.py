"""What users do after an install: find_package(fruits), and the command."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess

import pytest

FOREIGN = pathlib.Path(__file__).parent / "foreign"


def run(*command, **options) -> str:
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def foreign_program(installed, tmp_path_factory) -> pathlib.Path:
    """tests/install/foreign, copied out of the tree and built against the install alone."""
    source = tmp_path_factory.mktemp("foreign") / "source"
    shutil.copytree(FOREIGN, source)
    build = source.parent / "build"
    run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", build)
    return build / "foreign"


def test_foreign_project_builds_and_runs(foreign_program, tmp_path):
    for name in ("b.jpg", "a.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    env = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    lines = run(foreign_program, tmp_path, env=env).splitlines()
    assert lines[:2] == [f"photo file://{tmp_path}/a.png", f"photo file://{tmp_path}/b.jpg"]
    assert lines[2] == "mean 2 30"
    assert re.match(r"openvino 2026\.4", lines[3])


def test_errors_reach_the_foreign_program(foreign_program, tmp_path):
    done = subprocess.run([foreign_program, tmp_path / "absent"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "absent" in done.stdout


def test_another_version_is_refused(installed, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES CXX)\nfind_package(fruits 99 REQUIRED)\n"
    )
    command = ["cmake", "-G", "Ninja", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={installed}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "99" in done.stderr


def test_every_public_header_compiles_alone(installed, root_dir, tmp_path):
    headers = sorted(p.relative_to(installed / "include").as_posix() for p in (installed / "include").rglob("*.h"))
    assert len(headers) == len(list((root_dir / "include").rglob("*.h"))) > 20

    def compile_alone(header: str) -> str:
        source = tmp_path / (header.replace("/", "_") + ".cc")
        source.write_text(f'#include "{header}"\n#include "{header}"\n')
        flags = ["-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
        done = subprocess.run(["g++", *flags, "-I", installed / "include", source], capture_output=True, text=True)
        return "" if done.returncode == 0 else f"{header}:\n{done.stderr}"

    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        failures = [text for text in pool.map(compile_alone, headers) if text]
    assert failures == []


def test_the_library_shows_only_its_own_symbols(installed):
    (library,) = (installed / "lib").rglob("libfruits.so.*.*.*")
    symbols = run("nm", "-D", "-C", "--defined-only", library).splitlines()
    names = [line.split(maxsplit=2)[2] for line in symbols]
    assert any("fruits::Moments::Add" in name for name in names)
    assert [name for name in names if "fruits::" not in name] == []


def test_the_installed_command_runs(installed):
    env = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    assert "fruits" in run(installed / "bin/fruits", "--help", env=env)
    assert list(installed.glob("lib/python3.*/site-packages/fruits/cli/__main__.py"))
