"""HDFS on 127.0.0.1 for the tests: a name node and a data node, and libhdfs to reach them with.

    with Hdfs(tmp_path) as hdfs:
        hdfs.put("photos/a.jpg", data)
        subprocess.run([fruits, "run", f"{hdfs.url}/photos", ...], env=hdfs.environment())

The jars come from Maven Central. libhdfs.so is in none of them; its C sources are in the PyPI package pydoop (Apache-2.0) and
are compiled against the JDK. Both are kept in the tests' cache folder.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping

from support.hadoop_settings import HADOOP, JAVA_FLAGS, LOG4J, write_site
from support.java import jars, java_home
from support.kept import call, kept
from support.s3_server import free_port

PYDOOP = "pydoop==2.0.0"
START_SECONDS = 180  # two Java machines on a cold disk and a busy machine
SERVER = "org.apache.hadoop.hdfs.server"
ARTIFACTS = [f"org.apache.hadoop:{name}:{HADOOP}" for name in ("hadoop-hdfs", "hadoop-hdfs-client", "hadoop-common")]


def libhdfs() -> pathlib.Path:
    """The folder of libhdfs.so."""
    jdk = java_home()

    def make(work: pathlib.Path) -> None:
        # Its set-up script, which a download runs, needs a module that newer setuptools leave out.
        (work / "constraints.txt").write_text("setuptools<81\n")
        constraints = {name: str(work / "constraints.txt") for name in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT")}
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", work, PYDOOP]
        call(pip, env={**os.environ, **constraints})
        call(["tar", "-xzf", next(work.glob("pydoop-*.tar.gz")), "-C", work])
        source = next(work.glob("pydoop-*/src/libhdfs"))
        files = [file for pattern in ("*.c", "common/*.c", "os/posix/*.c") for file in sorted(source.glob(pattern))]
        folders = [source, *(source / name for name in ("common", "include", "os", "os/posix"))]
        includes = [f"-I{folder}" for folder in (*folders, jdk / "include", jdk / "include/linux")]
        jvm = [f"-L{jdk}/lib/server", "-ljvm"]
        call(["gcc", "-shared", "-fPIC", "-O2", "-w", *includes, *files, "-o", work / "libhdfs.so", *jvm])
        shutil.rmtree(source.parents[1])

    return kept("hadoop", "libhdfs", f"{PYDOOP} {jdk}", make)


class Hdfs:
    """A name node and a data node over a folder; a context manager. Written to over WebHDFS, by the superuser."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder / "hdfs"
        self.port, self.web_port = free_port(), free_port()
        self.processes: dict[str, subprocess.Popen] = {}

    @property
    def url(self) -> str:
        return f"hdfs://127.0.0.1:{self.port}"

    def _class_path(self, conf: str) -> str:
        return ":".join(map(str, [self.folder / conf, *jars("hdfs", ARTIFACTS)]))

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a client needs."""
        return {
            **(os.environ if base is None else base),
            "JAVA_HOME": str(java_home()),
            "ARROW_LIBHDFS_DIR": str(libhdfs()),
            "CLASSPATH": self._class_path("client"),
        }

    def _configure(self) -> None:
        for conf in ("server", "client"):
            (self.folder / conf).mkdir(parents=True)
            (self.folder / conf / "log4j.properties").write_text(LOG4J)
        for page in ("hdfs", "datanode", "static"):  # the jars hold them nowhere
            (self.folder / "server/webapps" / page).mkdir(parents=True)
        retries = {"ipc.client.connect.max.retries": 1, "ipc.client.connect.retry.interval": 100}
        write_site(self.folder / "client/core-site.xml", retries)
        write_site(self.folder / "server/core-site.xml", {"fs.defaultFS": self.url, "hadoop.tmp.dir": self.folder / "tmp"})
        data_node = {f"dfs.datanode.{what}address": "127.0.0.1:0" for what in ("", "http.", "ipc.")}
        rest = {
            "dfs.namenode.http-address": f"127.0.0.1:{self.web_port}",
            "dfs.datanode.hostname": "127.0.0.1",
            "dfs.namenode.datanode.registration.ip-hostname-check": "false",
            "dfs.replication": 1,
            "dfs.namenode.edits.noeditlogchannelflush": "true",  # nobody reads the disk after a power cut
        }
        write_site(self.folder / "server/hdfs-site.xml", {**data_node, **rest})

    def _java(self, name: str, main: str, *arguments: str) -> subprocess.Popen:
        command = [str(java_home() / "bin/java"), *JAVA_FLAGS, "-cp", self._class_path("server"), main, *arguments]
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def _java_ends(self, name: str, main: str, *arguments: str) -> None:
        with self._java(name, main, *arguments) as process:
            try:
                code = process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise TimeoutError(f"{name} takes more than {START_SECONDS} s: {self._log_end(name)}") from None
        if code != 0:
            raise ChildProcessError(f"{name} failed: {self._log_end(name)}")

    def __enter__(self):
        self._configure()
        name_node = f"{SERVER}.namenode.NameNode"
        self._java_ends("format", name_node, "-format", "-force", "-nonInteractive")
        try:
            self.processes["namenode"] = self._java("namenode", name_node)
            self.processes["datanode"] = self._java("datanode", f"{SERVER}.datanode.DataNode")
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.kill()
            process.wait()

    def _log_end(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise ChildProcessError(f"the {name} ended with {process.returncode}: {self._log_end(name)}")
            try:
                self.put(".ready", b"a data node took it")
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no answer after {START_SECONDS} s: {error}\n{self._log_end('namenode')}") from error
            time.sleep(0.2)

    def _ask(self, method: str, path: str, data: bytes | None = None, **query: str) -> bytes:
        text = urllib.parse.urlencode({"user.name": os.environ.get("USER", "root"), **query})
        url = f"http://127.0.0.1:{self.web_port}/webhdfs/v1/{urllib.parse.quote(path)}?{text}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        if data is not None:  # the name node says which data node takes it
            with opener.open(urllib.request.Request(url + "&noredirect=true", method=method), timeout=20) as answer:
                place = urllib.parse.urlsplit(json.load(answer)["Location"])
            url = place._replace(path=urllib.parse.urlsplit(url).path).geturl()  # it decodes some of the path
        kind = {"Content-Type": "application/octet-stream"}
        with opener.open(urllib.request.Request(url, data=data, method=method, headers=kind), timeout=20) as answer:
            return answer.read()

    def put(self, path: str, data: bytes) -> None:
        self._ask("PUT", path, data, op="CREATE", overwrite="true")

    def delete(self, path: str) -> None:
        self._ask("DELETE", path, op="DELETE", recursive="true")

    def set_permission(self, path: str, octal: str) -> None:
        self._ask("PUT", path, op="SETPERMISSION", permission=octal)

    def opens(self) -> int:
        """How often the name node was asked where a file's bytes are."""
        query = "jmx?qry=Hadoop:service=NameNode,name=NameNodeActivity"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.web_port}/{query}", timeout=20) as answer:
            return json.load(answer)["beans"][0]["GetBlockLocations"]

    def upload_tree(self, folder: pathlib.Path, path: str) -> None:
        """What lies in the folder, into a new one."""
        self._java_ends("upload", "org.apache.hadoop.fs.FsShell", "-put", "-t", "8", str(folder), f"/{path}")
