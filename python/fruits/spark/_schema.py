"""What a stage asks of a frame's columns, said before a job starts."""

from collections.abc import Sequence

from pyspark.ml.linalg import VectorUDT
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, DataType, DoubleType, FloatType


def quoted(name: str) -> str:
    """A column's name as it stands, whatever it has in it."""
    return "`" + name.replace("`", "``") + "`"


def column_type(frame: DataFrame, param: str, name: str) -> DataType:
    """ValueError: no such column."""
    for field in frame.schema.fields:
        if field.name == name:
            return field.dataType
    raise ValueError(f"{param} is {name!r}: the frame has no such column, but {', '.join(frame.columns)}")


def check_new(frame: DataFrame, outputs: Sequence[tuple[str, str]], dropped: Sequence[str] = ()) -> None:
    """ValueError: an output column is there already, or twice."""
    taken = set(frame.columns) - set(dropped)
    for param, name in outputs:
        if name in taken:
            raise ValueError(f"{param} is {name!r}: the frame has such a column already")
        taken.add(name)


def check_features(frame: DataFrame, name: str) -> bool:
    """Whether it holds Vectors; if not, arrays. ValueError: anything else."""
    kind = column_type(frame, "inputCol", name)
    if isinstance(kind, VectorUDT):
        return True
    if isinstance(kind, ArrayType) and isinstance(kind.elementType, (FloatType, DoubleType)):
        return False
    raise ValueError(f"inputCol {name!r} is {kind.simpleString()}: expected a Vector, array<float> or array<double>")
