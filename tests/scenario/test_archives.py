"""Archives as inputs: members give what loose files give, and damage costs no more than what it hit."""

import gzip
import pathlib

import numpy as np
import pyarrow.parquet as pq
import pytest

from support.chain import Command, column, digest, rejected_of, rows_of, run_json
from support.made_archives import Members, pack, pack_parquet, pack_tar, pack_zip
from support.s3_proxy import S3Proxy
from support.s3_server import VersityGw

KINDS = ("x.tar", "x.tar.gz", "x.zip", "bytes.parquet", "images.parquet")
BUCKET = "archives"


@pytest.fixture(scope="module")
def reference(fruits, few_photos, tmp_path_factory) -> pathlib.Path:
    """Results of the loose files alone."""
    out = tmp_path_factory.mktemp("loose") / "out"
    fruits("run", few_photos, "-o", out)
    return out


@pytest.fixture(scope="module")
def scores(reference, few_photos) -> dict[str, str]:
    """{member: its features_pca as written}."""
    return {row["path"].removeprefix(f"file://{few_photos}/"): row["features_pca"] for row in rows_of(reference)}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with VersityGw(tmp_path_factory.mktemp("versitygw")) as server:
        server.make_bucket(BUCKET)
        yield server


@pytest.fixture(scope="module")
def on_s3(fruits, server) -> Command:
    return Command(fruits.binary, fruits.store, server.environment(fruits.env))


def check_rows(out: pathlib.Path, uri: str, scores: dict[str, str]) -> None:
    rows = rows_of(out)
    assert [row["path"] for row in rows] == [f"{uri}!/{name}" for name in scores]
    assert [row["label"] for row in rows] == [name.split("/")[-2] for name in scores]
    assert [row["features_pca"] for row in rows] == list(scores.values())
    table = pq.read_table(out / "pca_result.parquet")
    assert table["path"].to_pylist() == [row["path"] for row in rows]
    assert run_json(out)["listing_problems"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_local_archive_gives_what_loose_files_give(fruits, members, scores, tmp_path, kind):
    archive = tmp_path / kind
    archive.write_bytes(pack(kind, members))
    fruits("run", archive, "-o", tmp_path / "out")
    check_rows(tmp_path / "out", archive.as_uri(), scores)


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_on_s3_gives_what_loose_files_give(on_s3, server, members, scores, tmp_path, kind):
    server.put(BUCKET, f"each/{kind}", pack(kind, members))
    on_s3("run", f"s3://{BUCKET}/each/{kind}", "-o", tmp_path / "out")
    check_rows(tmp_path / "out", f"s3://{BUCKET}/each/{kind}", scores)


@pytest.mark.parametrize("kind", KINDS)
def test_members_on_s3_cost_no_request_of_their_own(fruits, server, members, scores, tmp_path, kind):
    server.put(BUCKET, f"counted/{kind}", pack(kind, members))
    with S3Proxy(server, latency_ms=5) as proxy:
        command = Command(fruits.binary, fruits.store, proxy.environment(fruits.env))
        command("run", f"s3://{BUCKET}/counted/{kind}", "-o", tmp_path / "out")
        stats = proxy.stats()
    check_rows(tmp_path / "out", f"s3://{BUCKET}/counted/{kind}", scores)
    assert stats["operations"]["GET"]["requests"] <= 6 and stats["bytes_sent"] < 4 * len(pack(kind, members))


def test_faults_on_the_way_to_an_archive(fruits, server, members, scores, tmp_path):
    padded = {name: content + bytes(350_000) for name, content in members.items()}  # three blocks of 8 MiB
    server.put(BUCKET, "faults/x.tar", pack("x.tar", padded))
    uri, reads = f"s3://{BUCKET}/faults/x.tar", {"method": "GET", "key": "x.tar"}
    with S3Proxy(server) as proxy:
        command = Command(fruits.binary, fruits.store, proxy.environment(fruits.env))
        for kind in ("cut", "reset", "503"):
            proxy.set_faults([{"kind": kind, "every": 2, "match": reads}])
            command("run", uri, "-o", tmp_path / kind)
            assert proxy.stats()["faults"][kind] > 0
            check_rows(tmp_path / kind, uri, scores)
            proxy.reset()
        proxy.set_faults([{"kind": "changed", "every": 2, "match": reads}])
        done = command("run", uri, "-o", tmp_path / "out", exit_code=1)
        assert f"{uri} was replaced while it was read" in done.stderr
        proxy.set_faults([])
        command("run", uri, "-o", tmp_path / "out")
        check_rows(tmp_path / "out", uri, scores)


def test_beside_loose_files_and_other_archives(on_s3, server, few_photos, members, reference, tmp_path):
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    for kind in KINDS:
        (mixed / kind).write_bytes(pack(kind, members))
        server.put(BUCKET, f"mixed/{kind}", pack(kind, members))
    for name, content in members.items():
        (mixed / "loose" / name).parent.mkdir(parents=True, exist_ok=True)
        (mixed / "loose" / name).write_bytes(content)
        server.put(BUCKET, f"mixed/loose/{name}", content)
    out = tmp_path / "out"
    on_s3("run", f"s3://{BUCKET}/mixed/*", mixed / "*", "-o", out)

    places = [f"{kind}!" for kind in KINDS] + ["loose"]
    expected = sorted(f"{root}/{place}/{name}" for root in (mixed, f"s3://{BUCKET}/mixed") for place in places for name in members)
    rows = rows_of(out)
    assert [row["path"].removeprefix("file://") for row in rows] == expected
    assert all(row["label"] == row["path"].split("/")[-2] for row in rows)
    # The same photo has the same features wherever it lies.
    loose = dict(zip(members, column(reference / "features", "features"), strict=True))
    paths = [path for part in sorted((out / "features").glob("*.parquet")) for path in pq.read_table(part)["path"].to_pylist()]
    features = dict(zip(paths, column(out / "features", "features"), strict=True))
    assert sorted(path.removeprefix("file://") for path in features) == expected
    for path, row in features.items():
        assert np.array_equal(row, loose["/".join(path.split("/")[-2:])]), path


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_photo_in_an_archive_is_one_rejected_row(fruits, members, tmp_path, kind):
    victim = list(members)[31]
    archive = tmp_path / kind
    archive.write_bytes(pack(kind, {**members, victim: members[victim][:500]}))
    fruits("run", archive, "-o", tmp_path / "out", "--max-rejected", "2%")
    assert [row["path"] for row in rejected_of(tmp_path / "out")] == [f"{archive.as_uri()}!/{victim}"]
    assert [row["path"] for row in rows_of(tmp_path / "out")] == [f"{archive.as_uri()}!/{n}" for n in members if n != victim]


def test_a_wrong_checksum_in_a_zip_rejects_that_member(fruits, members, tmp_path):
    victim = list(members)[30]  # a stored one
    content = pack_zip(members)
    at = content.find(members[victim]) + len(members[victim]) // 2
    archive = tmp_path / "x.zip"
    archive.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
    fruits("run", archive, "-o", tmp_path / "out", "--max-rejected", "2%")
    (row,) = rejected_of(tmp_path / "out")
    assert row["path"] == f"{archive.as_uri()}!/{victim}" and "checksum" in row["reason"]
    assert len(rows_of(tmp_path / "out")) == len(members) - 1


@pytest.mark.parametrize("place", ["here", "on S3"])
@pytest.mark.parametrize("kind", ["x.tar", "x.tar.gz", "x.zip"])
def test_an_archive_cut_short_gives_the_members_before_the_cut(on_s3, server, members, reference, tmp_path, kind, place):
    content = pack(kind, members)[: len(pack(kind, members)) // 2]
    archive = tmp_path / kind
    archive.write_bytes(content)
    uri = archive.as_uri()
    if place == "on S3":
        uri = f"s3://{BUCKET}/cut/{kind}"
        server.put(BUCKET, f"cut/{kind}", content)
    out = tmp_path / "out"
    done = on_s3("run", uri, "-o", out, "--max-rejected", "10%")

    rows, rejected = rows_of(out), rejected_of(out)
    assert [row["path"] for row in rows] == [f"{uri}!/{name}" for name in list(members)[: len(rows)]]
    assert len(members) // 2 - 6 <= len(rows) <= len(members) // 2 + 6
    assert [row["path"] for row in rejected] in ([uri], [f"{uri}!/{list(members)[len(rows)]}", uri])
    features, loose = column(out / "features", "features"), column(reference / "features", "features")
    assert np.array_equal(features, loose[: len(rows)])
    (problem,) = run_json(out)["listing_problems"]
    assert problem["path"] == uri and problem["reason"]
    assert f"left out {uri}: {problem['reason']}" in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_no_archive_at_all_is_told_and_the_rest_goes_on(fruits, members, few_photos, tmp_path, kind):
    archive = tmp_path / kind
    archive.write_bytes(b"this is not an archive\n" * 100)
    done = fruits("run", few_photos, archive, "-o", tmp_path / "out", "--max-rejected", "5%")
    assert len(rows_of(tmp_path / "out")) == len(members)
    (problem,) = run_json(tmp_path / "out")["listing_problems"]
    assert problem["path"] == archive.as_uri() and problem["reason"] in done.stderr


def test_no_archive_alone_fails_and_writes_nothing(fruits, tmp_path):
    (tmp_path / "x.tar").write_bytes(b"this is not an archive\n" * 100)
    done = fruits("run", tmp_path / "x.tar", "-o", tmp_path / "out", exit_code=1)
    assert "x.tar" in done.stderr and "expected photos" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_archive_of_another_kind_than_its_name_says_what_it_is(fruits, members, tmp_path):
    plain = pack_tar(members, "w")
    wrong = {
        "plain.tar.gz": (plain, "it is a plain tar file (.tar), not gzip data"),
        "packed.tar": (gzip.compress(plain), "it is gzip data (.tar.gz, .tgz)"),
        "zipped.tgz": (pack_zip(members), "it is a zip file (.zip), not gzip data"),
        "tar.zip": (plain, "it is a plain tar file (.tar)"),
    }
    for name, (content, reason) in wrong.items():
        (tmp_path / name).write_bytes(content)
        done = fruits("run", tmp_path / name, "-o", tmp_path / "out", exit_code=1)
        uri = (tmp_path / name).as_uri()
        assert "expected photos" in done.stderr and f"left out {uri}: " in done.stderr and reason in done.stderr
        assert "more" not in done.stderr
    done = fruits("run", *(tmp_path / name for name in wrong), "-o", tmp_path / "out", exit_code=1)
    assert f"left out {(tmp_path / 'packed.tar').as_uri()}: " in done.stderr and "and 3 more" in done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_archive_adds_nothing_and_is_no_problem(fruits, members, few_photos, tmp_path, kind):
    (tmp_path / kind).write_bytes(pack(kind, {}))
    fruits("run", few_photos, tmp_path / kind, "-o", tmp_path / "out")
    assert len(rows_of(tmp_path / "out")) == len(members)
    assert run_json(tmp_path / "out")["listing_problems"] == []
    done = fruits("run", tmp_path / kind, "-o", tmp_path / "alone", exit_code=1)
    assert "expected photos" in done.stderr


def test_an_archive_in_an_archive_is_no_photo(fruits, members, tmp_path):
    (tmp_path / "x.tar").write_bytes(pack("x.tar", {**members, "inner.zip": pack_zip(members)}))
    fruits("run", tmp_path / "x.tar", "-o", tmp_path / "out")
    assert run_json(tmp_path / "out")["counts"]["photos"] == len(members)


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_that_did_not_change_is_not_computed_again(on_s3, server, members, tmp_path, kind):
    archive = tmp_path / kind
    archive.write_bytes(pack(kind, members))
    server.put(BUCKET, f"same/{kind}", archive.read_bytes())
    out = tmp_path / "out"
    for computed in (2 * len(members), 0):
        on_s3("run", archive, f"s3://{BUCKET}/same/{kind}", "-o", out)
        counts = run_json(out)["counts"]
        assert (counts["photos"], counts["computed"]) == (2 * len(members), computed)


@pytest.mark.parametrize("kind", ["x.tar", "x.tar.gz", "x.zip", "bytes.parquet"])
def test_a_member_more_is_the_only_one_whose_features_are_computed(fruits, members, scores, tmp_path, kind):
    archive = tmp_path / kind
    *before, last = members
    archive.write_bytes(pack(kind, {name: members[name] for name in before}))
    fruits("run", archive, "-o", tmp_path / "out")
    archive.write_bytes(pack(kind, members))
    fruits("run", archive, "-o", tmp_path / "out")
    counts = run_json(tmp_path / "out")["counts"]
    assert (counts["added"], counts["removed"], counts["photos"]) == (1, 0, len(members))
    # The archive's bytes differ, so all members are read; those of the same content are not featurized.
    assert counts["computed"] - counts["copied"] == 1
    check_rows(tmp_path / "out", archive.as_uri(), scores)


def test_another_content_under_a_members_name_is_computed(on_s3, server, members, tmp_path):
    first, second, *_ = members
    out, uri = tmp_path / "out", f"s3://{BUCKET}/other/x.tar"
    server.put(BUCKET, "other/x.tar", pack("x.tar", members))
    on_s3("run", uri, "-o", out)
    swapped = {**members, first: members[second], second: members[first]}  # names and sizes of the archive stay
    server.put(BUCKET, "other/x.tar", pack("x.tar", swapped))
    on_s3("run", uri, "-o", out)
    on_s3("run", uri, "-o", tmp_path / "fresh")
    assert digest(out / "pca_result.csv") == digest(tmp_path / "fresh/pca_result.csv")
    assert np.array_equal(column(out / "features", "features"), column(tmp_path / "fresh/features", "features"))


def test_limit_takes_the_first_members(fruits, members, tmp_path):
    archive = tmp_path / "x.tar"
    archive.write_bytes(pack("x.tar", dict(reversed(members.items()))))  # in another order than that of names
    fruits("run", archive, "-o", tmp_path / "out", "--limit", 20)
    assert [row["path"] for row in rows_of(tmp_path / "out")] == [f"{archive.as_uri()}!/{n}" for n in list(members)[:20]]


@pytest.mark.parametrize("place", ["here", "on S3"])
def test_globs_find_archives(on_s3, server, members, tmp_path, place):
    halves = {"a.tar": dict(list(members.items())[:30]), "b.tar": dict(list(members.items())[30:])}
    others = {"c.zip": pack_zip(members), "sub/d.tar": pack("d.tar", members), "e.jpg": members[next(iter(members))]}
    contents = {**{name: pack(name, half) for name, half in halves.items()}, **others}
    root = f"s3://{BUCKET}/globbed" if place == "on S3" else f"{tmp_path}/in"
    for name, content in contents.items():
        if place == "on S3":
            server.put(BUCKET, f"globbed/{name}", content)
        else:
            (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / name).write_bytes(content)
    on_s3("run", f"{root}/*.tar", "-o", tmp_path / "out")
    expected = [f"{root}/{name}!/{member}" for name, half in halves.items() for member in half]
    assert [row["path"].removeprefix("file://") for row in rows_of(tmp_path / "out")] == expected


def test_name_globs_choose_members(fruits, members, tmp_path):
    archive = tmp_path / "x.zip"
    archive.write_bytes(pack("x.zip", members))
    chosen = [name for name in members if "/0_" in name]
    assert 2 < len(chosen) < len(members)
    fruits("run", archive, "-o", tmp_path / "out", "--glob", "0_*", "--components", 2)
    assert [row["path"] for row in rows_of(tmp_path / "out")] == [f"{archive.as_uri()}!/{name}" for name in chosen]


def test_an_archive_in_a_folder_is_taken_when_a_name_glob_says_so(fruits, members, tmp_path):
    (tmp_path / "in/deep").mkdir(parents=True)
    archive = tmp_path / "in/deep/x.tar"
    archive.write_bytes(pack("x.tar", members))
    (tmp_path / "in/loose.jpg").write_bytes(members[next(iter(members))])
    done = fruits("run", tmp_path / "in", "-o", tmp_path / "out", exit_code=2)
    assert "at least 2 photos, found 1" in done.stderr
    fruits("run", tmp_path / "in", "-o", tmp_path / "out", "--glob", "*.tar", "--glob", "*.jpg")
    expected = [f"{archive.as_uri()}!/{name}" for name in members] + [f"file://{tmp_path}/in/loose.jpg"]
    assert [row["path"] for row in rows_of(tmp_path / "out")] == expected
