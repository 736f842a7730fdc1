import subprocess

import pytest

from support.made_tables import DIMENSION, ROWS


@pytest.fixture(scope="session")
def tables_program(build_dir):
    program = build_dir / "tests/tools/tables/fruits_tables"
    assert program.exists(), f"{program} is missing: build the target fruits_tables"
    return program


@pytest.fixture(scope="session")
def tables(tables_program, tmp_path_factory):
    """A folder with the files of a run over made-up photos; support.made_tables says what is in them."""
    folder = tmp_path_factory.mktemp("tables")
    subprocess.run([tables_program, "write", folder, str(ROWS), str(DIMENSION)], check=True)
    return folder
