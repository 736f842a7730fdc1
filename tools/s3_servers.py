"""Runs a command against a real S3 server, with latency and faults if asked, and says what it requested.

    .venv/bin/python tools/s3_servers.py --bucket fruits --upload photos --latency-ms 30 -- \\
        build/release/apps/cli/fruits run s3://fruits --output s3://fruits-out/one

The server is versitygw (or `--server minio`), on 127.0.0.1, with empty buckets unless --folder keeps them; `--bucket B` makes B
and B-out. The command's environment names it. Counts go to stderr as JSON; the exit code is the command's.
"""

import argparse
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/python"))
from support.s3_proxy import S3Proxy  # noqa: E402
from support.s3_server import Minio, VersityGw  # noqa: E402


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", choices=["versitygw", "minio"], default="versitygw")
    parser.add_argument("--folder", type=pathlib.Path, help="where the server keeps its files (default: a temporary folder)")
    parser.add_argument("--bucket", default="fruits", help="made with BUCKET-out beside it (default: fruits)")
    parser.add_argument("--upload", type=pathlib.Path, metavar="FOLDER", help="put its files into the bucket first")
    parser.add_argument("--latency-ms", type=float, default=0, help="waited before each request is forwarded")
    parser.add_argument("--faults", type=json.loads, default=[], metavar="JSON", help="as tests/tools/s3_proxy/faults.go has them")
    parser.add_argument("--seed", type=int, default=1, help="of the faults with a rate")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    with contextlib.ExitStack() as stack:
        folder = arguments.folder or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context({"versitygw": VersityGw, "minio": Minio}[arguments.server](folder))
        have = {bucket["Name"] for bucket in server.client().list_buckets()["Buckets"]}
        for bucket in (arguments.bucket, f"{arguments.bucket}-out"):
            if bucket not in have:
                server.make_bucket(bucket)
        if arguments.upload:
            server.upload_tree(arguments.upload, arguments.bucket)
        proxy = stack.enter_context(S3Proxy(server, arguments.latency_ms, arguments.faults, arguments.seed))
        done = subprocess.run(arguments.command, env=proxy.environment())
        print(json.dumps({**proxy.stats(), "proxy_cpu_seconds": round(proxy.cpu_seconds(), 3)}, indent=2), file=sys.stderr)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


if __name__ == "__main__":
    sys.exit(main())
