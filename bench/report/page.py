"""Sizes of report.html for 30, 2,000 and 22,688 photos, and how fast a headless Chromium that renders in software opens the
page and moves its map.

    python bench/report/page.py [--photos 30,2000,22688]

The runs are kept in the tests' cache; the first time takes minutes.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/end_to_end"), str(ROOT / "tests/python")]

import setting  # noqa: E402
from models_for_tests import cache_folder, command_environment, data_folder  # noqa: E402

TARGETS = {30: 1.5, 2000: None, 22688: 25}  # MB
STEPS = 20

# One step of the arrow key, until its picture can be read back.
PAN = """async steps => {
  const map = document.querySelector('.map'), gl = map.querySelector('canvas').getContext('webgl2'), times = [];
  const frame = () => new Promise(requestAnimationFrame);
  for (let i = 0; i < steps; i++) {
    const start = performance.now(), key = i % 2 ? 'ArrowLeft' : 'ArrowUp';
    map.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    await frame(); await frame();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    times.push(performance.now() - start);
  }
  return times;
}"""


def fruits(*arguments: str | pathlib.Path) -> None:
    env = {**command_environment(), "FRUITS_MODELS": str(setting.store("efficientnet-lite0"))}
    subprocess.run([str(a) for a in (setting.FRUITS, *arguments)], env=env, check=True, stdout=subprocess.DEVNULL)


def report_of(count: int) -> tuple[pathlib.Path, float]:
    """A page of so many photos, and how long it took to write from the finished run."""
    photos = {30: lambda: data_folder() / "golden/photos", 2000: setting.two_thousand_photos, 22688: setting.all_photos}[count]()
    results = cache_folder() / f"report-run-{count}"
    # Small pictures for the network: the page shows their thumbnails, which are of the photos.
    fruits("run", photos, "-o", results, "--input-size", "64", "--progress", "none")
    begin = time.perf_counter()
    fruits("report", results)
    return results / "report.html", time.perf_counter() - begin


def browse(report: pathlib.Path) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        )
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        begin = time.perf_counter()
        page.goto(report.as_uri(), wait_until="commit")
        page.wait_for_function("() => Number(document.querySelector('.map')?.dataset.drawn) > 0", polling=20)
        drawn = time.perf_counter() - begin
        page.wait_for_function("() => document.documentElement.dataset.ready === 'true'", polling=20)
        ready = time.perf_counter() - begin
        steps = page.evaluate(PAN, STEPS)
        browser.close()
    return {"drawn": drawn, "ready": ready, "pan": statistics.median(steps), "slowest pan": max(steps)}


def tell(name: str, value: float, unit: str, at_most: float | None = None) -> None:
    bound = {} if at_most is None else {"at_most": at_most}
    print(json.dumps({"number": name, "value": round(value, 3), "unit": unit, **bound}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", default="30,2000,22688")
    for count in (int(n) for n in parser.parse_args().photos.split(",")):
        report, seconds = report_of(count)
        found = browse(report)
        bound = count == max(TARGETS)
        tell(f"report of {count} photos: size", report.stat().st_size / 1e6, "MB", TARGETS[count])
        tell(f"report of {count} photos: written from a finished run in", seconds, "s")
        tell(f"report of {count} photos: map drawn after", found["drawn"], "s", 4 if bound else None)
        tell(f"report of {count} photos: whole page after", found["ready"], "s", 4 if bound else None)
        tell(f"report of {count} photos: pan step, median", found["pan"], "ms", 200 if bound else None)
        tell(f"report of {count} photos: pan step, slowest", found["slowest pan"], "ms")


if __name__ == "__main__":
    main()
