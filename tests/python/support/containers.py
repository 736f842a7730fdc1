"""Images built from the project's Dockerfile by buildah, and containers run from them, where there is no engine and no registry.

    image = build(dockerfile, "engine")
    with Pod() as pod:
        done = Container(image, binds={photos: "/photos"}, writable=["/tmp"]).run("run", "/photos", "-o", "/results")
        server = Container(spark, hostname="master", pod=pod).start("master")

The base is made by debootstrap and takes the name that FROM uses; it also brings this machine's certificates, which no Dockerfile knows of.
A container is a chroot in namespaces of its own: its root is read-only, its user has no capability and cannot get one. It needs root.
"""

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping

import models_for_tests
import psutil

from support.daemons import die_with_parent
from support.kept import call

ROOT = pathlib.Path(__file__).resolve().parents[3]
CERTIFICATES = "/etc/ssl/host/ca.crt"
# As the registry's image has it: what apt fetched is not kept in a layer.
DOCKER_CLEAN = """DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""


def _store() -> pathlib.Path:
    folder = models_for_tests.cache_folder() / "deploy/images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _buildah(*words: object) -> list[str]:
    return ["buildah", "--root", str(_store() / "store"), "--runroot", str(_store() / "run"), *map(str, words)]


def _ask(*words: object) -> str:
    env = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
    done = subprocess.run(_buildah(*words), env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"buildah {' '.join(map(str, words))}\n{done.stderr[-4000:]}"
    return done.stdout.strip()


def _has(image: str) -> bool:
    return subprocess.run(_buildah("inspect", "--type", "image", image), capture_output=True).returncode == 0


def _make_base(name: str) -> None:
    """A Debian as small as the slim image, with this machine's certificates and where pip finds them."""
    with tempfile.TemporaryDirectory(dir=_store()) as folder:
        base = pathlib.Path(folder) / "base"
        call(["debootstrap", "--variant=minbase", "bookworm", base])
        shutil.rmtree(base / "var/cache/apt")
        (base / "etc/apt/apt.conf.d/docker-clean").write_text(DOCKER_CLEAN)
        (base / "etc/ssl/host").mkdir(parents=True)
        bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt"
        shutil.copy(bundle, base / CERTIFICATES.lstrip("/"))
        # Those that update-ca-certificates is to trust besides Debian's, in the image too.
        shutil.copytree("/usr/local/share/ca-certificates", base / "usr/local/share/ca-certificates", dirs_exist_ok=True)
        container = _ask("from", "scratch")
        _ask("copy", "-q", container, base, "/")
        _ask("config", "--env", f"PIP_CERT={CERTIFICATES}", "--env", f"SSL_CERT_FILE={CERTIFICATES}", "--cmd", "bash", container)
        _ask("commit", "-q", "--rm", container, name)


def base_name(dockerfile: pathlib.Path) -> str:
    """What FROM says, without the digest, which only the registry's has."""
    return "docker.io/library/" + re.search(r"(?m)^ARG DEBIAN=([^@\s]+)", dockerfile.read_text())[1]


@functools.cache
def build(dockerfile: pathlib.Path, target: str) -> str:
    """The image's name. Layers whose steps and files are the same are taken from the last time."""
    base = base_name(dockerfile)
    if not _has(base):
        _make_base(base)
    name = f"localhost/fruits-test-{target}"
    # The network of this machine, since RUN steps fetch packages; HEALTHCHECK is Docker's own and not of the OCI format.
    options = ["--layers", "--format", "docker", "--pull-never", "--network", "host", "--build-arg", f"DEBIAN={base}"]
    _ask("bud", *options, "--ignorefile", f"{dockerfile}.dockerignore", "-f", dockerfile, "--target", target, "-t", name, ROOT)
    return name


def config(image: str) -> dict:
    """User, Env, Entrypoint, Cmd, WorkingDir, Healthcheck."""
    return json.loads(_ask("inspect", "--type", "image", image))["Docker"]["config"]


def size_megabytes(image: str) -> float:
    """Of all its layers, unpacked."""
    text, unit = _ask("images", "--format", "{{.Size}}", image).splitlines()[0].split()
    return float(text) * {"KB": 0.001, "MB": 1, "GB": 1000}[unit]


class Pod:
    """A network of its own, with loopback alone: what runs in it reaches each other and nothing else. A context manager."""

    def __enter__(self) -> "Pod":
        script = "ip link set lo up && echo ready && exec sleep infinity"
        self.process = subprocess.Popen(die_with_parent(["unshare", "--net", "sh", "-c", script]), stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()

    def command(self, words: list[str]) -> list[str]:
        return ["nsenter", f"--net=/proc/{self.process.pid}/ns/net", *words]


@dataclasses.dataclass
class Container:
    """`binds` maps folders of this machine to places inside, `read_only` names those of them that are not written. `writable` are tmpfs, and
    nothing in /tmp can be run, as engines mount it."""

    image: str
    binds: Mapping[pathlib.Path, str] = dataclasses.field(default_factory=dict)
    read_only: tuple[str, ...] = ()
    writable: tuple[str, ...] = ("/tmp", "/var/cache/fruits")
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    user: str | None = None
    hostname: str = "container"
    hosts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    pod: Pod | None = None

    def __post_init__(self):
        self._name = _ask("from", "--pull-never", self.image)
        self._root = pathlib.Path(_ask("mount", self._name))
        self._config = config(self.image)
        self.binds = {folder: self._inner(place) for folder, place in self.binds.items()}
        for folder, place in self.binds.items():  # as an engine does it
            target = self._root / place.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.mkdir(exist_ok=True) if pathlib.Path(folder).is_dir() else target.touch()
        for place in self.writable:
            (self._root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
        (self._root / "etc/hostname").write_text(f"{self.hostname}\n")
        lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in self.hosts.items())]
        if self.hostname not in self.hosts:
            lines.append(f"127.0.0.1 {self.hostname}")
        (self._root / "etc/hosts").write_text("\n".join(lines) + "\n")

    def _inner(self, place: str) -> str:
        """Links are those of the container: followed from here, an absolute one would lead out of it."""
        found = pathlib.PurePosixPath("/")
        parts = list(pathlib.PurePosixPath(place).parts[1:])
        while parts:
            found /= parts.pop(0)
            here = self._root / str(found).lstrip("/")
            if here.is_symlink():
                parts = [*pathlib.PurePosixPath(found.parent, os.readlink(here)).parts[1:], *parts]
                found = pathlib.PurePosixPath("/")
        return str(found)

    def remove(self) -> None:
        _ask("umount", self._name)
        _ask("rm", self._name)

    def _inside(self, words: list[str]) -> list[str]:
        """From a root shell in the container's namespaces to the words as its user, who can get nothing more."""
        user, _, group = (self.user or self._config["User"]).partition(":")
        variables = dict(variable.split("=", 1) for variable in self._config["Env"])
        for name in ("PIP_CERT", "SSL_CERT_FILE"):  # the base's, for the build alone
            variables.pop(name, None)
        variables |= {"HOSTNAME": self.hostname, **({} if "HOME" in variables else {"HOME": "/home/fruits"}), **self.env}
        return [
            "chroot", str(self._root), "setpriv", f"--reuid={user}", f"--regid={group or user}", "--clear-groups", "--no-new-privs",
            "--bounding-set=-all", "--inh-caps=-all", "env", "-i", f"--chdir={self._config['WorkingDir'] or '/'}",
            *(f"{name}={value}" for name, value in variables.items()), *words,
        ]  # fmt: skip

    def _command(self, words: list[str]) -> list[str]:
        root = shlex.quote(str(self._root))
        steps = [f"hostname {shlex.quote(self.hostname)}", "mount --make-rprivate /", f"mount --bind {root} {root}"]
        steps += [f"mount -o remount,bind,ro,nosuid {root}", f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        for place in self.writable:
            options = ("noexec," if place == "/tmp" else "") + "nosuid,nodev,mode=1777"
            steps.append(f"mount -t tmpfs -o {options} tmpfs {root}{place}")
        for folder, place in self.binds.items():
            steps.append(f"mount --bind {shlex.quote(str(folder))} {root}{place}")
            if place in self.read_only:
                steps.append(f"mount -o remount,bind,ro {root}{place}")
        # Not by exec: the shell is the first process, and ends with whoever started it, which a change of user would undo. With it
        # all others end.
        steps.append(f"set +e; {shlex.join(self._inside(words))}; exit $?")
        command = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "sh", "-ec", "\n".join(steps)]
        return die_with_parent(self.pod.command(command) if self.pod else command)

    def words(self, arguments: tuple) -> list[str]:
        """What `docker run IMAGE ARGUMENTS` runs."""
        return [*(self._config.get("Entrypoint") or []), *(map(str, arguments) if arguments else self._config.get("Cmd") or [])]

    def run(self, *arguments: object, timeout: float = 1200) -> subprocess.CompletedProcess:
        return self.execute(*self.words(arguments), timeout=timeout)

    def execute(self, *words: object, timeout: float = 1200) -> subprocess.CompletedProcess:
        """Without the entry point."""
        command = self._command([str(word) for word in words])
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout)

    def health_words(self) -> list[str]:
        """What the engine calls from time to time."""
        kind, *words = self._config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return words

    def execute_in(self, process: subprocess.Popen, *words: object, timeout: float = 600) -> subprocess.CompletedProcess:
        """As `docker exec` does: beside a server that was started."""
        assert process.poll() is None, f"it ended with {process.returncode}: {process.log.read_text()[-3000:]}"
        (first,) = psutil.Process(process.pid).children()
        command = ["nsenter", f"--target={first.pid}", "--mount", "--uts", "--ipc", "--net", "--pid", *self._inside([str(w) for w in words])]
        return subprocess.run(die_with_parent(command), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout)

    @contextlib.contextmanager
    def start(self, *arguments: object):
        """A server; ended when the block is left. Gives the process; its output is in process.log."""
        with tempfile.NamedTemporaryFile(delete=False, suffix=".log") as log:
            process = subprocess.Popen(self._command(self.words(arguments)), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        process.log = pathlib.Path(log.name)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            process.log.unlink()
