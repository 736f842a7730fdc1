"""All of test.tar with photos damaged in ten ways: every good one has its row, every bad one its reason.

    python bench/end_to_end/damaged.py
"""

import csv
import os
import pathlib
import shutil
import tempfile

import setting

WAYS = [
    lambda good: b"",
    lambda good: good[: len(good) // 2],
    lambda good: good[:20],
    lambda good: b"this is not a photo\n" * 50,
    lambda good: b"<html><body>404 Not Found</body></html>",
    lambda good: b"GIF89a" + good[6:],
    lambda good: bytes(len(good)),
    lambda good: good[2:],
    lambda good: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + good[:40],
    lambda good: b"RIFF\x10\x00\x00\x00WEBPVP8 " + good[:20],
]


def damage(photo: pathlib.Path, way: int) -> None:
    """In place of the link to the kept photo."""
    content = photo.read_bytes()
    photo.unlink()
    photo.write_bytes(WAYS[way % len(WAYS)](content))


def check(out: pathlib.Path, good: set[str], bad: set[str]) -> int:
    """Rows lost, invented or without a reason."""
    with (out / "pca_result.csv").open(newline="") as file:
        rows = [row["path"] for row in csv.DictReader(file)]
    with (out / "rejected.csv").open(newline="") as file:
        rejected = list(csv.DictReader(file))
    wrong = len(rows) - len(set(rows)) + len(set(rows) ^ good)
    wrong += len({row["path"] for row in rejected} ^ bad) + sum(len(row["reason"]) < 10 for row in rejected)
    for reason in sorted({row["reason"] for row in rejected}):
        print(f"#   {sum(row['reason'] == reason for row in rejected):4d} x {reason}")
    return wrong


def main() -> None:
    print(f"# {setting.machine()}")
    with tempfile.TemporaryDirectory(prefix="fruits-bench-", dir=setting.all_photos().parent) as folder:
        photos, out = pathlib.Path(folder) / "photos", pathlib.Path(folder) / "out"
        shutil.copytree(setting.all_photos(), photos, copy_function=os.link)
        names = sorted(photos.rglob("*.jpg"))
        victims = names[50::100][:227]
        for way, victim in enumerate(victims[:226]):
            damage(victim, way)
        paths = {p: f"file://{p}" for p in names}
        bad = {paths[v] for v in victims[:226]}
        measured = setting.run(photos, "efficientnet-lite0", out=out)
        setting.number("exit code with 226 damaged of 22,688", measured.exit_code, "", at_most=0, at_least=0)
        setting.number("peak memory, 22,688 photos, efficientnet-lite0", measured.peak_bytes / 1e6, "MB", at_most=900)
        wrong = check(out, set(paths.values()) - bad, bad)
        setting.number("rows lost, invented or without a reason", wrong, "rows", at_most=0)
        damage(victims[226], 0)
        bad.add(paths[victims[226]])
        measured = setting.run(photos, "efficientnet-lite0", out=out)
        setting.number("exit code with 227 damaged of 22,688", measured.exit_code, "", at_most=3, at_least=3)
        setting.number("and then", check(out, set(paths.values()) - bad, bad), "wrong rows", at_most=0)
        computed = measured.record["counts"]["computed"]
        setting.number("photos read again for it", computed, "photos", at_most=1)


if __name__ == "__main__":
    main()
