"""Where pyspark is missing, the package says what to install."""

import os
import subprocess
import sys


def test_says_what_to_install(build_dir):
    code = "import sys; sys.modules['pyspark'] = None; import fruits.spark"
    env = {**os.environ, "PYTHONPATH": str(build_dir / "python")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode != 0
    assert "fruits.spark needs the package pyspark, 3.5 to 4.x: pip install 'pyspark>=3.5,<5'" in done.stderr
    assert "'WHEEL[spark]' (docs/python.md)" in done.stderr
