"""The groups of bench/end_to_end/profile.py against the symbols of what was built: a function that is renamed leaves none unseen."""

import importlib.util
import pathlib
import platform
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Of src/stats/NAME.cc: what a run's moments and fit go through.
HOT = ("block", "block_scatter", "component_count", "label_means", "moments", "panel_product", "pca", "standard_scaler",
       "symmetric_columns", "symmetric_eigen", "tridiagonal", "wide_pca")  # fmt: skip
SHARED = ("Fail",)  # of other rooms' headers

# Own functions that must be in the binary, and the group of each.
KNOWN = {
    "MultiplyAvx512": "statistics",
    "MultiplyAvx2": "statistics",
    "MultiplyPlain": "statistics",
    "MergeBlockScatter": "statistics",
    "MergeScatterRow": "statistics",
    "MergeMeans": "statistics",
    "CentreRows": "statistics",
    "CheckFinite": "statistics",
    "ReduceToTridiagonal": "statistics",
    "AddSymmetricColumns": "statistics",
    "AddAllAvx2": "statistics",
    "SolveSymmetric": "statistics",
    "Moments::Add": "statistics",
    "Pca::Project": "statistics",
}
# Inlined by some compilers.
MAYBE = ("WritePanel", "TwoSum", "AddColumn", "Reduction::UpdateRest", "Reduction::MakePartner", "ScaledCovariance")


@pytest.fixture(scope="module")
def profile():
    """By its path: the standard library has a `profile` too."""
    spec = importlib.util.spec_from_file_location("bench_profile", ROOT / "bench/end_to_end/profile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def functions(*files: pathlib.Path) -> set[str]:
    """Names of all functions defined there, without arguments, as perf has them."""
    symbols = subprocess.run(["nm", "--defined-only", *map(str, files)], capture_output=True, text=True, check=True).stdout
    mangled = "\n".join(line.split()[2] for line in symbols.splitlines() if re.match(r"[0-9a-f]+ [tTW] ", line))
    names = subprocess.run(["c++filt", "-p"], input=mangled, capture_output=True, text=True, check=True).stdout
    return {re.sub(r" \[clone.*| \(\.\w+\).*|\.cold$", "", name) for name in names.splitlines()}


def test_every_function_of_moments_and_fit_counts_as_statistics(profile, build_dir):
    folder = build_dir / "src/stats/CMakeFiles/fruits_stats.dir"
    objects = [folder / f"{name}.cc.o" for name in HOT]
    missing = [path.name for path in objects if not path.exists()]
    assert not missing, f"{folder} lacks {missing}"
    own = {name for name in functions(*objects) if name.startswith("fruits::") and name.removeprefix("fruits::") not in SHARED}
    assert len(own) > 30, own
    assert not {name for name in own if profile.group_of(f"fruits [.] {name}") != "statistics"}


def test_known_functions_are_in_the_binary_and_in_their_group(profile, fruits_command):
    found = functions(fruits_command)
    for name, group in KNOWN.items():
        if "Avx" in name and platform.machine() != "x86_64":
            continue
        whole = re.compile(rf"^fruits::(\(anonymous namespace\)::)?{name}(<.*>)?$")
        mine = [function for function in found if whole.match(function)]
        assert mine, f"{name} is not a function of {fruits_command}"
        assert {profile.group_of(f"fruits [.] {function}") for function in mine} == {group}, name


@pytest.mark.parametrize("name", MAYBE)
def test_functions_that_may_be_inlined_have_their_group_too(profile, name):
    assert profile.group_of(f"fruits [.] fruits::(anonymous namespace)::{name}") == "statistics"


@pytest.mark.parametrize("group", ["JPEG decoding", "resize", "thumbnail", "statistics", "Parquet, CSV, pictures", "SHA-256"])
def test_every_group_of_own_code_has_a_function(profile, fruits_command, group):
    assert any(profile.group_of(f"fruits [.] {name}") == group for name in functions(fruits_command) if name.startswith("fruits::"))


def test_other_code_is_not_statistics(profile):
    for name in ("ApplyOrientation", "(anonymous namespace)::MergeSort", "ProgramOptions", "BatchFiller::Add"):
        assert profile.group_of(f"fruits [.] fruits::{name}") != "statistics"
