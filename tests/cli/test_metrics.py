"""--metrics-port: what a Prometheus scraper gets while a run goes on, and what a rude client does not break."""

import http.client
import json
import re
import signal
import socket
import threading
import time
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families


@pytest.fixture(scope="module")
def photos(chain, tmp_path_factory):
    """400 photos, 20 of them broken: several seconds of work with one thread."""
    folder = tmp_path_factory.mktemp("metrics") / "photos"
    chain("samples", folder, "--kinds", 20, "--photos", 20)
    for photo in sorted(folder.rglob("*.jpg"))[::20]:
        photo.write_bytes(photo.read_bytes()[:200])
    return folder


class Running:
    """A run with metrics; its stderr is read beside it."""

    def __init__(self, chain, photos, out, *arguments):
        self.process = chain.start("extract", photos, "-o", out, "--threads", 1, "--max-rejected", "50%", *arguments)
        self.lines: list[str] = []
        self.told = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        assert self.told.wait(60), self.lines
        self.url = re.search(r"http://[^\s\"]+", "".join(self.lines))[0]
        self.host, _, port = self.url.removeprefix("http://").removesuffix("/metrics").rpartition(":")
        self.port = int(port)

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)
            if "http://" in line:
                self.told.set()
        self.told.set()

    def scrape(self) -> dict:
        """{(name, label values): value}"""
        with urllib.request.urlopen(self.url, timeout=30) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            text = answer.read().decode()
        samples = {}
        for family in text_string_to_metric_families(text):
            assert family.documentation and family.type in ("gauge", "counter"), family
            for sample in family.samples:
                key = (sample.name, *sample.labels.values())
                assert key not in samples
                samples[key] = sample.value
        return samples

    def talk(self, request: bytes) -> bytes:
        with socket.create_connection((self.host.strip("[]"), self.port), timeout=30) as client:
            client.sendall(request)
            answer = b""
            while more := client.recv(65536):
                answer += more
            return answer

    def end(self, code: int = 0):
        assert self.process.wait() == code, self.lines
        self.reader.join()


@pytest.fixture
def running(chain, photos, tmp_path):
    run = Running(chain, photos, tmp_path / "out", "--metrics-port", "0")
    yield run
    if run.process.poll() is None:
        run.process.send_signal(signal.SIGTERM)
    run.process.wait()
    run.reader.join()


def test_metrics_grow_while_a_run_goes_on(running, tmp_path):
    first = running.scrape()
    assert sum(value for key, value in first.items() if key[0] == "fruits_phase") == 1
    scrapes = [first]
    while running.process.poll() is None:
        try:
            scrapes.append(running.scrape())
        except (OSError, http.client.HTTPException):
            break  # it ended
        time.sleep(0.05)
    running.end()
    assert len(scrapes) >= 3
    for name in ("fruits_photos_done_total", "fruits_photos_rejected_total", "fruits_read_bytes_total", "process_cpu_seconds_total"):
        values = [scrape[name,] for scrape in scrapes]
        assert values == sorted(values), name
    record = json.loads((tmp_path / "out/run.json").read_text())
    last = scrapes[-1]
    busy = [scrape for scrape in scrapes if scrape["fruits_phase", "featurizing"] == 1]
    assert busy and any(0 < scrape["fruits_photos_done_total",] < 400 for scrape in busy)
    assert max(scrape.get(("fruits_photos_listed",), 0) for scrape in scrapes) == record["counts"]["photos"] == 400
    assert last["fruits_photos_done_total",] <= 400 and last["fruits_photos_rejected_total",] <= record["counts"]["rejected"] == 20
    assert any(scrape["fruits_images_per_second",] > 0 for scrape in busy)
    assert any(scrape["fruits_queue_photos", "in_flight"] > 0 for scrape in busy)
    for stage in ("read", "decode", "resize", "thumbnail", "wait_for_network"):
        assert last["fruits_stage_thread_seconds_total", stage] > 0, stage
    assert last["process_resident_memory_bytes",] > 10e6 and last["process_threads",] > 1 and last["process_open_fds",] > 3
    assert abs(last["process_start_time_seconds",] - time.time()) < 600


def test_requests_that_are_none(running):
    answers = {
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n": b"HTTP/1.1 200 ",
        b"GET /metrics?name[]=x HTTP/1.0\r\n\r\n": b"HTTP/1.1 200 ",
        b"HEAD /metrics HTTP/1.1\r\n\r\n": b"HTTP/1.1 200 ",
        b"POST /metrics HTTP/1.1\r\n\r\n": b"HTTP/1.1 405 ",
        b"GET / HTTP/1.1\r\n\r\n": b"HTTP/1.1 404 ",
        b"GET /../../etc/passwd HTTP/1.1\r\n\r\n": b"HTTP/1.1 404 ",
        b"GET\r\n\r\n": b"HTTP/1.1 400 ",
        b"\x16\x03\x01\x02\x00\r\n\r\n": b"HTTP/1.1 400 ",
        b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 2000: b"HTTP/1.1 431 ",
    }
    for request, start in answers.items():
        assert running.talk(request).startswith(start), request[:60]
    head = running.talk(b"HEAD /metrics HTTP/1.1\r\n\r\n")
    assert head.endswith(b"\r\n\r\n") and b"Content-Length: 0" not in head


def test_a_client_that_says_nothing_keeps_nobody_waiting(running):
    with socket.create_connection((running.host, running.port)) as silent:
        assert running.scrape()
        silent.settimeout(30)
        assert silent.recv(1) == b""  # it is hung up on


def test_more_clients_than_places(running):
    silent = [socket.create_connection((running.host, running.port)) for _ in range(40)]
    try:
        assert sum(value for key, value in running.scrape().items() if key[0] == "fruits_build_info") == 1
    finally:
        for client in silent:
            client.close()


def test_a_port_that_is_taken(chain, photos, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = chain("run", photos, "-o", tmp_path / "out", "--metrics-port", port, exit_code=1)
    assert "--metrics-port" in done.stderr and str(port) in done.stderr and "in use" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("port", ["-1", "65536", "http", ""])
def test_a_bad_port(chain, photos, tmp_path, port):
    done = chain("run", photos, "-o", tmp_path / "out", f"--metrics-port={port}", exit_code=2)
    assert "--metrics-port" in done.stderr and not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["localhost.invalid", "256.1.1.1", "10.255.255.254", "fe80::1", ""])
def test_an_address_that_is_not_this_machines(chain, photos, tmp_path, address):
    done = chain.start("run", photos, "-o", tmp_path / "out", "--metrics-port", "0", f"--metrics-address={address}")
    _, err = done.communicate()
    assert done.returncode == 2 and "--metrics-address" in err and not (tmp_path / "out").exists()


def test_an_address_without_a_port(chain, photos, tmp_path):
    done = chain("run", photos, "-o", tmp_path / "out", "--metrics-address", "127.0.0.1", exit_code=2)
    assert "--metrics-port" in done.stderr and not (tmp_path / "out").exists()


def test_it_listens_on_this_machine_alone_unless_told_otherwise(chain, photos, tmp_path):
    run = Running(chain, photos, tmp_path / "out", "--metrics-port", "0", "--log-format", "json", "--progress", "none")
    assert run.host == "127.0.0.1"
    run.end()
    (event,) = [json.loads(line) for line in run.lines if '"metrics"' in line]
    assert event["event"] == "metrics" and event["url"] == run.url
