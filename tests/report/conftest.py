"""Pages of real runs, in Debian's Chromium. Each state that a test reaches is kept as a picture in build/report/."""

import contextlib
import pathlib
import shutil
from collections.abc import Callable, Iterator

import pytest

from report_page import Page, open_page
from support.chain import Command


@pytest.fixture(scope="session")
def fruits(fruits_command, fruits_env, model_store) -> Command:
    return Command(fruits_command, model_store, fruits_env)


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    assert path, "chromium is missing: run tools/setup.sh --dev"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root, and with a software renderer in the place of a graphics card.
        arguments = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(root_dir) -> pathlib.Path:
    folder = root_dir / "build/report"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def sample_photos(fruits, tmp_path_factory) -> pathlib.Path:
    """144 rendered photos of 12 kinds, one of them named to do harm."""
    folder = tmp_path_factory.mktemp("report") / "photos"
    fruits("samples", folder, "--kinds", 12, "--photos", 12)
    first = sorted(folder.rglob("*.jpg"))[0]
    first.rename(first.with_name("<img src=x onerror=alert(1)>.jpg"))
    (folder / "Banana/broken.jpg").write_bytes(b"no photo")
    return folder


@pytest.fixture(scope="session")
def sample_run(fruits, sample_photos) -> pathlib.Path:
    results = sample_photos.parent / "results"
    fruits("run", sample_photos, "-o", results, "--max-rejected", "5%")
    return results


@pytest.fixture
def show(chromium, pictures) -> Iterator[Callable[..., Page]]:
    """Opens a report, and at the end sees to it that it neither complained nor asked the network for anything."""
    with contextlib.ExitStack() as stack:

        def opened(report: pathlib.Path, **context) -> Page:
            return stack.enter_context(open_page(chromium, report, pictures, **context))

        yield opened


@pytest.fixture
def sample(show, sample_run) -> Page:
    return show(sample_run / "report.html")
