"""Archives of every kind, and beside each what Python's own readers make of it: make_archives.py FOLDER.

<archive>.expected has a line for each member: its name in hex, its size, its SHA-256 (or "bad"), tab-separated.
"""

import gzip
import hashlib
import io
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib

import pyarrow
import pyarrow.parquet

RANDOM = random.Random(4)
LONG = "deep/" * 25 + "x" * 120 + ".jpg"
NAMES = ["Apple Braeburn 1/r_0_100.jpg", "Apple Braeburn 1/r_1_100.jpg", "./Kaki/a b%.png", "/abs/x.webp", "a//b.jpg",
         "../up.jpg", "Ünï/çé.jpg", "empty.jpg", "Kaki/block.jpg", "z" * 100, "p" * 90 + "/" + "q" * 60 + ".jpg", LONG]
SIZES = {"empty.jpg": 0, "Kaki/block.jpg": 1024}


def content(size: int | None = None) -> bytes:
    """Bytes that compress a little, as JPEGs do not and headers do."""
    return b"".join(RANDOM.randbytes(7) + b"\0" for _ in range(700))[: RANDOM.randrange(1, 5600) if size is None else size]


FILES = [(name, content(SIZES.get(name))) for name in NAMES]


def clean(name: str | bytes) -> bytes:
    raw = name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")
    while raw.startswith((b"/", b"./")):
        raw = raw[1 if raw.startswith(b"/") else 2 :]
    while b"//" in raw:
        raw = raw.replace(b"//", b"/")
    return raw


def expect(path: pathlib.Path, members: dict[bytes, bytes | None]) -> None:
    lines = (f"{name.hex()}\t{0 if body is None else len(body)}\t"
             f"{'bad' if body is None else hashlib.sha256(body).hexdigest()}\n"
             for name, body in sorted(members.items()))
    pathlib.Path(str(path) + ".expected").write_text("".join(lines))


def expect_tar(path: pathlib.Path, data: bytes | None = None) -> None:
    members = {}
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes() if data is None else data)) as tar:
        for member in tar.getmembers():
            if member.isreg() or member.islnk():
                members[clean(member.name)] = None if member.issparse() else tar.extractfile(member).read()
    expect(path, members)


def add(tar: tarfile.TarFile, name: str, body: bytes, **fields) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime = len(body), 1_700_000_000
    for key, value in fields.items():
        setattr(info, key, value)
    tar.addfile(info, io.BytesIO(body))


def tar_bytes(files, form=tarfile.PAX_FORMAT, **options) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, **options) as tar:
        for name, body in files:
            add(tar, name, body)
    return out.getvalue()


def tars(folder: pathlib.Path) -> None:
    for name, form in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT)):
        (folder / f"{name}.tar").write_bytes(tar_bytes(FILES, form))
    short = [(name, body) for name, body in FILES if name != LONG and name.isascii()]
    (folder / "ustar.tar").write_bytes(tar_bytes(short, tarfile.USTAR_FORMAT))
    (folder / "global.tar").write_bytes(
        tar_bytes(FILES, pax_headers={"comment": "all", "mtime": "1600000000.25", "SCHILY.x": "y" * 600}))
    odd = io.BytesIO()
    with tarfile.open(fileobj=odd, mode="w") as tar:
        add(tar, "d", b"", type=tarfile.DIRTYPE)
        add(tar, "d/1.jpg", content())
        add(tar, "d/1.jpg", content())
        add(tar, "d/hard.jpg", b"", type=tarfile.LNKTYPE, linkname="d/1.jpg")
        add(tar, "d/soft.jpg", b"", type=tarfile.SYMTYPE, linkname="1.jpg")
        add(tar, "d/pipe", b"", type=tarfile.FIFOTYPE)
        add(tar, "d/fine.jpg", content(), pax_headers={"mtime": "1650000000.123456789"})
        add(tar, "d/cont.jpg", content(), type=tarfile.CONTTYPE)
    (folder / "odd.tar").write_bytes(odd.getvalue())
    v7 = bytearray(tar_bytes(short[:3], tarfile.USTAR_FORMAT))
    at = 0
    while v7[at]:
        size = int(v7[at + 124 : at + 135], 8)
        v7[at + 156] = 0
        v7[at + 257 : at + 512] = bytes(255)
        v7[at + 148 : at + 156] = b" " * 8
        v7[at + 148 : at + 156] = b"%06o\0 " % sum(v7[at : at + 512])
        at += 512 + (size + 511) // 512 * 512
    (folder / "v7.tar").write_bytes(v7)
    base256 = bytearray(tar_bytes(FILES[:2], tarfile.USTAR_FORMAT))
    base256[124:136] = b"\x80" + len(FILES[0][1]).to_bytes(11, "big")
    base256[148:156] = b" " * 8
    base256[148:156] = b"%06o\0 " % sum(base256[:512])
    (folder / "base256.tar").write_bytes(base256)
    gnu_tool(folder)
    for path in folder.glob("*.tar"):
        expect_tar(path)
    shutil.rmtree(folder / "tree")


def gnu_tool(folder: pathlib.Path) -> None:
    """By the command tar itself: unsorted, with sparse files in each of its forms."""
    tree = folder / "tree"
    (tree / "Pear").mkdir(parents=True)
    for number in range(40):
        (tree / "Pear" / f"{number}.jpg").write_bytes(content())
    with open(tree / "Pear" / "sparse.jpg", "wb") as sparse:
        for place in range(30):
            sparse.seek(place * 200_000)
            sparse.write(b"here")
    for name, options in (("sparse_gnu", ["-S", "--format=gnu"]), ("sparse_pax0", ["-S", "--format=pax", "--sparse-version=0.0"]),
                          ("sparse_pax1", ["-S", "--format=pax", "--sparse-version=1.0"]), ("tool_v7", ["--format=v7"])):
        subprocess.run(["tar", *options, "-cf", folder / f"{name}.tar", "-C", tree, "."], check=True)


def gzips(folder: pathlib.Path) -> None:
    many = tar_bytes(FILES + [(f"many/{i % 7}/{i}.jpg", RANDOM.randbytes(18_000 + i)) for i in range(1000)])
    cut = [many[i : i + 3_000_017] for i in range(0, len(many), 3_000_017)]
    (folder / "one.tar.gz").write_bytes(gzip.compress(many, 1))
    (folder / "multi.TGZ").write_bytes(b"".join(gzip.compress(piece, 6) for piece in cut) + bytes(100))
    (folder / "stored.tgz").write_bytes(gzip.compress(many, 0))
    for path in (folder / "one.tar.gz", folder / "multi.TGZ", folder / "stored.tgz"):
        expect_tar(path, many)
    # A file name in the gzip header, and content that compresses well.
    flat = tar_bytes([(f"{i}.jpg", bytes([i % 251]) * 400_000) for i in range(90)])
    with open(folder / "flat.tar.gz", "wb") as out, gzip.GzipFile("flat.tar", "wb", 9, out) as packed:
        packed.write(flat)
    expect_tar(folder / "flat.tar.gz", flat)


class NoSeek(io.RawIOBase):
    """Makes zipfile write data descriptors."""

    def __init__(self):
        self.out = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.out += data
        return len(data)


def write_zip(out, files, method, **options) -> None:
    with zipfile.ZipFile(out, "w", method, **options) as archive:
        for name, body in files:
            info = zipfile.ZipInfo(name, (2021, 3, 4, 5, 6, 8))
            info.compress_type = method
            archive.writestr(info, body)


def zips(folder: pathlib.Path) -> None:
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflate", zipfile.ZIP_DEFLATED), ("bzip2", zipfile.ZIP_BZIP2)):
        write_zip(folder / f"{name}.zip", FILES, method)
    stream = NoSeek()
    write_zip(stream, FILES, zipfile.ZIP_DEFLATED)
    (folder / "descriptor.zip").write_bytes(bytes(stream.out))
    with zipfile.ZipFile(folder / "zip64.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in FILES:
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(body)
        archive.comment = b"c" * 300
    (folder / "prefixed.ZIP").write_bytes(b"#!/bin/sh\n" * 40 + (folder / "deflate.zip").read_bytes())
    write_zip(folder / "many64.zip", [(f"{i % 9}/{i}.jpg", b"%d" % i) for i in range(66_000)], zipfile.ZIP_STORED)
    latin = bytearray((folder / "stored.zip").read_bytes().replace(b"empty.jpg", b"\xe9mpty.jpg"))
    (folder / "bytes.zip").write_bytes(latin)
    for path in [*folder.glob("*.zip"), folder / "prefixed.ZIP"]:
        members = {}
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                flagged = info.flag_bits & 0x800
                raw = info.filename.encode("utf-8" if flagged else "cp437")
                members[clean(raw)] = archive.read(info) if info.compress_type != zipfile.ZIP_BZIP2 else None
        expect(path, members)
    # Python itself is misled by this one.
    tricky = bytearray((folder / "zip64.zip").read_bytes())
    tricky[-200:-196] = b"PK\x05\x06"
    (folder / "comment.zip").write_bytes(tricky)
    (folder / "comment.zip.expected").write_bytes((folder / "zip64.zip.expected").read_bytes())


def parquets(folder: pathlib.Path) -> None:
    bodies = [b"\xff\xd8\xff" + RANDOM.randbytes(4_000 + 30 * i) for i in range(700)]
    bodies[3] = b"\x89PNG\r\n\x1a\n" + bodies[3]
    bodies[4] = b"RIFF1234WEBP" + bodies[4]
    bodies[5] = b"?"
    endings = {3: ".png", 4: ".webp", 5: ""}
    paths = [f"Kaki/{i}.jpg" for i in range(700)]

    def write(name, table, members, **options):
        pyarrow.parquet.write_table(table, folder / name, **options)
        expect(folder / name, members)

    named = dict(zip((p.encode() for p in paths), bodies))
    write("plain.parquet", pyarrow.table({"label": ["x"] * 700, "path": paths, "bytes": bodies}), named, row_group_size=64)
    write("pages2.parquet", pyarrow.table({"filename": pyarrow.array(paths, pyarrow.large_string()),
                                           "content": pyarrow.array(bodies, pyarrow.large_binary())}), named,
          compression="zstd", data_page_version="2.0", write_page_checksum=True)
    holes = [None if i % 10 == 9 else body for i, body in enumerate(bodies)]
    unnamed = {b"row-%06d%s" % (i, b"" if body is None else endings.get(i, ".jpg").encode()): body
               for i, body in enumerate(holes)}
    write("unnamed.parquet", pyarrow.table({"data": holes}), unnamed, compression="none", use_dictionary=False)
    structs = [None if i % 50 == 49 else {"bytes": body, "path": None if i % 3 else paths[i]} for i, body in enumerate(holes)]
    hugging = {}
    for i, row in enumerate(structs):
        body = row and row["bytes"]
        name = paths[i].encode() if row and row["path"] else b"row-%06d%s" % (i, b"" if body is None else endings.get(i, ".jpg").encode())
        hugging[name] = body
    write("hugging.parquet", pyarrow.table({"image": structs, "label": list(range(700))}), hugging, row_group_size=100)


def damaged(folder: pathlib.Path) -> None:
    """Without what is expected: the tests say what must be left."""
    files = [(f"{i:02}.jpg", RANDOM.randbytes(3000)) for i in range(30)]
    tar = tar_bytes(files, tarfile.USTAR_FORMAT)
    (folder / "cut.tar").write_bytes(tar[: 3584 * 20 + 1000])  # 20 whole ones, the 21st has lost its end
    (folder / "no_mark.tar").write_bytes(tar[: 3584 * 30])
    (folder / "header.tar").write_bytes(tar[: 3584 * 5] + b"\xee" * 300 + tar[3584 * 5 + 300 :])
    packed = gzip.compress(tar)
    (folder / "cut.tar.gz").write_bytes(packed[: len(packed) // 2])
    (folder / "checksum.tar.gz").write_bytes(packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])
    out = io.BytesIO()
    write_zip(out, files, zipfile.ZIP_DEFLATED)
    whole = out.getvalue()
    (folder / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (folder / "body.zip").write_bytes(whole[:100] + bytes([whole[100] ^ 0xFF]) + whole[101:])
    stream = NoSeek()
    write_zip(stream, files, zipfile.ZIP_DEFLATED)
    (folder / "cut_stream.zip").write_bytes(bytes(stream.out[: len(stream.out) // 2]))
    secret = bytearray(whole)
    secret[secret.index(b"PK\1\2") + 8] |= 1
    (folder / "secret.zip").write_bytes(secret)
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = bomb.compress(bytes(200_000_000)) + bomb.flush()
    for name, size in (("bomb.zip", 200_000_000), ("liar.zip", 1000)):
        made = io.BytesIO()
        write_zip(made, [("bomb.jpg", b"")], zipfile.ZIP_DEFLATED)
        old = made.getvalue()
        name_end = 30 + len("bomb.jpg")
        central = bytearray(old[old.index(b"PK\1\2") :])
        central[20:28] = len(data).to_bytes(4, "little") + size.to_bytes(4, "little")
        end = central.index(b"PK\5\6")
        central[end + 16 : end + 20] = (name_end + len(data)).to_bytes(4, "little")
        (folder / name).write_bytes(old[:name_end] + data + central)
    overlap = bytearray(whole)
    first = overlap.index(b"PK\1\2")
    second = overlap.index(b"PK\1\2", first + 4)
    overlap[second + 42 : second + 46] = (40).to_bytes(4, "little")  # inside the first member
    (folder / "overlap.zip").write_bytes(overlap)
    broken = bytearray((folder.parent / "good" / "plain.parquet").read_bytes())
    broken[len(broken) // 2] ^= 0xFF
    (folder / "half.parquet").write_bytes(broken[: len(broken) // 2])
    pyarrow.parquet.write_table(pyarrow.table({"label": [1, 2]}), folder / "labels.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"path": [f"{i}.jpg" for i in range(300)],
                                               "bytes": [RANDOM.randbytes(9000) for _ in range(300)]}),
                                folder / "page.parquet", compression="none", use_dictionary=False, row_group_size=100,
                                write_page_checksum=True, data_page_size=50_000)
    page = bytearray((folder / "page.parquet").read_bytes())
    page[1_400_000] ^= 0xFF
    (folder / "page.parquet").write_bytes(page)


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    for part in ("good", "bad"):
        (folder / part).mkdir(parents=True)
    for make in (tars, gzips, zips, parquets):
        make(folder / "good")
    damaged(folder / "bad")


main()
