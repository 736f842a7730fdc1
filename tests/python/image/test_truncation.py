"""Files cut at many lengths: taken or refused as Pillow decides, with its pixels where taken."""

import pytest
from image import made_files
from image.comparing import Job, assert_equal, differences, ours
from PIL import Image

EXIF = made_files.chunk(b"eXIf", b"II*\0\x08\0\0\0\0\0")
TEXT = made_files.chunk(b"tEXt", b"Comment\0behind the pixels")


def sources():
    jpegs, webps = made_files.jpegs(40, 30), made_files.webps(24, 18)
    files = {f"jpeg {name}": jpegs[name] for name in ("q5-s2", "gray", "progressive", "restarts", "cmyk", "two")}
    files["png"] = made_files.png(24, 18, 8, 2, after=TEXT + EXIF)
    files["png interlaced"] = made_files.png(24, 18, 4, 3, interlaced=True)
    files["png one chunk"] = made_files.png(40, 30, 8, 0, pieces=1)
    files |= {f"webp {name}": webps[name] for name in ("lossy-5", "lossless", "alpha-lossy", "animated")}
    return files


SOURCES = sources()


@pytest.mark.parametrize("name", SOURCES)
def test_cut(pixels, tmp_path, name):
    """At every one of the last 40 bytes, and at 150 lengths before."""
    content = SOURCES[name]
    lengths = {len(content) * i // 150 for i in range(150)} | set(range(max(0, len(content) - 40), len(content) + 1))
    jobs = []
    for length in sorted(lengths):
        path = tmp_path / f"{length}"
        path.write_bytes(content[:length])
        jobs.append(Job(path))
    assert_equal(pixels, jobs)
    assert ours(pixels, jobs[-1:])[0].startswith("ok")


def test_larger_photo_cut(pixels, tmp_path):
    content = made_files.save(Image.fromarray(made_files.picture(640, 480)), "JPEG")
    jobs = []
    for length in [len(content) * i // 40 for i in range(1, 41)] + [len(content) - i for i in range(1, 12)]:
        path = tmp_path / f"{length}"
        path.write_bytes(content[:length])
        jobs.append(Job(path))
    assert_equal(pixels, jobs)


REASONS = {
    b"": "empty file",
    b"GIF89a.....": "not a JPEG, PNG or WebP image (it starts with 'GIF89a..')",
    b"\0\1\2\3\4\5\6\7\x08": "not a JPEG, PNG or WebP image (it starts with bytes 00 01 02 03 04 05 06 07)",
    b"<html><body>": "not a JPEG, PNG or WebP image (it starts with '<html><b')",
    SOURCES["jpeg q5-s2"][:100]: "truncated JPEG: the file ends inside its header",
    SOURCES["jpeg cmyk"][: len(SOURCES["jpeg cmyk"]) * 9 // 10]: "truncated JPEG: the file ends after ",
    SOURCES["jpeg progressive"][:-150]: "truncated JPEG: the file ends before its pixels are complete",
    b" " + SOURCES["jpeg gray"]: "not a JPEG, PNG or WebP image",
    SOURCES["png"][:-200]: "truncated PNG: the file ends before its pixels are complete",
    SOURCES["png"][:20]: "truncated PNG: the file ends inside its chunk IHDR",
    SOURCES["webp lossy-5"][:-20]: "truncated WebP: ",
}


@pytest.mark.parametrize("content", REASONS, ids=list(REASONS.values()))
def test_reason(pixels, tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    (answer,) = ours(pixels, [Job(path)])
    assert answer.startswith("rejected " + REASONS[content])


def test_too_many_pixels(pixels, tmp_path):
    header = made_files.chunk(b"IHDR", (20000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0")
    huge = b"\x89PNG\r\n\x1a\n" + header + made_files.chunk(b"IDAT", b"")
    path = tmp_path / "huge.png"
    path.write_bytes(huge)
    assert not differences(pixels, [Job(path)])
    message = "rejected image is 20000 x 20000 pixels, above the limit of 178,956,970 (--max-pixels)"
    assert ours(pixels, [Job(path)]) == [message]

    path.write_bytes(SOURCES["png"])  # 24 x 18 = 432
    assert ours(pixels, [Job(path)], "--max-pixels", "432")[0].startswith("ok")
    assert ours(pixels, [Job(path)], "--max-pixels", "431")[0].startswith("rejected image is 24 x 18 pixels")
