"""A run that finds 20,000 photos done and 200 new ones, against a run of the 200 alone and a pass over the stored features.

    python bench/s3/incremental.py

The pass is `fruits fit` on the results of the incremental run: it reads the features of all 20,200 photos once, with the solving
that this takes. Since the run of the 200 alone starts and solves as well, the ratio is also given with only what `fruits fit`
takes longer for 20,200 photos than for the 200. The new photos are spread over all folders. Both here and on versitygw.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import tempfile

import places
import setting
from support.s3_proxy import S3Proxy
from support.s3_server import VersityGw

KEPT, NEW = 20_000, 200
MODEL = "efficientnet-lite0"
TARGET = 1.15


def lay_out(folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """Two folders of hard links to photos: with KEPT of them, and with NEW others of the same kinds."""
    photos = setting.all_photos()
    names = sorted((p.relative_to(photos) for p in photos.rglob("*.jpg")), key=os.fsencode)[: KEPT + NEW]
    every = len(names) // NEW
    for index, name in enumerate(names):
        target = folder / ("new" if index % every == every // 2 else "kept") / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(photos / name, target)
    counts = [sum(1 for _ in (folder / part).rglob("*.jpg")) for part in ("kept", "new")]
    assert counts == [KEPT, NEW], counts
    return folder / "kept", folder / "new"


def add_all(source: pathlib.Path, target: pathlib.Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True, copy_function=os.link)


def rounds_in(place: places.Place, all_uri: str, new_uri: str, rounds: int) -> dict[str, float]:
    """`base` holds the results of the kept photos. Each round's results are thrown away by the caller's folder."""
    times: list[dict[str, float]] = []
    for index in range(rounds):
        taken = {}
        for name, arguments in (
            ("alone", ("run", new_uri, "-o", place.at(f"alone-{index}"), "--model", MODEL)),
            ("incremental", ("run", all_uri, "-o", place.at(f"base-{index}"), "--model", MODEL)),
            ("fit", ("fit", place.at(f"base-{index}"), "-o", place.at(f"fit-{index}"))),
            ("fit_alone", ("fit", place.at(f"alone-{index}"), "-o", place.at(f"fit-alone-{index}"))),
        ):
            done = places.run(place, MODEL, *arguments)
            taken[name] = done.wall
            taken[f"{name} CPU"] = done.cpu
        record = place.record(f"base-{index}")
        counts = record["counts"]
        if (counts["kept"], counts["added"], counts["computed"]) != (KEPT, NEW, NEW):
            raise SystemExit(f"{place.root}: expected {KEPT} kept and {NEW} added, run.json has {counts}")
        times.append(taken)
        print("# " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in taken.items()) + " s; the incremental run: "
              + ", ".join(f"{k} {v:.2f}" for k, v in record["seconds"].items() if not k.startswith("threads_")), flush=True)  # fmt: skip
    return {name: statistics.median(t[name] for t in times) for name in times[0]}


def report(where: str, seconds: dict[str, float]) -> None:
    run, alone, fit = seconds["incremental"], seconds["alone"], seconds["fit"]
    name = f"{KEPT:,} kept and {NEW} new photos, {where}"
    unit = "of the new ones alone and fruits fit"
    setting.number(name, run / (alone + fit), unit, at_most=TARGET)
    setting.number(f"{name}, strictly", run / (alone + fit - seconds["fit_alone"]), "of the new ones alone and what fit adds")
    setting.number(f"{name}: the run", run, "s")


def local(folder: pathlib.Path, kept: pathlib.Path, new: pathlib.Path, rounds: int) -> None:
    place = places.Place(f"{folder}/results")
    base = pathlib.Path(place.at("base"))
    # One folder for both runs, as it is when photos are added: at the first it holds the kept ones.
    photos = folder / "photos"
    add_all(kept, photos)
    places.run(place, MODEL, "run", str(photos), "-o", str(base), "--model", MODEL)
    add_all(new, photos)
    for index in range(rounds):
        shutil.copytree(base, place.at(f"base-{index}"))
    report("local", rounds_in(place, str(photos), str(new), rounds))
    shutil.rmtree(place.root)


def on_s3(folder: pathlib.Path, kept: pathlib.Path, new: pathlib.Path, rounds: int, latency_ms: float) -> None:
    with VersityGw(folder) as server, S3Proxy(server, latency_ms) as proxy:
        for bucket in ("photos", "new", "out"):
            server.make_bucket(bucket)
        place = places.behind(server, proxy if latency_ms > 0 else None, "s3://out")
        server.upload_tree(kept, "photos")
        server.upload_tree(new, "new")
        places.run(place, MODEL, "run", "s3://photos", "-o", place.at("base"), "--model", MODEL)
        server.upload_tree(new, "photos")
        for index in range(rounds):  # copies keep the objects' attributes
            shutil.copytree(server.data / "out/base", server.data / f"out/base-{index}")
        report(f"S3 with {latency_ms:g} ms a request", rounds_in(place, "s3://photos", "s3://new", rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--only", choices=["local", "s3"])
    arguments = parser.parse_args()
    print(f"# {setting.machine()}; {MODEL}")
    photos = setting.all_photos()
    # Hard links need the photos' own file system.
    with tempfile.TemporaryDirectory(prefix="fruits-bench-", dir=photos.parent) as name:
        folder = pathlib.Path(name)
        kept, new = lay_out(folder)
        if arguments.only != "s3":
            local(folder, kept, new, arguments.rounds)
        if arguments.only != "local":
            on_s3(folder, kept, new, arguments.rounds, arguments.latency_ms)


if __name__ == "__main__":
    main()
