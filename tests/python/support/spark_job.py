"""What tests of `fruits run --engine spark` share."""

import pathlib

SMALL = ["--input-size", "32", "--components", "3", "--max-rejected", "5%"]


def assert_same_results(out: pathlib.Path, one_machine: pathlib.Path) -> None:
    """Byte for byte: the same engine on the same kind of machine."""
    for name in ("pca_result.csv", "rejected.csv", "scree.svg", "projection.svg"):
        assert (out / name).read_bytes() == (one_machine / name).read_bytes(), name
    assert {p.name for p in out.iterdir()} >= {p.name for p in one_machine.iterdir()} - {"_run"}
    assert (out / "run.json").exists()
