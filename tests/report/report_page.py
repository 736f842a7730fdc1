"""A report in a browser, and what it holds."""

import base64
import contextlib
import dataclasses
import json
import pathlib
import re
from typing import Any

import numpy as np

ELEMENT = re.compile(r'<script type="(?:application/json|text/plain)" id="([^"]+)">(.*?)</script>', re.S)


def elements(report: pathlib.Path) -> dict[str, str]:
    """Texts of the data elements of the file, by their ids."""
    return dict(ELEMENT.findall(report.read_text(encoding="utf-8")))


def data_of(report: pathlib.Path) -> dict[str, Any]:
    """The page's data, its scores as a matrix: components x points."""
    data = json.loads(elements(report)["data"])
    data["scores"] = np.frombuffer(base64.b64decode(data["scores"]), "<f4").reshape(data["components_shown"], -1)
    data["class_of"] = np.frombuffer(base64.b64decode(data["class_of"]), "<u2")
    folders = np.frombuffer(base64.b64decode(data["folder_of"]), "<u4")
    data["paths"] = [data["folders"][f] + name for f, name in zip(folders, data["names"], strict=True)]
    return data


def thumbnails_of(report: pathlib.Path) -> list[bytes]:
    """The WebP of each point; b"" where the page has none."""
    texts = elements(report)
    index = json.loads(texts["thumbnail-index"])
    lengths = np.frombuffer(base64.b64decode(index["fours"]), "<u2").astype(int) * 4
    found = []
    for first in range(0, len(lengths), index["chunk"]):
        text, at = texts[f"thumbnails-{first // index['chunk']}"], 0
        for length in lengths[first : first + index["chunk"]]:
            found.append(base64.b64decode(text[at : at + length]))
            at += length
        assert at == len(text)
    return found


def contrast(a, b) -> float:
    """Of two colours, as WCAG has it."""

    def luminance(color):
        parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@dataclasses.dataclass
class Page:
    page: Any  # playwright's
    report: pathlib.Path
    pictures: pathlib.Path

    def __post_init__(self):
        self.data = data_of(self.report)

    def picture(self, name: str) -> None:
        self.page.screenshot(path=self.pictures / f"{name}.png")

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def bring(self, selector: str) -> None:
        """Scrolls an element to the top, and waits until its photos are there."""
        self.page.evaluate("s => document.querySelector(s).scrollIntoView({behavior: 'instant'})", selector)
        self.page.wait_for_function(
            """() => [...document.images].every(image => {
                 const box = image.getBoundingClientRect();
                 return box.bottom < 0 || box.top > innerHeight || image.complete; })"""
        )

    def plot(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the map's plot on the screen."""
        box = self.page.locator(".map .overlay").evaluate(
            "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, e.clientWidth, e.clientHeight]; }"
        )
        return tuple(box)

    def places(self, x: int = 0, y: int = 1) -> np.ndarray:
        """Where each point lies on the screen while the map shows all: points x 2."""
        left, top, width, height = self.plot()

        def spread(values: np.ndarray) -> np.ndarray:
            low, high = values.min(), values.max()
            margin = (high - low) * 0.05
            return (values - low + margin) / (high - low + 2 * margin)

        scores = self.data["scores"].astype(float)
        return np.stack([left + spread(scores[x]) * width, top + (1 - spread(scores[y])) * height], axis=1)

    def lonely(self, count: int, x: int = 0, y: int = 1) -> list[int]:
        """Points that no other one is near to on the screen."""
        places = self.places(x, y)
        apart = ((places[:, None] - places[None]) ** 2).sum(axis=2)
        np.fill_diagonal(apart, np.inf)
        return list(np.argsort(-apart.min(axis=1))[:count])

    def hover(self, point: int, x: int = 0, y: int = 1) -> None:
        self.page.mouse.move(*self.places(x, y)[point])
        self.page.wait_for_function("p => document.querySelector('.tooltip').dataset.point === String(p)", arg=int(point))

    def selected(self) -> set[int]:
        """The photos in the selection's grid."""
        return {int(p) for p in self.page.locator(".selection .photo").evaluate_all("all => all.map(e => e.dataset.point)")}

    def color_at(self, x: float, y: float) -> tuple[int, ...]:
        """Of the points' canvas: red, green, blue, opacity; once what was asked for before is drawn, in the next frame."""
        return tuple(
            self.page.evaluate(
                """async ([x, y]) => { await new Promise(requestAnimationFrame);
                   const canvas = document.querySelector('.map canvas'), box = canvas.getBoundingClientRect();
                   const copy = document.createElement('canvas'); copy.width = canvas.width; copy.height = canvas.height;
                   const c = copy.getContext('2d'); c.drawImage(canvas, 0, 0);
                   return [...c.getImageData((x - box.left) * canvas.width / box.width, (y - box.top) * canvas.height / box.height, 1, 1).data]; }""",
                [float(x), float(y)],
            )
        )


@contextlib.contextmanager
def open_page(chromium, report: pathlib.Path, pictures: pathlib.Path, **context):
    options = {"viewport": {"width": 1400, "height": 1000}, "locale": "en-US", "color_scheme": "light", **context}
    browser = chromium.new_context(**options)
    page = browser.new_page()
    page.set_default_timeout(120_000)  # a busy machine that renders in software
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    address = report.as_uri()
    page.on("request", lambda r: r.url.startswith("data:") or r.url == address or complaints.append(f"request: {r.url}"))
    page.goto(address)
    page.wait_for_function("() => document.documentElement.dataset.ready === 'true'")
    opened = Page(page, report, pictures)
    opened.bring("#map")
    try:
        yield opened
        assert complaints == []
    finally:
        browser.close()
