"""Small files of every kind that the decoders know, made from noise and gradients."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def picture(width, height, seed=0) -> np.ndarray:
    """RGB: smooth colours, hard edges and some noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([np.sin(x / 9 + seed) + np.cos(y / 7), np.sin((x + y) / 11), np.cos(x / 5 - y / 13)], -1)
    rgb = 128 + 60 * waves + random.normal(0, 8, waves.shape)
    rgb[(x // 16 + y // 16) % 5 == 0] = random.integers(0, 256, 3)
    return np.clip(rgb, 0, 255).astype(np.uint8)


def save(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _filtered_rows(samples: np.ndarray, bits: int, random) -> bytes:
    """Rows of a PNG pass, each with a filter taken at random. `samples`: height x width x channels."""
    height, width, channels = samples.shape
    if bits == 16:
        rows = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    elif bits == 8:
        rows = samples.astype(np.uint8).reshape(height, -1)
    else:
        ones = np.unpackbits(samples.astype(np.uint8).reshape(height, width, 1), axis=2)[:, :, 8 - bits :]
        rows = np.packbits(ones.reshape(height, -1), axis=1)
    step = max(1, bits * channels // 8)
    above, out = np.zeros(rows.shape[1], np.int32), bytearray()
    for row in rows.astype(np.int32):
        kind = int(random.integers(0, 5))
        left = np.concatenate([np.zeros(step, np.int32), row])[: len(row)]
        corner = np.concatenate([np.zeros(step, np.int32), above])[: len(row)]
        if kind == 4:
            to_left, to_above, to_corner = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
            guess = np.where(
                (to_left <= to_above) & (to_left <= to_corner), left, np.where(to_above <= to_corner, above, corner)
            )
        else:
            guess = (np.zeros_like(row), left, above, (left + above) // 2)[kind]
        out.append(kind)
        out += ((row - guess) & 255).astype(np.uint8).tobytes()
        above = row
    return bytes(out)


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
PNG_FORMS = [(b, t) for t, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items() for b in depths]


def png(width, height, bits, color_type, interlaced=False, seed=0, before=b"", after=b"", pieces=3, palette=None) -> bytes:
    """A PNG with chunks `before` and `after` its pixels, which lie in `pieces` chunks."""
    random = np.random.default_rng(seed)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color_type]
    samples = random.integers(0, 1 << bits, (height, width, channels))
    if bits >= 8 and color_type != 3:  # something smooth, so that the filters matter
        smooth = np.resize(picture(width, height, seed).astype(np.int64), samples.shape)
        samples = smooth << (bits - 8) | (samples & ((1 << (bits - 8)) - 1))
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    raw = b"".join(
        _filtered_rows(samples[y::dy, x::dx], bits, random) for x, y, dx, dy in passes if x < width and y < height
    )
    packed = zlib.compress(raw)
    cut = [len(packed) * i // pieces for i in range(pieces + 1)]
    file = b"\x89PNG\r\n\x1a\n"
    file += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, int(interlaced)))
    if color_type == 3:
        file += chunk(b"PLTE", random.bytes(3 << bits) if palette is None else palette)
    file += before
    for a, b in zip(cut, cut[1:]):
        file += chunk(b"IDAT", packed[a:b])
    return file + after + chunk(b"IEND", b"")


def jpegs(width=61, height=47) -> dict[str, bytes]:
    """The kinds that Pillow can write, and some made of them by changing a header."""
    rgb = Image.fromarray(picture(width, height))
    files = {
        f"q{quality}-s{sampling}": save(rgb, "JPEG", quality=quality, subsampling=sampling)
        for quality in (5, 75, 98)
        for sampling in (0, 1, 2)
    }
    files["progressive"] = save(rgb, "JPEG", progressive=True)
    files["progressive-gray"] = save(rgb.convert("L"), "JPEG", progressive=True)
    files["optimized"] = save(rgb, "JPEG", optimize=True)
    files["restarts"] = save(rgb, "JPEG", restart_marker_blocks=2)
    files["gray"] = save(rgb.convert("L"), "JPEG")
    files["rgb-inside"] = save(rgb, "JPEG", keep_rgb=True)
    cmyk = Image.fromarray(np.dstack([picture(width, height, 3), picture(width, height, 4)[:, :, :1]]), "CMYK")
    files["cmyk"] = save(cmyk, "JPEG")
    files["cmyk-progressive"] = save(cmyk, "JPEG", progressive=True)
    adobe = files["cmyk"].index(b"Adobe")
    files["ycck"] = files["cmyk"][: adobe + 11] + b"\x02" + files["cmyk"][adobe + 12 :]
    jfif = files["q75-s0"].index(b"\xff\xe0")
    after_jfif = files["q75-s0"][jfif + 18 :]
    for transform in (0, 1):
        marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])
        files[f"adobe-{transform}"] = b"\xff\xd8" + marker + after_jfif
    files["no-jfif"] = b"\xff\xd8" + after_jfif
    files["padding"] = files["q75-s0"].replace(b"\xff\xdb", b"\xff\xff\xff\xdb", 1)
    files["trailing"] = files["q75-s2"] + b"something behind the end" * 20
    files["two"] = files["q75-s2"] + files["gray"]
    second = Image.fromarray(picture(width, height, 9))
    files["multi-picture"] = save(rgb, "MPO", save_all=True, append_images=[second])
    return files


def webps(width=61, height=47) -> dict[str, bytes]:
    rgb = Image.fromarray(picture(width, height))
    alpha = Image.fromarray(np.dstack([picture(width, height, 1), picture(width, height, 2)[:, :, :1]]), "RGBA")
    files = {f"lossy-{q}": save(rgb, "WEBP", quality=q) for q in (5, 60, 100)}
    files["lossless"] = save(rgb, "WEBP", lossless=True)
    files["alpha-lossy"] = save(alpha, "WEBP", quality=70)
    files["alpha-lossless"] = save(alpha, "WEBP", lossless=True)
    files["alpha-exact"] = save(alpha, "WEBP", lossless=True, exact=True)
    files["animated"] = save(rgb, "WEBP", save_all=True, append_images=[Image.fromarray(picture(width, height, 5))])
    files["animated-alpha"] = save(alpha, "WEBP", save_all=True, append_images=[rgb.convert("RGBA")])
    files["trailing"] = files["lossy-60"] + b"something behind the end"
    return files
