"""A model that spark-submit sent along with the job, as an archive."""

import os

ARCHIVE = "fruits-models"  # the store that it is unpacked to, in each process's own place


def store(models: str) -> str:
    """`models`, or where the archive lies in this process."""
    if models != ARCHIVE:
        return models
    from pyspark import SparkFiles

    # Whole: the engine resolves what is relative against the driver's working directory.
    places = (os.path.abspath(ARCHIVE), SparkFiles.get(ARCHIVE))
    return next((path for path in places if os.path.isdir(path)), ARCHIVE)
