"""The README's two commands as a newcomer meets them: a Debian 12 with nothing but git, an empty home, a clone of this tree.

    python bench/newcomer.py [--no-tests] [--folder FOLDER]

debootstrap makes the system in a new folder (by default in /var/tmp, 15 GB with the tests), which is thrown away; the commands run in a
chroot with namespaces of its own. It needs root and debootstrap. What is not committed is not cloned. The test data is not there, so the
tests that need it skip. This machine's certificates are taken along, as none of its packages could be fetched without them.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "end_to_end"))

import setting  # noqa: E402

NAME = "debian"  # of the machine
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
HOME = "/root"


def make_system(system: pathlib.Path) -> None:
    subprocess.run(["debootstrap", "--variant=minbase", "--include=git,ca-certificates", "bookworm", system], check=True, stdout=subprocess.DEVNULL)
    (system / "etc/hosts").write_text(f"127.0.0.1\tlocalhost\n127.0.1.1\t{NAME}\n")  # as Debian's installer does
    ours = pathlib.Path("/usr/local/share/ca-certificates")
    if ours.is_dir():
        shutil.copytree(ours, system / "usr/local/share/ca-certificates", dirs_exist_ok=True)
    subprocess.run(["chroot", system, "update-ca-certificates"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["git", "clone", "-q", f"file://{setting.ROOT}", system / f"{HOME.lstrip('/')}/fruits"], check=True)


def inside(system: pathlib.Path, command: str, log: pathlib.Path) -> float:
    """Seconds of a command of the clone's folder. SystemExit with its last words where it fails."""
    root = shlex.quote(str(system))
    variables = {"HOME": HOME, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
                 "PIP_CERT": CERTIFICATES, "SSL_CERT_FILE": CERTIFICATES, "NODE_EXTRA_CA_CERTS": CERTIFICATES}  # fmt: skip
    steps = [
        f"hostname {NAME}",
        "mount --make-rprivate /",
        f"mount --bind {root} {root}",  # a root that is a mount, as everywhere: tests make namespaces in it
        f"mount -t proc proc {root}/proc",
        f"mount --rbind /sys {root}/sys",
        f"mount --rbind /dev {root}/dev",
        f"cp /etc/resolv.conf {root}/etc/resolv.conf",
        shlex.join(["chroot", str(system), "env", "-i", f"--chdir={HOME}/fruits", *(f"{n}={v}" for n, v in variables.items()), command]),
    ]
    begin = time.perf_counter()
    with open(log, "wb") as out:
        unshared = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "sh", "-ec", "\n".join(steps)]
        code = subprocess.run(unshared, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT).returncode
    seconds = time.perf_counter() - begin
    last = log.read_text(errors="replace").splitlines()[-30:]
    if code:
        sys.exit("\n".join([*last, f"{command} failed with {code}; all of its output: {log}"]))
    print(f"# {command}: {last[-1]}", flush=True)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-tests", action="store_true", help="only ./quickstart.sh")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/var/tmp"), help="where the system is made")
    options = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("it takes root, for the chroot, and debootstrap")
    logs = setting.ROOT / "build/bench"
    logs.mkdir(parents=True, exist_ok=True)
    print(f"# {setting.machine()}", flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fruits-newcomer-", dir=options.folder))
    try:
        system = folder / "debian"
        make_system(system)
        commands = {"the first ./quickstart.sh": "./quickstart.sh", "./quickstart.sh once more": "./quickstart.sh"}
        if not options.no_tests:
            commands["./test.sh"] = "./test.sh"
        for number, (name, command) in enumerate(commands.items()):
            setting.number(name, inside(system, command, logs / f"newcomer-{number}.log"), "s")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
