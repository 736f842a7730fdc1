"""The example notebook as the cluster's JupyterHub runs it: by the PySpark kernel, whose session is there already.

    text = cluster_notebook.text(photos="s3://photos/fruits", results="s3://results/notebook")
"""

import json
import pathlib

from calls import Failed

EXAMPLE = pathlib.Path(__file__).resolve().parent.parent.parent / "examples/photos_to_components.ipynb"
NAME = "photos_to_components.ipynb"
KERNEL = {"display_name": "PySpark", "language": "python", "name": "pysparkkernel"}
SESSION = 'spark = SparkSession.builder.appName("fruits").master(os.environ.get("MASTER", "local[*]")).getOrCreate()\n'


def text(photos, results):
    notebook = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    changes = {
        'PHOTOS = os.environ.get("PHOTOS", "photos")': f"PHOTOS = {photos!r}",
        'RESULTS = os.environ.get("RESULTS", "results")': f"RESULTS = {results!r}",
        "from pyspark.sql import SparkSession\n\n": "",  # the kernel's session is called spark
        SESSION: "",
        "plt.show()": "%matplot plt",  # brings the figure from the cluster
        "\nspark.stop()": "",
    }
    seen = set()
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        for old in (change for change in changes if cell["cell_type"] == "code" and change in source):
            source = source.replace(old, changes[old])
            seen.add(old)
        cell["source"] = source.splitlines(keepends=True)
    if missing := changes.keys() - seen:
        raise Failed(f"{EXAMPLE} has no {sorted(missing)}: the cluster's copy is made from it")
    notebook["metadata"] = {"kernelspec": KERNEL, "language_info": {"name": "pyspark"}}
    return json.dumps(notebook, indent=1) + "\n"
