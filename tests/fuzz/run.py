"""Runs a fuzzer from seeds that are made on the spot: run.py PROGRAM [--runs N | --seconds N]."""

import argparse
import gzip
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

from image import made_files  # noqa: E402
from image.test_orientation import tiff, xmp  # noqa: E402


def decode_seeds() -> list[bytes]:
    seeds = list(made_files.jpegs(24, 17).values()) + list(made_files.webps(24, 17).values())
    for bits, color_type in made_files.PNG_FORMS:
        seeds += [made_files.png(9, 7, bits, color_type, interlaced) for interlaced in (False, True)]
    seeds.append(made_files.png(5, 4, 8, 2, before=made_files.chunk(b"eXIf", tiff())))
    return seeds


def exif_seeds() -> list[bytes]:
    blocks = [tiff(kind) for kind in range(17)] + [tiff(magic=b"MM\0*", order=">"), b"Exif\0\0" + tiff()]
    return blocks + [tiff(5, b"\x1a\0\0\0", tail=bytes(8)), xmp('tiff:Orientation="6"')]


def archive_seeds() -> list[bytes]:
    """The first byte is the kind: 0 tar, 1 tar.gz, 2 zip, 3 tar whose checksums are repaired."""
    seeds = []
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            for name, kind in (("a.jpg", tarfile.REGTYPE), ("b" * 90 + "/c.jpg", tarfile.REGTYPE), ("d", tarfile.LNKTYPE)):
                info = tarfile.TarInfo(name if form == tarfile.USTAR_FORMAT else name * 2)
                info.type, info.linkname, info.mtime = kind, "a.jpg", 1.5
                info.size = 9 if kind == tarfile.REGTYPE else 0
                tar.addfile(info, io.BytesIO(b"123456789"))
        plain = out.getvalue()[:-8192]
        seeds += [b"\0" + plain, b"\3" + plain, b"\1" + gzip.compress(plain), b"\1" + gzip.compress(plain[:700]) + gzip.compress(plain[700:], 0)]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr("a.jpg", b"1234567890" * 30)
            with archive.open("b/c.jpg", "w", force_zip64=True) as member:
                member.write(b"again and again" * 20)
        seeds += [b"\2" + out.getvalue(), b"\2" + out.getvalue()[:-60]]
    return seeds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=-1)
    parser.add_argument("--seconds", type=int, default=0)
    options = parser.parse_args()
    kinds = {"exif": exif_seeds, "archive": archive_seeds}
    seeds = kinds.get(options.program.name.rpartition("_")[2], decode_seeds)()
    with tempfile.TemporaryDirectory() as folder:
        corpus, found = pathlib.Path(folder, "corpus"), pathlib.Path(folder, "found")
        corpus.mkdir()
        found.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / str(number)).write_bytes(seed)
        command = [options.program.resolve(), corpus, "-seed=1", f"-artifact_prefix={found}/", "-print_final_stats=1"]
        command += [f"-runs={options.runs}", f"-max_total_time={options.seconds}", "-max_len=4096", "-timeout=20"]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        print(done.stderr[-4000:])
        for path in found.iterdir():
            print(f"input that failed: {path.name}: {path.read_bytes().hex()}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
