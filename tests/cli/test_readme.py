"""The README does what it says: its marked snippets are run."""

import os
import re
import subprocess
import sys

import pytest

SNIPPET = re.compile(r"<!-- test: (\w+) -->\n```(\w+)\n(.*?)```", re.S)


@pytest.fixture(scope="module")
def snippets(root_dir) -> dict[str, str]:
    return {name: text for name, _, text in SNIPPET.findall((root_dir / "README.md").read_text())}


@pytest.fixture(scope="module")
def place(fruits_command, fruits_env, model_store, tmp_path_factory):
    """A folder with photos/ in it, and a way to run shell lines there with `fruits` on the PATH."""
    folder = tmp_path_factory.mktemp("readme")
    env = {**fruits_env, "FRUITS_MODELS": str(model_store), "PATH": f"{fruits_command.parent}{os.pathsep}{os.environ['PATH']}"}

    def shell(lines: str) -> str:
        command = ["bash", "-e", "-u", "-o", "pipefail", "-x", "-c", lines]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
        assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    shell("fruits samples photos/ --photos 5")
    return folder, shell


def test_the_marked_snippets_are_the_known_ones(snippets):
    assert set(snippets) == {"run", "parts", "cpp", "python"}


def test_run(snippets, place):
    folder, shell = place
    out = shell(snippets["run"])
    assert "path,label,features_pca" in out
    photos = len(list((folder / "photos").rglob("*.jpg")))
    assert photos >= 50
    assert len((folder / "results/pca_result.csv").read_text().splitlines()) == photos + 1
    for name in ("pca_result.parquet", "features", "fitted", "scree.svg", "projection.svg", "report.html", "rejected.csv", "run.json"):
        assert (folder / "results" / name).exists(), name


def test_parts(snippets, place):
    folder, shell = place
    shell(snippets["parts"])
    assert (folder / "fitted/metadata.json").exists() or (folder / "fitted/fitted/metadata.json").exists()
    assert (folder / "projected/pca_result.csv").exists()


def test_python(snippets, place):
    folder, shell = place
    (folder / "snippet.py").write_text(snippets["python"] + "print(scores.shape, summary.counts['features'])\n")
    photos = len(list((folder / "photos").rglob("*.jpg")))
    out = shell(f"rm -rf results; {sys.executable} snippet.py")
    assert out.strip() == f"({photos}, 2) {photos}"


def test_cpp(snippets, root_dir, build_dir, tmp_path):
    source = tmp_path / "snippet.cc"
    source.write_text(snippets["cpp"])
    library = build_dir / "libfruits.so"
    assert library.exists(), f"{library} is missing: build the target fruits"
    program = tmp_path / "snippet"
    flags = ["-std=c++23", "-Wall", "-Wextra", "-Werror", f"-I{root_dir / 'include'}"]
    command = ["g++", *flags, str(source), str(library), f"-Wl,-rpath,{build_dir}", "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"PC1 holds \d+ % of the variance\n", subprocess.check_output([program], text=True))


def test_every_command_of_the_table_has_help(root_dir, fruits_command, fruits_env):
    names = set()
    for row in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", (root_dir / "README.md").read_text(), re.M):
        names.update(re.findall(r"\w+", row))
    assert {"run", "models", "samples"} <= names
    for name in sorted(names):
        done = subprocess.run([fruits_command, name, "--help"], env=fruits_env, capture_output=True, text=True)
        assert done.returncode == 0, f"{name}: {done.stderr}"
        assert name in done.stdout


def test_links_of_the_readme_lead_somewhere(root_dir):
    for page in ("README.md", "docs/README.md", "docs/architecture.md"):
        path = root_dir / page
        for target in re.findall(r"\]\(([^):]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{page}: {target}"
