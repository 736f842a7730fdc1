"""Stages as folders, written and read by Spark itself: on whatever it can reach, by Connect too.

metadata/ is as Spark ML has it; data/, of a fitted stage, is Parquet with the two files of fitted/ as rows (name, content).
"""

import hashlib
import json
from typing import Any

from pyspark.ml.param import Params
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter
from pyspark.sql import SparkSession

_METADATA, _TENSORS = "metadata.json", "tensors.safetensors"
_SCHEMA = "name string, content binary"


def _below(path: str, name: str) -> str:
    return f"{path.rstrip('/')}/{name}"


class StageWriter(MLWriter):
    """Of a stage that has to_files() or none."""

    def __init__(self, stage: Params, files: tuple[bytes, bytes] | None = None) -> None:
        super().__init__()
        self._stage = stage
        self._files = files

    def save(self, path: str) -> None:
        """Overwriting goes through Spark's writer as well: Spark ML's own way to do it needs Java beside the driver."""
        self.saveImpl(path)

    def saveImpl(self, path: str) -> None:
        mode = "overwrite" if self.shouldOverwrite else "error"
        spark = self.sparkSession
        if self._files:
            rows = spark.createDataFrame(list(zip((_METADATA, _TENSORS), map(bytearray, self._files), strict=True)), _SCHEMA)
            rows.coalesce(1).write.mode(mode).parquet(_below(path, "data"))
        text = DefaultParamsWriter._get_metadata_to_save(self._stage, spark)
        spark.createDataFrame([(text,)], "value string").coalesce(1).write.mode(mode).text(_below(path, "metadata"))


def _read_files(spark: SparkSession, *paths: str) -> dict[str, bytes]:
    rows = spark.read.format("binaryFile").load(list(paths)).select("path", "content").collect()
    return {row["path"].rsplit("/", 1)[-1]: bytes(row["content"]) for row in rows}


def _exists(spark: SparkSession, path: str) -> bool:
    from pyspark.errors import AnalysisException

    try:
        # Its plan alone: a folder that is there, empty or not, gives one.
        spark.read.format("binaryFile").load(path).schema  # noqa: B018
    except AnalysisException as error:
        if "PATH_NOT_FOUND" in str(error):
            return False
        raise
    return True


def _check_run(files: dict[str, bytes], run: bytes, path: str) -> None:
    written = json.loads(run)["files"]
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != written.get(f"fitted/{name}", {}).get("sha256"):
            raise ValueError(f"{path} does not agree with its run.json: fitted/{name} (differs)")


def _read_plain(spark: SparkSession, path: str) -> dict[str, bytes]:
    is_run = _exists(spark, _below(path, f"fitted/{_METADATA}"))
    if not is_run and not _exists(spark, _below(path, _METADATA)):
        raise FileNotFoundError(f"{path}: no fit is there; expected one saved by Spark, a fitted/ folder or a run's folder")
    folder = _below(path, "fitted") if is_run else path
    files = _read_files(spark, _below(folder, _METADATA), _below(folder, _TENSORS))
    if is_run:
        _check_run(files, _read_files(spark, _below(path, "run.json"))["run.json"], path)
    return files


class FittedReader(MLReader):
    """Of a class with _of_files(metadata, tensors)."""

    def __init__(self, stage: type) -> None:
        super().__init__()
        self._stage = stage

    def load(self, path: str) -> Any:
        spark = self.sparkSession
        if not _exists(spark, _below(path, "metadata")):
            files = _read_plain(spark, path)
            return self._stage._of_files(files[_METADATA], files[_TENSORS])
        rows = spark.read.parquet(_below(path, "data")).collect()
        files = {row["name"]: bytes(row["content"]) for row in rows}
        stage = self._stage._of_files(files[_METADATA], files[_TENSORS])
        metadata = json.loads(spark.read.text(_below(path, "metadata")).first()["value"])
        stage._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(stage, metadata)
        return stage
