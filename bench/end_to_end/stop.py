"""How long Ctrl-C takes to end a run, at moments spread over it.

    python bench/end_to_end/stop.py --model resnet50
"""

import argparse
import pathlib
import signal
import subprocess
import tempfile
import time

import setting


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="resnet50")
    model = parser.parse_args().model
    photos = setting.two_thousand_photos()
    environment = {**setting.models_for_tests.command_environment(), "FRUITS_MODELS": str(setting.store(model))}
    setting.run(photos, model, "--limit", "64")
    longest = 0.0
    with tempfile.TemporaryDirectory(prefix="fruits-bench-") as folder:
        for index in range(8):
            command = [setting.FRUITS, "run", photos, "-o", pathlib.Path(folder) / "out", "--model", model, "--progress", "none"]
            process = subprocess.Popen([str(c) for c in command], env=environment, stderr=subprocess.DEVNULL)
            time.sleep(0.4 + 0.7 * index)
            begin = time.perf_counter()
            process.send_signal(signal.SIGINT)
            code = process.wait()
            seconds = time.perf_counter() - begin
            print(f"# after {0.4 + 0.7 * index:.1f} s: exit code {code} within {seconds:.2f} s")
            if code != 130:
                raise SystemExit(f"exit code {code}, expected 130")
            longest = max(longest, seconds)
    setting.number(f"Ctrl-C to exit, {model}", longest, "s", at_most=2.0)


if __name__ == "__main__":
    main()
