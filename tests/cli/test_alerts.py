"""The alerts of docs/metrics.md, judged by Prometheus's own promtool: each fires when it should, and not before."""

import pathlib
import re
import subprocess

import pytest
from support.debian_package import program

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/metrics.md"
LABELS = 'instance="127.0.0.1:9095",job="fruits"'
# Of a run in which all is well: samples a minute apart, for 40 minutes.
WELL = {
    "up": "1x40",
    'fruits_phase{phase="featurizing"}': "1x40",
    'fruits_phase{phase="fitting"}': "0x40",
    "fruits_photos_done_total": "0+3000x40",
    "fruits_photos_rejected_total": "0+3x40",
    "fruits_phase_seconds_left": "7200x40",
    'fruits_queue_photos{queue="decode"}': "60x40",
    'fruits_queue_photos{queue="in_flight"}': "90x40",
    'fruits_stage_thread_seconds_total{stage="wait_for_network"}': "0+100x40",
    'fruits_stage_thread_seconds_total{stage="read"}': "0+9x40",
}
ILL = {
    "FruitsStands": {"fruits_photos_done_total": "9000x40"},
    "FruitsRejects": {"fruits_photos_rejected_total": "0+60x40"},
    "FruitsWaitsForPhotos": {
        'fruits_queue_photos{queue="decode"}': "0x40",
        'fruits_stage_thread_seconds_total{stage="wait_for_network"}': "0+1x40",
    },
    "FruitsLate": {"fruits_phase_seconds_left": "30000x40"},
    "FruitsGone": {"up": "0x40"},
}


def rules() -> str:
    (found,) = re.findall(r"```yaml\n(groups:.*?)```", PAGE.read_text(), re.S)
    return found


def test_the_page_has_these_alerts():
    assert re.findall(r"alert: (\w+)", rules()) == list(ILL)


@pytest.mark.slow
@pytest.mark.parametrize("ill", [None, *ILL])
def test_an_alert_fires_when_it_should(ill, tmp_path):
    (tmp_path / "rules.yml").write_text(rules())
    lines = ["rule_files: [rules.yml]", "evaluation_interval: 1m", "tests:", "  - interval: 1m", "    input_series:"]
    for name, values in {**WELL, **ILL.get(ill, {})}.items():
        series = name.replace("}", f",{LABELS}}}") if "{" in name else f"{name}{{{LABELS}}}"
        lines += [f"      - series: '{series}'", f"        values: '{values}'"]
    lines.append("    alert_rule_test:")
    for alert in ILL:
        lines += ["      - eval_time: 30m", f"        alertname: {alert}", "        exp_alerts:" + ("" if alert == ill else " []")]
        if alert == ill:
            lines.append(f"          - exp_labels: {{{labels_of(alert)}}}")
    (tmp_path / "tests.yml").write_text("\n".join(lines) + "\n")
    promtool = program("prometheus", "usr/bin/promtool")
    done = subprocess.run([promtool, "test", "rules", "tests.yml"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def labels_of(alert: str) -> str:
    own = {"FruitsWaitsForPhotos": 'queue: "decode", '}.get(alert, "")
    return own + 'instance: "127.0.0.1:9095", job: "fruits"'
