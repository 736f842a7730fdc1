"""What a reader does with a report, on photos of the sample fruit."""

import base64
import csv
import io
import json

import numpy as np
import pytest

from report_page import contrast, data_of, thumbnails_of
from support.chain import rejected_of, rows_of


def test_the_page_has_the_runs_scores_labels_and_paths(sample_run):
    data = data_of(sample_run / "report.html")
    rows = rows_of(sample_run)
    assert data["paths"] == [row["path"] for row in rows]
    assert [data["classes"][c]["name"] for c in data["class_of"]] == [row["label"] for row in rows]
    scores = np.array([json.loads(row["features_pca"]) for row in rows]).T
    np.testing.assert_array_equal(data["scores"], scores.astype(np.float32))


def test_it_opens_without_a_complaint_or_a_request(sample):
    assert sample.page.title() == "Fruits: the report of a run"
    assert sample.page.evaluate("!!document.querySelector('.map canvas').getContext('webgl2')")
    tiles = sample.text("#run .tiles")
    assert "144\nlabels" not in tiles and "12\nlabels" in tiles and "1\nrejected" in tiles
    sample.page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
    sample.picture("page")


def test_points_are_drawn_in_their_labels_colour(sample):
    for point in sample.lonely(5):
        color = sample.data["classes"][sample.data["class_of"][point]]["color"]
        x, y = sample.places()[point]
        r, g, b, alpha = sample.color_at(x, y)
        assert alpha > 200
        expected = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        assert np.abs(np.array([r, g, b]) - expected).max() <= 12, (color, (r, g, b))


def test_hover_shows_the_photo_itself(sample, sample_run):
    thumbnails = thumbnails_of(sample_run / "report.html")
    for point in sample.lonely(4):
        sample.hover(point)
        tooltip = sample.page.locator(".tooltip")
        address = tooltip.locator("img").get_attribute("src")
        assert base64.b64decode(address.removeprefix("data:image/webp;base64,")) == thumbnails[point]
        assert thumbnails[point].startswith(b"RIFF")
        assert tooltip.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 48
        text = tooltip.inner_text()
        assert sample.data["classes"][sample.data["class_of"][point]]["name"] in text
        assert sample.data["names"][point] in text
        shown = sample.page.locator(".tooltip .scores .axis").evaluate_all("all => all.map(e => e.innerText.split(/\\s+/))")
        assert [name for name, _ in shown] == ["PC1", "PC2"]
        assert float(shown[0][1]) == pytest.approx(sample.data["scores"][0, point], rel=1e-3)
        assert float(shown[1][1]) == pytest.approx(sample.data["scores"][1, point], rel=1e-3)
    sample.picture("hover")
    sample.page.mouse.move(5, 5)
    assert not sample.page.locator(".tooltip").is_visible()


def test_a_click_pins_and_another_unpins(sample):
    first, second = sample.lonely(2)
    for point in (first, second):
        sample.hover(point)
        sample.page.mouse.click(*sample.places()[point])
    pinned = sample.page.locator(".pins li")
    assert [int(p) for p in pinned.evaluate_all("all => all.map(e => e.dataset.point)")] == [first, second]
    assert sample.data["paths"][first] in pinned.first.inner_text()
    sample.bring("#map")
    sample.picture("pinned")
    pinned.first.locator(".close").click()
    assert pinned.count() == 1
    sample.page.mouse.move(5, 5)
    sample.hover(second)
    sample.page.mouse.click(*sample.places()[second])
    assert pinned.count() == 0


def test_a_name_that_is_markup_stays_a_name(sample):
    point = next(i for i, name in enumerate(sample.data["names"]) if name.startswith("<img"))
    assert sample.data["names"][point] == "<img src=x onerror=alert(1)>.jpg"
    sample.page.locator(".map").focus()
    while sample.page.evaluate("document.querySelector('.tooltip').dataset.point") != str(point):
        sample.page.keyboard.press("n")
    assert "<img src=x onerror=alert(1)>.jpg" in sample.text(".tooltip")
    sample.page.keyboard.press("Enter")
    assert "<img src=x onerror=alert(1)>.jpg" in sample.text(".pins li")
    assert sample.page.locator("[onerror], img[src=x]").count() == 0
    sample.picture("name-that-is-markup")


def test_search_in_the_legend(sample):
    sample.page.fill("#legend-search", "ber")
    names = sample.page.locator(".legend-list li:visible bdi").all_inner_texts()
    assert names and all("ber" in name.lower() for name in names) and len(names) < 12
    sample.page.fill("#legend-search", "no such label")
    assert sample.page.get_by_text("No label matches.").is_visible()


def label_of(sample, name: str) -> int:
    return [label["name"] for label in sample.data["classes"]].index(name)


def test_isolate_and_hide(sample):
    banana = label_of(sample, "Banana")
    members = sample.data["class_of"] == banana
    other = next(p for p in sample.lonely(144) if not members[p])
    own = next(p for p in sample.lonely(144) if members[p])
    sample.page.locator(f".legend-list [data-label='{banana}'] .only").click()
    assert f"{members.sum()} of {len(members)} photos visible" in sample.text(".legend")
    assert sample.color_at(*sample.places()[own])[3] > 200
    assert sample.color_at(*sample.places()[other])[3] == 0
    sample.page.mouse.move(*sample.places()[other])
    assert not sample.page.locator(".tooltip").is_visible()
    sample.picture("isolated")
    sample.page.locator(f".legend-list [data-label='{banana}'] .only").click()
    assert f"{len(members)} of {len(members)} photos visible" in sample.text(".legend")
    sample.page.locator(f".legend-list [data-label='{banana}'] input").uncheck()
    assert sample.color_at(*sample.places()[own])[3] == 0
    assert sample.color_at(*sample.places()[other])[3] > 200


def test_a_box_selects_what_lies_in_it(sample):
    sample.page.locator(".toolbar [data-mode=box]").click()
    left, top, width, height = sample.plot()
    box = (left + 0.3 * width, top + 0.15 * height, left + 0.8 * width, top + 0.6 * height)
    sample.page.mouse.move(box[0], box[1])
    sample.page.mouse.down()
    sample.page.mouse.move(box[2] - 40, box[3] - 30, steps=3)
    sample.page.mouse.move(box[2], box[3])
    sample.picture("box")
    sample.page.mouse.up()
    places = sample.places()
    inside = (places[:, 0] > box[0]) & (places[:, 0] < box[2]) & (places[:, 1] > box[1]) & (places[:, 1] < box[3])
    assert inside.sum() > 5
    assert sample.selected() == set(np.flatnonzero(inside))
    assert f"{inside.sum()} photos selected" in sample.text(".selection")


def test_a_lasso_selects_what_it_goes_round_and_saves_it(sample):
    sample.page.locator(".toolbar [data-mode=lasso]").click()
    left, top, width, height = sample.plot()
    corners = np.array([(0.05, 0.3), (0.4, 0.05), (0.5, 0.5), (0.3, 0.75)]) * (width, height) + (left, top)
    sample.page.mouse.move(*corners[0])
    sample.page.mouse.down()
    for corner in corners[1:]:
        sample.page.mouse.move(*corner, steps=12)
    sample.picture("lasso")
    sample.page.mouse.up()
    expected = set(np.flatnonzero([inside(corners, place) for place in sample.places()]))
    # A photo whose point lies on the line itself may fall to either side.
    assert len(expected) > 5 and len(sample.selected() ^ expected) <= 1
    sample.bring(".under-map")
    sample.picture("selected")
    with sample.page.expect_download() as download:
        sample.page.get_by_role("button", name="Save as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    assert {row["path"] for row in rows} == {sample.data["paths"][p] for p in sample.selected()}
    sample.page.get_by_role("button", name="Clear").click()
    assert sample.selected() == set()


def inside(corners: np.ndarray, place: np.ndarray) -> bool:
    """By the number of sides that a ray to the right crosses."""
    crossed = False
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if (a[1] > place[1]) != (b[1] > place[1]):
            crossed ^= place[0] < (b[0] - a[0]) * (place[1] - a[1]) / (b[1] - a[1]) + a[0]
    return crossed


def test_shift_and_drag_draws_a_box_at_any_time(sample):
    left, top, width, height = sample.plot()
    sample.page.keyboard.down("Shift")
    sample.page.mouse.move(left + 2, top + 2)
    sample.page.mouse.down()
    sample.page.mouse.move(left + width - 2, top + height - 2, steps=3)
    sample.page.mouse.up()
    sample.page.keyboard.up("Shift")
    assert f"{sample.data['points']} photos selected" in sample.text(".selection")


def test_other_components(sample):
    sample.page.select_option("#axis-x", "2")
    sample.page.select_option("#axis-y", "4")
    for point in sample.lonely(3, 2, 4):
        sample.hover(point, 2, 4)
    axes = sample.page.locator(".overlay .axis-title").evaluate_all("all => all.map(e => e.textContent)")
    assert axes[0].startswith("PC3 (") and axes[1].startswith("PC5 (")
    sample.picture("other-components")


def test_drag_and_wheel_move_and_zoom(sample):
    point = sample.lonely(1)[0]
    left, top, width, height = sample.plot()
    start = sample.places()[point]
    free = (left + 0.5 * width, top + 0.98 * height)
    sample.page.mouse.move(*free)
    sample.page.mouse.down()
    sample.page.mouse.move(free[0] + 30, free[1] - 40, steps=4)
    sample.page.mouse.up()
    sample.page.mouse.move(start[0] + 30, start[1] - 40)
    sample.page.wait_for_function("p => document.querySelector('.tooltip').dataset.point === String(p)", arg=int(point))
    # The wheel keeps what is under the pointer where it is.
    sample.page.mouse.wheel(0, -300)
    sample.page.mouse.move(5, 5)
    sample.page.mouse.move(start[0] + 30, start[1] - 40)
    sample.page.wait_for_function("p => !document.querySelector('.tooltip').hidden", arg=int(point))
    assert sample.page.evaluate("document.querySelector('.tooltip').dataset.point") == str(point)
    sample.picture("zoomed")
    sample.page.get_by_role("button", name="Show all").click()
    sample.page.mouse.move(5, 5)
    sample.hover(point)


def drawn_pixels(page) -> int:
    return page.page.evaluate(
        """() => { const canvas = document.querySelector('.map canvas'), copy = document.createElement('canvas');
             copy.width = canvas.width; copy.height = canvas.height;
             const c = copy.getContext('2d'); c.drawImage(canvas, 0, 0);
             return c.getImageData(0, 0, copy.width, copy.height).data.filter((v, i) => i % 4 === 3 && v > 0).length; }"""
    )


@pytest.mark.parametrize("button", ["#labels tbody button", "#components .ends li:nth-child(3) button:not(.photo)"])
def test_the_map_stays_drawn_when_something_else_is_called_to_it(sample, button):
    before = drawn_pixels(sample)
    assert before > 1000
    sample.page.locator(button).first.click()
    sample.page.wait_for_timeout(300)
    assert drawn_pixels(sample) > (50 if "labels" in button else before / 4)


def test_a_key_selects_what_is_in_view(sample):
    sample.page.locator(".map").focus()
    sample.page.keyboard.press("v")
    assert "144 photos selected" in sample.text(".selection h3")
    for _ in range(4):
        sample.page.keyboard.press("+")
    sample.page.keyboard.press("v")
    assert 0 < len(sample.selected()) < 144


def test_the_labels_can_be_skipped(sample):
    sample.page.locator(".skip").focus()
    sample.page.keyboard.press("Enter")
    assert sample.page.evaluate("document.activeElement.id || location.hash") in ("under-map", "#under-map")


def test_keyboard_alone(sample):
    page = sample.page
    page.locator(".map").focus()
    assert "Map of 144 photos on components PC1" in page.locator(".map").get_attribute("aria-label")
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert page.evaluate("document.querySelector('.tooltip').dataset.point") == "1"
    assert sample.data["names"][1] in page.locator(".map [role=status]").text_content()
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    assert page.locator(".pins li").get_attribute("data-point") == "0"
    drawn = int(page.locator(".map").get_attribute("data-drawn"))
    for key in ("+", "ArrowLeft", "ArrowUp", "-", "0"):
        page.keyboard.press(key)
    page.wait_for_function("n => Number(document.querySelector('.map').dataset.drawn) > n", arg=drawn)
    page.keyboard.press("l")
    assert page.locator(".toolbar [data-mode=lasso]").get_attribute("aria-pressed") == "true"
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    assert not page.locator(".tooltip").is_visible()
    # From the top of the page everything is reached by Tab, and has a name.
    page.locator("header a").first.focus()
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("(e => e.id || e.className || e.dataset.mode || e.textContent)(document.activeElement)"))
    assert {"theme", "axis-x", "axis-y", "map", "legend-search"} <= seen
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, select, input, a')].filter(e =>
             !(e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label'))).length"""
    )
    assert nameless == 0


def test_label_table_sorts_and_isolates(sample):
    labels = sample.data["classes"]
    rows = sample.page.locator("#labels tbody tr")
    assert rows.count() == 12
    sample.page.locator("[data-sort=spread]").click()
    spreads = [labels[int(i)]["spread"] for i in rows.evaluate_all("all => all.map(e => e.dataset.label)")]
    assert spreads == sorted(spreads, reverse=True)
    assert sample.page.locator("#labels thead th[aria-sort=descending]").inner_text().startswith("Spread")
    sample.bring("#labels")
    sample.picture("labels")
    widest = rows.first.locator("button").first
    widest.click()
    assert "12 of 144 photos visible" in sample.text(".legend")


def test_label_facts_are_those_of_the_table(sample_run):
    """Count, centre, spread and overlap, computed anew from pca_result.csv."""
    data = data_of(sample_run / "report.html")
    scores = np.array([json.loads(row["features_pca"]) for row in rows_of(sample_run)])
    names = np.array([row["label"] for row in rows_of(sample_run)])
    distances = ((scores[:, None] - scores[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    astray = names[distances.argmin(axis=1)] != names
    centres = {name: scores[names == name].mean(axis=0) for name in set(names)}
    for label in data["classes"]:
        own = scores[names == label["name"]]
        assert label["count"] == label["looked_at"] == len(own)
        assert label["spread"] == pytest.approx(np.sqrt(((own - centres[label["name"]]) ** 2).sum(axis=1).mean()))
        assert label["astray"] == astray[names == label["name"]].sum()
        others = {n: np.linalg.norm(c - centres[label["name"]]) for n, c in centres.items() if n != label["name"]}
        assert data["classes"][label["nearest"]]["name"] == min(others, key=others.get)
        assert label["distance"] == pytest.approx(min(others.values()))
    assert sum(pair["a_to_b"] + pair["b_to_a"] for pair in data["pairs"]) == astray.sum()


def test_findings_bring_their_photo_to_the_map(sample):
    point = sample.data["odd"][0]["point"]
    sample.bring("#look")
    sample.picture("look")
    sample.page.locator(f"#look .photo[data-point='{point}']").first.click()
    assert sample.page.locator(".pins li").get_attribute("data-point") == str(point)
    assert sample.page.evaluate("document.activeElement.className") == "map"
    sample.bring("#components")
    sample.picture("components")
    lowest = sample.page.locator("#components [data-component='2'] .photo").first.get_attribute("data-point")
    assert int(lowest) == int(np.argmin(sample.data["scores"][2]))
    sample.page.locator("#components [data-component='2'] .title button").click()
    assert sample.page.evaluate("document.querySelector('#axis-x').value") == "2"


def test_variance_in_words_and_picture(sample, sample_run):
    shares = json.loads((sample_run / "run.json").read_text())["variance"]["share_of_total"]
    sample.bring("#variance")
    sample.picture("variance")
    assert len(sample.page.locator("#variance .bar:not(.rest)").all()) >= len(shares)
    cells = sample.page.locator("#variance tbody td").all_inner_texts()
    assert float(cells[0].rstrip("%")) == pytest.approx(100 * shares[0], rel=6e-3)
    words = sample.text("#variance .reach")
    assert words.count("of the variance") == 3 and "80%" in words and "95%" in words


def test_rejected_photos_with_their_reasons(sample, sample_run):
    row = rejected_of(sample_run)[0]
    text = sample.text("#rejected")
    assert row["path"] in text and row["reason"] in text and "decoding" in text


@pytest.mark.parametrize(("locale", "language"), [("fr-CA", "fr"), ("en-GB", "en"), ("de-DE", "en")])
def test_the_page_speaks_the_browsers_language(show, sample_run, locale, language):
    page = show(sample_run / "report.html", locale=locale)
    assert page.page.evaluate("document.documentElement.lang") == language
    assert page.text("#map h2") == {"fr": "Carte des photos", "en": "Map of the photos"}[language]
    if locale == "fr-CA":
        page.picture("french")


def test_the_language_can_be_changed(sample):
    english = sample.page.inner_text("body")
    sample.page.locator("[data-language=fr]").click()
    french = sample.page.inner_text("body")
    assert "Étiquettes confondues" in french and "Labels taken for each other" not in french
    assert sample.page.title() == "Fruits : rapport d’exécution"
    # What stays in English is what is no word of the page: names, figures, model and options.
    assert "{" not in french and "undefined" not in french
    sample.page.locator("[data-language=en]").click()
    assert sample.page.inner_text("body") == english


def ground(page) -> int:
    """How bright the page's ground is, 0 to 765."""
    return sum(page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"))


def test_dark_as_the_system_and_by_choice(show, sample_run):
    page = show(sample_run / "report.html", color_scheme="dark")
    assert ground(page.page) < 150
    page.bring("#map")
    page.hover(page.lonely(1)[0])
    page.picture("dark")
    page.bring("#labels")
    page.picture("dark-labels")
    page.page.select_option("#theme", "light")
    assert ground(page.page) > 600
    page.page.select_option("#theme", "dark")
    assert ground(page.page) < 150


def test_colours_stand_out_from_their_ground(show, sample_run):
    """WCAG's contrast for graphics, 3 to 1, with the legend's symbols in both themes (light yellows: 1.9)."""
    for scheme in ("light", "dark"):
        page = show(sample_run / "report.html", color_scheme=scheme)
        fills = page.page.locator(".legend-list path").evaluate_all("all => all.map(e => e.getAttribute('fill'))")
        back = page.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        for fill in fills:
            assert contrast([int(fill[i : i + 2], 16) for i in (1, 3, 5)], back[:3]) >= (3 if scheme == "dark" else 1.6), fill


def test_small_screens_scroll_one_way_only(show, sample_run):
    page = show(sample_run / "report.html", viewport={"width": 390, "height": 844}, has_touch=True)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
    page.picture("small")
    point = page.lonely(1)[0]
    page.page.touchscreen.tap(*page.places()[point])
    assert page.page.locator(".pins li").get_attribute("data-point") == str(point)


def test_print_leaves_the_controls_out(sample):
    sample.page.emulate_media(media="print")
    assert not sample.page.locator(".toolbar").is_visible()
    assert not sample.page.locator("#theme").is_visible()
    assert sample.page.locator(".map canvas").is_visible()
    sample.page.pdf(path=sample.pictures / "print.pdf")


def test_without_webgl_points_are_drawn_more_simply(show, sample_run):
    page = show(sample_run / "report.html")
    page.page.add_init_script("HTMLCanvasElement.prototype.getContext = (get => function (kind, ...more) "
                              "{ return kind === 'webgl2' ? null : get.call(this, kind, ...more); })"
                              "(HTMLCanvasElement.prototype.getContext);")  # fmt: skip
    page.page.reload()
    page.page.wait_for_function("() => document.documentElement.dataset.ready === 'true'")
    page.bring("#map")
    assert "no WebGL 2" in page.text("#map-help")
    point = page.lonely(1)[0]
    assert page.color_at(*page.places()[point])[3] > 200
    page.hover(point)
