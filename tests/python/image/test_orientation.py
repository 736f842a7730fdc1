"""EXIF and XMP orientation in the three formats, against Pillow's exif_transpose."""

import struct
import zlib

import pytest
from image import made_files
from image.comparing import Job, assert_equal, ours
from PIL import Image

RGB = Image.fromarray(made_files.picture(50, 31))


def tiff(tag_type=3, value=struct.pack("<HH", 6, 0), count=1, magic=b"II*\0", tags=(), tail=b"", order="<") -> bytes:
    """A TIFF block: `tags` as (tag, type, count, four bytes), then the orientation."""
    entries = [*tags, (0x0112, tag_type, count, value)]
    body = struct.pack(order + "H", len(entries))
    for tag, kind, number, data in entries:
        body += struct.pack(order + "HHI", tag, kind, number) + data
    return magic + struct.pack(order + "I", 8) + body + struct.pack(order + "I", 0) + tail


def jpeg(*segments: bytes) -> bytes:
    plain = made_files.save(RGB, "JPEG")
    extra = b"".join(b"\xff\xe1" + struct.pack(">H", len(s) + 2) + s for s in segments)
    return plain[:2] + extra + plain[2:]


def png(before=b"", after=b"") -> bytes:
    return made_files.png(50, 31, 8, 2, before=before, after=after)


def webp(**options) -> bytes:
    return made_files.save(RGB, "WEBP", quality=50, **options)


def xmp(value: str) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description {value}/></x:xmpmeta>'.encode()


def check(pixels, tmp_path, files, turned=None):
    """All as Pillow; and if `turned` is given, each file is (or is not) standing on its side."""
    jobs = []
    for name, content in files.items():
        path = tmp_path / name.replace("/", "-")
        path.write_bytes(content)
        jobs += [Job(path), Job(path, rotate=0), Job(path, width=30, height=20)]
    assert_equal(pixels, jobs)
    if turned is not None:
        for answer in ours(pixels, jobs[::3]):
            assert answer.startswith("ok 31 50" if turned else "ok 50 31")


@pytest.mark.parametrize("value", range(0, 11))
def test_values(pixels, tmp_path, value):
    exif = tiff(value=struct.pack("<HH", value, 0))
    big = tiff(value=struct.pack(">HH", value, 0), magic=b"MM\0*", order=">")
    files = {
        "jpeg": jpeg(b"Exif\0\0" + exif),
        "jpeg big-endian": jpeg(b"Exif\0\0" + big),
        "png": png(before=made_files.chunk(b"eXIf", exif)),
        "png behind": png(after=made_files.chunk(b"eXIf", big)),
        "webp": webp(exif=exif),
        "webp lossless": webp(exif=big, lossless=True),
    }
    check(pixels, tmp_path, files, turned=value in (5, 6, 7, 8))


def test_where_png_keeps_it(pixels, tmp_path):
    exif, name = tiff(), b"Raw profile type exif"
    text = b"\nexif\n      46\n" + (b"Exif\0\0" + exif).hex().encode()
    packet = xmp('tiff:Orientation="6"')
    files = {
        "ImageMagick": png(before=made_files.chunk(b"zTXt", name + b"\0\0" + zlib.compress(text))),
        "ImageMagick plain": png(after=made_files.chunk(b"tEXt", name + b"\0" + text)),
        "text": png(before=made_files.chunk(b"tEXt", b"exif\0" + exif)),
        "xmp": png(before=made_files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)),
        "xmp packed": png(after=made_files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0en\0k\0" + zlib.compress(packet))),
    }
    check(pixels, tmp_path, files, turned=True)
    odd = name + b"\0" + text[:-1]
    check(pixels, tmp_path, {"odd digits": png(before=made_files.chunk(b"tEXt", odd))}, turned=False)


def test_xmp(pixels, tmp_path):
    head = b"http://ns.adobe.com/xap/1.0/\0"
    none = tiff(value=bytes(4), count=0)
    six = xmp('tiff:Orientation="6"')
    turned = {
        "jpeg": jpeg(head + six),
        "jpeg element": jpeg(head + b"<tiff:Orientation>8</tiff:Orientation>"),
        "jpeg exif without": jpeg(b"Exif\0\0" + none, head + six),
        "jpeg second": jpeg(head + b"tiff:Orientation tiff:Orientation=\"x tiff:Orientation=\"5"),
        "webp": webp(xmp=six),
    }
    check(pixels, tmp_path, turned, turned=True)
    straight = {
        "exif wins": jpeg(b"Exif\0\0" + tiff(value=struct.pack("<HH", 1, 0)), head + six),
        "exif says nonsense": jpeg(b"Exif\0\0" + tiff(value=struct.pack("<HH", 77, 0)), head + six),
        "broken exif": jpeg(b"Exif\0\0" + b"nonsense in here", head + six),
        "nine": jpeg(head + xmp('tiff:Orientation="9"')),
    }
    check(pixels, tmp_path, straight, turned=False)


@pytest.mark.parametrize("tag_type", range(0, 18))
def test_types(pixels, tmp_path, tag_type):
    """The tag in other TIFF types than the standard's, in line and behind the directory."""
    numbers = {11: struct.pack("<f", 6), 12: struct.pack("<d", 6), 5: struct.pack("<II", 12, 2), 10: struct.pack("<ii", 6, 1)}
    raw = numbers.get(tag_type, struct.pack("<Q", 6))
    behind = tiff(tag_type, struct.pack("<I", 26), 1, tail=raw)
    files = {
        "in line": jpeg(b"Exif\0\0" + tiff(tag_type, raw[:4])),
        "behind": jpeg(b"Exif\0\0" + behind),
        "two": jpeg(b"Exif\0\0" + tiff(tag_type, struct.pack("<HH", 6, 6), 2)),
        "many": jpeg(b"Exif\0\0" + tiff(tag_type, struct.pack("<I", 26), 9, tail=raw * 9)),
    }
    check(pixels, tmp_path, files)


def test_odd_directories(pixels, tmp_path):
    three, six = struct.pack("<HH", 3, 0), struct.pack("<HH", 6, 0)
    far = struct.pack("<I", 5000)
    good = tiff()
    exif = {
        "twice": tiff(value=six, tags=[(0x0112, 3, 1, three)]),
        "first empty": tiff(value=six, tags=[(0x0112, 3, 0, three)]),
        "first unknown": tiff(value=six, tags=[(0x0112, 99, 1, three)]),
        "data beyond the end": tiff(value=six, tags=[(0x010E, 2, 30, far)]),
        "data larger than all": tiff(value=six, tags=[(0x010E, 2, 1 << 30, far)]),
        "swapped magic": tiff(magic=b"II\0*"),
        "big tiff": tiff(magic=b"II+\0"),
        "big tiff big-endian": tiff(value=struct.pack(">HH", 6, 0), magic=b"MM\0+", order=">"),
        "no tiff": b"XX" + good[2:],
        "directory beyond the end": b"II*\0" + far + good[8:],
        "empty": b"",
        "prefix twice": b"Exif\0\0" + good,
        "prefix three times": b"Exif\0\0Exif\0\0" + good,
    }
    exif |= {f"cut at {n}": good[:n] for n in range(len(good))}
    files = {f"jpeg {name}": jpeg(b"Exif\0\0" + block) for name, block in exif.items()}
    files |= {f"png {name}": png(before=made_files.chunk(b"eXIf", block)) for name, block in exif.items()}
    files["jpeg in two segments"] = jpeg(b"Exif\0\0" + good[:15], b"Exif\0\0" + good[15:])
    check(pixels, tmp_path, files)
