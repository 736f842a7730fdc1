"""Spark's classes as an archive that Java maps into memory: a small job then costs 12 s of CPU in place of 24.

    options = class_archive_options()       # for spark.driver.extraJavaOptions

Java takes it where the class path begins as it did when the archive was made: in drivers and standalone executors. Elsewhere,
as in YARN's containers, it goes on without.
"""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import tempfile

from source_files import ROOT

from support.daemons import die_with_parent
from support.java import java_home

JOB = ROOT / "tests/spark/jobs/arrow_sum.py"
DEADLINE = 900  # writing the archive takes 45 s of CPU


def _digest(folders: list[pathlib.Path]) -> str:
    """Java compares names, sizes and times of the jars."""
    digest = hashlib.sha256(str(java_home()).encode())
    for jar in sorted(jar for folder in folders for jar in folder.glob("*.jar")):
        status = jar.stat()
        digest.update(f"{jar} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def class_archive(folders: list[pathlib.Path], submit: list[str], java_options: str, env: dict[str, str]) -> pathlib.Path:
    """The archive for these folders of jars, made by one small job on the first call of a build tree.

    `submit` is the spark-submit command up to its Java options. The file, 150 MB, is in build/, as it fits one .venv only.
    """
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    archive = build / f"spark-classes-{_digest(folders)}.jsa"
    if archive.exists():
        return archive
    with open(build / ".spark-classes.lock", "w") as lock, tempfile.TemporaryDirectory(dir=build) as work:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if archive.exists():
            return archive
        for old in build.glob("spark-classes-*.jsa"):
            old.unlink()
        made = pathlib.Path(work) / "made.jsa"
        options = f"spark.driver.extraJavaOptions={java_options} -XX:ArchiveClassesAtExit={made}"
        command = die_with_parent([*submit, "--conf", options, JOB, pathlib.Path(work) / "sum.json"])
        done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=DEADLINE)
        if done.returncode != 0 or not made.exists():
            raise RuntimeError(f"{' '.join(command)} made no archive:\n{(done.stdout + done.stderr)[-4000:]}")
        made.rename(archive)
    return archive
