"""The wheel: what is in it, what it asks of the machine, and that it works where the wheels it needs lie elsewhere."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile

import pytest

# Amazon Linux 2023's, the oldest that is promised.
OLDEST = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (7, 0, 0), "OPENSSL": (3, 0, 0), "ZLIB": (1, 2, 9)}
# Debian's own, which Amazon Linux's libcurl lacks: its loader says so at each start, and goes on (docs/python.md).
DEBIANS = {"libcurl.so.4": {"CURL_OPENSSL_4"}}
# Libraries that every such machine has.
OF_THE_SYSTEM = re.compile(r"^(lib(c|m|gcc_s|stdc\+\+|z|curl|crypto)|ld-linux-x86-64)\.so\.\d+$")
OF_WHEELS = re.compile(r"^lib(openvino|arrow|arrow_s3|parquet|scipy_openblas)\.so")
RUNS = """
import numpy, fruits, sys
rows = numpy.random.default_rng(1).normal(size=(50, 8))
print(fruits.Pca(2).fit(rows).transform(rows).shape, fruits.__version__)
"""


def run(*command, **options) -> str:
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="session")
def wheel(root_dir, tmp_path_factory):
    """Built as `pip wheel .` builds it, from the tests' environment and with its compiler's cache."""
    folder = tmp_path_factory.mktemp("wheel")
    # The compilers' names as build/dev has them, which count for the cache.
    environment = {**os.environ, "CC": "cc", "CXX": "c++", "CCACHE_BASEDIR": str(root_dir), "CCACHE_NOHASHDIR": "1"}
    environment["CMAKE_BUILD_PARALLEL_LEVEL"] = str(len(os.sched_getaffinity(0)))
    run(
        sys.executable, "-m", "pip", "wheel", root_dir, "--no-deps", "--no-build-isolation", "-w", folder,
        "--config-settings", f"build-dir={root_dir / 'build/wheel'}", "--config-settings", "cmake.define.CMAKE_COMPILE_WARNING_AS_ERROR=ON",
        env=environment,
    )  # fmt: skip
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="session")
def unpacked(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def binaries(folder):
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and p.read_bytes()[:4] == b"\x7fELF"]


def versions_asked(binary) -> dict[str, set[str]]:
    """Names of symbol versions that a binary asks for, by library."""
    _, _, references = run("objdump", "-p", binary).partition("Version References:")
    asked = {}
    for line in references.splitlines():
        if found := re.match(r"\s+required from (\S+):", line):
            asked[found[1]] = versions = set()
        elif found := re.match(r"\s+0x[0-9a-f]+ 0x[0-9a-f]+ \d+ (\S+)", line):
            versions.add(found[1])
    return asked


def test_what_is_in_it(unpacked):
    names = {str(p.relative_to(unpacked)) for p in unpacked.rglob("*") if p.is_file()}
    assert {"fruits/__init__.py", "fruits/_core.pyi", "fruits/py.typed", "fruits/_versions.py"} <= names
    stub = (unpacked / "fruits/_core.pyi").read_text()
    assert "def precision(self) -> str:" in stub and "def precision_reason(self) -> str:" in stub
    assert any(n.endswith("/scripts/fruits") for n in names)
    assert any(n.endswith(".data/data/share/fruits/instances.csv") for n in names)
    assert not [n for n in names if "__pycache__" in n or n.startswith(("tests", "src"))]
    metadata = next(unpacked.glob("*.dist-info/METADATA")).read_text()
    assert "Requires-Dist: openvino==" in metadata and "Requires-Dist: pyarrow==" in metadata


def test_binaries_ask_for_no_newer_libraries(unpacked):
    found = binaries(unpacked)
    assert len(found) >= 2
    for binary in found:
        for library, versions in versions_asked(binary).items():
            if not OF_THE_SYSTEM.match(library):
                continue
            for version in versions - DEBIANS.get(library, set()):
                name, _, number = version.rpartition("_")
                assert name in OLDEST, f"{binary.name} needs {version} of {library}"
                assert tuple(map(int, number.split("."))) <= OLDEST[name], f"{binary.name} needs {version} of {library}"


def test_every_library_is_in_the_wheel_or_on_the_machine(unpacked):
    carried = {p.name for p in (unpacked / "fruits/libs").iterdir()}
    for binary in binaries(unpacked):
        for needed in re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", binary)):
            known = needed in carried or OF_THE_SYSTEM.match(needed) or OF_WHEELS.match(needed)
            assert known, f"{binary.name} needs {needed}"


def test_no_path_of_the_building_machine_is_in_a_binary(unpacked, root_dir):
    for binary in binaries(unpacked):
        paths = re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", run("readelf", "-d", binary))
        assert all(p.startswith("$ORIGIN") for path in paths for p in path.split(":")), f"{binary.name}: {paths}"
        assert str(root_dir).encode() not in binary.read_bytes(), binary.name


@pytest.fixture(scope="session")
def environment(wheel, tmp_path_factory):
    """An environment with the wheel alone; what it depends on lies in the tests' own."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin/python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    assert (folder / "share/fruits/instances.csv").exists()  # where the command looks for it
    return python


def test_the_wheels_it_needs_may_lie_in_another_site_folder(environment, tmp_path):
    """Each in a folder of its own, so that no RUNPATH can find them."""
    site = next(p for p in sys.path if p.endswith("site-packages"))
    folders = []
    for package in ("openvino", "pyarrow", "scipy_openblas32", "numpy"):
        folder = tmp_path / package
        folder.mkdir()
        for entry in os.listdir(site):
            if entry.split("-")[0].split(".")[0] in (package, f"{package}_telemetry"):
                (folder / entry).symlink_to(os.path.join(site, entry))
        folders.append(str(folder))
    out = run(environment, "-c", RUNS, env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)})
    assert out.startswith("(50, 2)")


@pytest.mark.parametrize(
    "wheel_name, version, said",
    [
        ("openvino", "2026.3.0", "is built with openvino 2026.4.1 and works with 2026.4.x, found openvino 2026.3.0"),
        ("pyarrow", "25.0.0", "found pyarrow 25.0.0"),
        ("scipy-openblas32", None, "needs the package scipy-openblas32 .*: it is not installed"),
    ],
)
def test_another_version_is_refused_by_name(environment, tmp_path, wheel_name, version, said):
    site = next(p for p in sys.path if p.endswith("site-packages"))
    stem = wheel_name.replace("-", "_")
    for entry in os.listdir(site):
        if not (entry.startswith(f"{stem}-") and entry.endswith(".dist-info")):
            (tmp_path / entry).symlink_to(os.path.join(site, entry))
    (tmp_path / "fruits").unlink(missing_ok=True)  # the wheel's, not the tests'
    if version:
        info = tmp_path / f"{stem}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {wheel_name}\nVersion: {version}\n")
    done = subprocess.run(
        [environment, "-c", "import fruits"], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1 and re.search(said, done.stderr), done.stderr


def test_the_command_comes_with_it(environment, tmp_path):
    """Where all wheels share a site folder, the binary needs no help to find its libraries."""
    site = next((environment.parent.parent / "lib").glob("python3*/site-packages"))
    theirs = next(p for p in sys.path if p.endswith("site-packages"))
    for package in ("openvino", "pyarrow", "scipy_openblas32"):
        if not (site / package).exists():
            (site / package).symlink_to(os.path.join(theirs, package))
    clean = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "PYTHONPATH")}
    assert run(environment.parent / "fruits", "--version", env=clean).strip()
    photos = tmp_path / "photos"
    run(environment.parent / "fruits", "samples", photos, "--kinds", "2", "--photos", "2", env=clean)
    assert len(list(photos.rglob("*.jpg"))) == 4


@pytest.mark.slow
def test_pip_install_in_a_clean_environment(root_dir, tmp_path):
    """As a user does it: everything from the registries, the build in an environment that pip makes."""
    source = tmp_path / "source"
    listed = run("git", "-C", root_dir, "ls-files", "-co", "--exclude-standard").splitlines()
    for name in listed:
        if (root_dir / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root_dir / name, source / name)
    venv.create(tmp_path / "venv", with_pip=True)
    clean = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "PYTHONPATH")}
    run(tmp_path / "venv/bin/pip", "install", "-q", source, env=clean)
    assert run(tmp_path / "venv/bin/python", "-c", RUNS, env=clean, cwd=tmp_path).startswith("(50, 2)")
    assert run(tmp_path / "venv/bin/fruits", "--version", env=clean).strip()
