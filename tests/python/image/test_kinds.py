"""Every kind of JPEG, PNG and WebP, against Pillow."""

import struct
import zlib

import numpy as np
import pytest
from image import made_files
from image.comparing import Job, assert_equal, ours
from PIL import Image


def jobs_for(tmp_path, files: dict[str, bytes]):
    jobs = []
    for name, content in files.items():
        path = tmp_path / name
        path.write_bytes(content)
        jobs += [Job(path), Job(path, width=40, height=56)]
    return jobs


def assert_taken(pixels, jobs):
    """All agree with Pillow, and none is refused by both."""
    assert_equal(pixels, jobs)
    refused = [answer for answer in ours(pixels, jobs) if not answer.startswith("ok")]
    assert not refused


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (17, 1), (1, 19), (61, 47), (300, 200)])
def test_jpeg(pixels, tmp_path, size):
    assert_taken(pixels, jobs_for(tmp_path, made_files.jpegs(*size)))


SAMPLINGS = [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (4, 2), (2, 4)]


@pytest.mark.parametrize("extra", [(), ("progressive",), ("arithmetic",), ("arithmetic", "progressive"), ("restart",)])
def test_jpeg_samplings(pixels, make_jpeg, tmp_path, extra):
    files = {}
    for width, height in ((1, 1), (33, 18), (100, 100), (131, 77)):
        rgb = made_files.picture(width, height)
        for h, v in SAMPLINGS:
            files[f"{width}x{height}-{h}x{v}"] = make_jpeg(rgb, h, v, *extra)
    assert_taken(pixels, jobs_for(tmp_path, files))


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (8, 8), (1, 9), (61, 47)])
def test_png(pixels, tmp_path, size, interlaced):
    files = {f"{b}-{t}": made_files.png(*size, b, t, interlaced, seed=b) for b, t in made_files.PNG_FORMS}
    assert_taken(pixels, jobs_for(tmp_path, files))


def test_png_transparency_is_dropped(pixels, tmp_path):
    chunks = {0: b"\0\x01", 2: b"\0\x01\0\x02\0\x03", 3: b"\x00\xff\x10"}
    files = {
        f"{b}-{t}": made_files.png(30, 20, b, t, before=made_files.chunk(b"tRNS", chunks[t]))
        for b, t in made_files.PNG_FORMS
        if t in chunks and b != 16
    }
    files["simple"] = made_files.png(30, 20, 4, 3, before=made_files.chunk(b"tRNS", b"\xff\xff\x00\xff"))
    assert_taken(pixels, jobs_for(tmp_path, files))


def test_png_palettes(pixels, tmp_path):
    """Entries that are missing are black; too many are refused."""
    entries = bytes(range(1, 251)) * 5
    sizes = (0, 1, 3, 30, 31, 767, 768, 769, 771, 1001)
    files = {f"{size}": made_files.png(30, 20, 8, 3, palette=entries[:size]) for size in sizes}
    palette = made_files.chunk(b"PLTE", entries[:30])
    files["none"] = files["30"].replace(palette, b"")
    assert_equal(pixels, jobs_for(tmp_path, files))


def test_png_from_pillow(pixels, tmp_path):
    rgb = Image.fromarray(made_files.picture(70, 50))
    files = {mode: made_files.save(rgb.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGB", "RGBA")}
    files["I;16"] = made_files.save(Image.fromarray(np.arange(3500, dtype=np.uint16).reshape(50, 70) * 18), "PNG")
    files["animated"] = made_files.save(rgb, "PNG", save_all=True, append_images=[rgb.rotate(90)])
    files["few colours"] = made_files.save(rgb.quantize(5), "PNG", bits=4)
    assert_taken(pixels, jobs_for(tmp_path, files))


def test_png_where_libraries_disagree(pixels, tmp_path):
    """Broken in ways of which Pillow minds some: checksums, missing ends, streams of a wrong length."""
    good = made_files.png(40, 30, 8, 2, pieces=2)
    pixels_at = good.index(b"IDAT")
    header = good[: pixels_at - 4]
    raw = zlib.decompress(made_pixels(good))
    row = 1 + 3 * 40

    def with_pixels(data):
        return header + made_files.chunk(b"IDAT", data) + made_files.chunk(b"IEND", b"")

    def damaged(at):
        return good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]

    files = {
        "header checksum": damaged(29),
        "pixel checksum": damaged(good.rindex(b"IDAT") - 5),
        "end checksum": damaged(len(good) - 1),
        "no end": good[:-12],
        "half an end": good[:-8],
        "adler": with_pixels(zlib.compress(raw)[:-1] + b"x"),
        "no adler": with_pixels(zlib.compress(raw)[:-4]),
        "more rows": with_pixels(zlib.compress(raw + raw)),
        "fewer rows": with_pixels(zlib.compress(raw[: 7 * row])),
        "part of a row": with_pixels(zlib.compress(raw[: 7 * row + 9])),
        "no rows": with_pixels(zlib.compress(b"")),
        "unknown filter": with_pixels(zlib.compress(b"\x07" + raw[1:])),
        "not compressed": with_pixels(raw),
        "empty pixels first": header + made_files.chunk(b"IDAT", b"") + good[pixels_at - 4 :],
        "no pixels": header + made_files.chunk(b"IEND", b""),
        "cut text behind": good[:-12] + struct.pack(">I", 100) + b"tEXt" + b"abc",
        "cut unknown behind": good[:-12] + struct.pack(">I", 100) + b"quQu" + b"abc",
        "rubbish behind": good[:-12] + b"....................",
        "unknown before": header + made_files.chunk(b"quQu", b"12") + good[pixels_at - 4 :],
        "bad name before": header + made_files.chunk(b"q Qu", b"12") + good[pixels_at - 4 :],
        "short gamma": header + made_files.chunk(b"gAMA", b"12") + good[pixels_at - 4 :],
        "no header": good[:8] + good[33:],
        "end first": good[:33] + made_files.chunk(b"IEND", b"") + good[33:],
        "palette of gray": made_files.png(9, 9, 8, 0, before=made_files.chunk(b"PLTE", bytes(30))),
    }
    assert_equal(pixels, jobs_for(tmp_path, files))


def made_pixels(png: bytes) -> bytes:
    """The compressed pixels of a PNG, joined."""
    at, data = 8, b""
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    return data


@pytest.mark.parametrize("form", [(3, 5), (9, 0), (1, 2), (4, 6), (16, 3)])
def test_png_of_no_known_form(pixels, tmp_path, form):
    good = made_files.png(8, 8, 8, 2)
    head = good[16:24] + bytes([*form, 0, 0, 0])
    path = tmp_path / "file"
    path.write_bytes(good[:8] + made_files.chunk(b"IHDR", head) + good[33:])
    assert_equal(pixels, [Job(path)])


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (61, 47), (200, 150)])
def test_webp(pixels, tmp_path, size):
    assert_taken(pixels, jobs_for(tmp_path, made_files.webps(*size)))
