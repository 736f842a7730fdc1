"""Archives of photos, made in memory.

    (tmp_path / "x.tar.gz").write_bytes(pack("x.tar.gz", {"Apple/1.jpg": jpeg}))
"""

import io
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq

Members = dict[str, bytes]


def pack_tar(members: Members, mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def pack_zip(members: Members) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for index, (name, content) in enumerate(members.items()):
            archive.writestr(name, content, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[index % 2])
    return out.getvalue()


def pack_parquet(members: Members, hugging_face: bool) -> bytes:
    names, contents = pa.array(members.keys(), pa.string()), pa.array(members.values(), pa.binary())
    columns = {"path": names, "bytes": contents}
    if hugging_face:
        columns = {"image": pa.StructArray.from_arrays([contents, names], ["bytes", "path"])}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, row_group_size=17)
    return out.getvalue()


def pack(kind: str, members: Members) -> bytes:
    if kind.endswith(".parquet"):
        return pack_parquet(members, kind.startswith("images"))
    return pack_zip(members) if kind.endswith(".zip") else pack_tar(members, "w:gz" if kind.endswith(".gz") else "w")
