"""What decides a measured figure besides the code: the CPU and its instructions, memory, kernel, the commit."""

import functools
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DECISIVE = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")


def _field(text: str, name: str) -> str:
    """Of the first line `name : value`; "?" where there is none."""
    found = (line.split(":", 1)[1].strip() for line in text.splitlines() if line.split(":", 1)[0].strip() == name)
    return next(found, "?")


def hardware(cpuinfo: str, meminfo: str) -> str:
    """CPU, its decisive instructions and memory, of what /proc says."""
    flags = _field(cpuinfo, "flags").split()
    instructions = " ".join(flag for flag in DECISIVE if flag in flags) or "none of " + " ".join(DECISIVE)
    memory = _field(meminfo, "MemTotal").removesuffix("kB").strip()
    size = f"{int(memory) / 2**20:.1f} GiB" if memory.isdigit() else "memory unknown"
    return f"{_field(cpuinfo, 'model name')} ({instructions}), {size}"


def machine() -> str:
    found = hardware(pathlib.Path("/proc/cpuinfo").read_text(), pathlib.Path("/proc/meminfo").read_text())
    return f"{found}, {len(os.sched_getaffinity(0))} cores, Linux {os.uname().release}, load {os.getloadavg()[0]:.1f}"


@functools.cache
def commit(root: pathlib.Path = ROOT) -> str:
    """Short, with -dirty where files were changed since; "unknown" without git or outside a clone."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 else "unknown"
