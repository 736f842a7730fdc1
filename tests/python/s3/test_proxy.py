"""The proxy leaves bytes alone, counts and delays them, and injects each fault as it was told, whatever the order."""

import concurrent.futures
import http.client
import random
import socket
import struct
import time

import pytest
from s3.origin import BODY, connection, exchange, get
from support.s3_proxy import S3Proxy

HEAD = b" HTTP/1.1\r\nhost: fruits:80\r\nX-Odd:  two  spaces \r\naUTHORIZATION: AWS4 a/b,c=d\r\n"
TARGETS = [
    b"/b/a//b", b"//b//", b"/b/a%2Fb%2f", b"/b/a+b%20c", b"/b/%C3%A9%e2", b"/b/dir/", b"/b/./..//x", b"/b/a?x=1&y=%2B+&z",
    b"/b?list-type=2&prefix=a%2F%2F&continuation-token=1%2B", b"/b/q'()*!~@:;,$",
]  # fmt: skip


@pytest.fixture
def proxy(origin):
    with S3Proxy(origin) as proxy:
        yield proxy


@pytest.mark.parametrize("target", TARGETS)
def test_requests_pass_byte_for_byte(origin, proxy, target):
    message = b"GET " + target + HEAD + b"\r\n"
    assert exchange(proxy, message) == origin.answer
    assert origin.requests == [message]


def test_bodies_pass_byte_for_byte(origin, proxy):
    sized = b"PUT /b/k" + HEAD + b"Content-Length: 4\r\n\r\n\r\n\r\n"
    chunked = b"PUT /b/k" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;sign=1\r\nab\r\nc\r\n0\r\nx-trailer: 1\r\n\r\n"
    origin.answer = b"HTTP/1.1 200 Fine\r\ntransfer-encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n"
    assert exchange(proxy, sized + chunked) == origin.answer * 2
    assert origin.requests == [sized, chunked]


def test_counts(proxy):
    with connection(proxy) as conn:
        for method, path in [("GET", "/b/1"), ("GET", "/b/2"), ("GET", "/b/2"), ("HEAD", "/b/1"), ("PUT", "/b/3"),
                             ("GET", "/b?list-type=2&prefix=x&continuation-token=1"),
                             ("GET", "/b?list-type=2&prefix=x&continuation-token=2")]:  # fmt: skip
            conn.request(method, path, b"12345" if method == "PUT" else None)
            conn.getresponse().read()
    stats = proxy.stats(per_key=True)
    assert stats["requests"] == 7 and stats["connections"] == 1
    assert {name: found["requests"] for name, found in stats["operations"].items()} == {"GET": 3, "HEAD": 1, "PUT": 1, "LIST": 2}
    assert stats["operations"]["GET"]["per_key"] == {"/b/1": 1, "/b/2": 2}
    assert proxy.requests("GET") == {"requests": 3, "keys": 2, "max_per_key": 2, "max_key": "/b/2"}
    assert proxy.requests("LIST") == {"requests": 2, "keys": 1, "max_per_key": 2, "max_key": "/b?list-type=2&prefix=x"}
    assert proxy.requests("DELETE")["requests"] == 0
    assert stats["bytes_sent"] == 6 * len(BODY) and stats["bytes_received"] == 5 and stats["faults"] == {}
    proxy.reset()
    assert proxy.stats()["requests"] == 0 and proxy.stats()["operations"] == {}


def test_latency_is_added_to_many_at_once(origin):
    with S3Proxy(origin, latency_ms=400) as proxy, concurrent.futures.ThreadPoolExecutor(20) as pool:

        def measure(i):
            start = time.monotonic()
            assert get(proxy, f"/b/{i}") == (200, BODY)
            return time.monotonic() - start

        assert min(pool.map(measure, range(20))) >= 0.4
        assert proxy.stats()["in_flight_max"] >= 10
        proxy.set_latency(0)
        proxy.reset()
        get(proxy, "/b/0")
        assert proxy.stats()["in_flight_max"] == 1


def failures(proxy, keys, at_once):
    """{(key, n)} of the requests that failed, three for each key."""
    found = set()

    def ask(key):
        for n in range(3):
            if get(proxy, f"/b/{key}")[0] == 503:
                found.add((key, n))

    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        list(pool.map(ask, keys))
    return found


def test_faults_depend_on_seed_and_key_not_on_order(origin):
    faults = [{"kind": "503", "rate": 0.3}]
    keys = list(range(40))
    with S3Proxy(origin, faults=faults, seed=5) as proxy:
        first = failures(proxy, keys, 1)
        assert 15 < len(first) < 60
        assert proxy.stats()["faults"] == {"503": len(first)}
        random.Random(1).shuffle(keys)
        proxy.set_faults(faults)
        assert failures(proxy, keys, 8) == first
        proxy.set_faults(faults, seed=6)
        assert failures(proxy, keys, 8) != first


@pytest.mark.parametrize(
    ("kind", "status", "word"),
    [("503", 503, b"<Code>SlowDown<"), ("500", 500, b"<Code>InternalError<"), ("403", 403, b"<Code>AccessDenied<"),
     ("404", 404, b"<Code>NoSuchKey<"), ("no-bucket", 404, b"<Code>NoSuchBucket<"),
     ("full", 507, b"<Code>XMinioStorageFull<"), ("expired", 400, b"<Code>ExpiredToken<")],
)  # fmt: skip
def test_answers_in_place_of_the_server(origin, proxy, kind, status, word):
    proxy.set_faults([{"kind": kind, "first": 1}])
    with connection(proxy) as conn:
        for method, body in [("GET", None), ("PUT", b"12345"), ("HEAD", None)]:
            conn.request(method, "/b/k", body)
            answer = conn.getresponse()
            assert answer.status == status
            assert (word in answer.read()) == (method != "HEAD")
        assert origin.requests == []
        conn.request("GET", "/b/k")  # the second of this key, on the same connection
        assert conn.getresponse().read() == BODY
    assert proxy.stats()["faults"] == {kind: 3} and proxy.stats()["connections"] == 1


def test_changed_answers_if_match_alone(origin, proxy):
    proxy.set_faults([{"kind": "changed", "every": 2}])
    tag = {"If-Match": '"one"'}
    assert [get(proxy, "/b/k", headers=tag)[0] for _ in range(4)] == [200, 412, 200, 412]
    assert [get(proxy, "/b/k")[0] for _ in range(2)] == [200, 200]
    assert len(origin.requests) == 4


def test_replaced_is_another_object_of_the_same_picture(proxy):
    proxy.set_faults([{"kind": "replaced", "first": 1}])
    with connection(proxy) as conn:
        found = []
        for _ in range(2):
            conn.request("GET", "/b/k")
            answer = conn.getresponse()
            found.append((answer.headers["ETag"], answer.read()))
    assert found[1] == ('"one"', BODY)
    etag, body = found[0]
    assert etag != '"one"' and body == BODY[:2] + b"\xff\xfe\x00\x0areplaced" + BODY[2:]


def test_faults_of_one_access_key(proxy):
    proxy.set_faults([{"kind": "expired", "match": {"access_key": "OLD"}}])
    signed = "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    found = [get(proxy, "/b/k", headers={"Authorization": signed.format(key)})[0] for key in ("OLD", "OLDER", "OLD")]
    assert found == [400, 200, 400] and get(proxy, "/b/k")[0] == 200


def test_timeout_holds_and_never_forwards(origin, proxy):
    proxy.set_faults([{"kind": "timeout", "seconds": 0.5}])
    with pytest.raises(TimeoutError):
        get(proxy, "/b/k", timeout=0.1)
    start = time.monotonic()
    with pytest.raises(http.client.RemoteDisconnected):
        get(proxy, "/b/k")
    assert time.monotonic() - start >= 0.5
    assert origin.requests == [] and proxy.stats()["faults"] == {"timeout": 2}


@pytest.mark.parametrize(("kind", "forwarded"), [("reset", 0), ("lost", 1)])
def test_resets(origin, proxy, kind, forwarded):
    proxy.set_faults([{"kind": kind, "max": 1}])
    with pytest.raises(ConnectionResetError), connection(proxy) as conn:
        conn.request("PUT", "/b/k", b"12345")
        conn.getresponse()
    assert len(origin.requests) == forwarded
    assert get(proxy, "/b/other") == (200, BODY)


def test_cut_announces_all_and_sends_half(proxy):
    proxy.set_faults([{"kind": "cut"}])
    with pytest.raises(http.client.IncompleteRead) as error:
        get(proxy, "/b/k")
    assert error.value.partial == BODY[: len(BODY) // 2]
    assert error.value.expected == len(BODY) - len(BODY) // 2


def test_slow_bodies_are_whole(proxy):
    proxy.set_faults([{"kind": "slow", "seconds": 0.4}])
    start = time.monotonic()
    assert get(proxy, "/b/k") == (200, BODY)
    assert time.monotonic() - start >= 0.4


def is_reset(conn):
    try:
        return conn.recv(1) == b""
    except ConnectionResetError:
        return True


def test_outage_ends_every_connection_once(origin, proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as idle:
        idle.sendall(b"GET /b/idle HTTP/1.1\r\nHost: x\r\n\r\n")
        while idle.recv(1 << 16)[-1:] != BODY[-1:]:
            pass
        proxy.set_faults([{"kind": "outage", "start_after_requests": 2, "seconds": 1.5}])
        start = time.monotonic()
        assert [get(proxy, f"/b/{i}")[0] for i in range(2)] == [200, 200]
        with pytest.raises(ConnectionResetError):
            get(proxy, "/b/2")
        assert is_reset(idle)
        while True:
            try:
                assert get(proxy, "/b/2") == (200, BODY)
                break
            except (ConnectionError, http.client.HTTPException):
                time.sleep(0.05)
        assert time.monotonic() - start >= 1.5
    stats = proxy.stats()
    assert stats["faults"] == {"outage": 1} and stats["refused"] >= 1
    assert origin.targets() == ["GET /b/idle", "GET /b/0", "GET /b/1", "GET /b/2"]


def test_matches_operation_and_key_and_takes_the_first(proxy):
    proxy.set_faults([
        {"kind": "404", "match": {"method": "GET", "key": r"\.jpg$"}},
        {"kind": "500", "match": {"method": "LIST", "key": "prefix=a"}},
        {"kind": "403", "match": {"key": "^/b/x"}},
    ])  # fmt: skip
    asked = [("GET", "/b/x.jpg", 404), ("PUT", "/b/x.jpg", 403), ("GET", "/b/x", 403), ("GET", "/b/y", 200),
             ("GET", "/b?list-type=2&prefix=a", 500), ("GET", "/b?list-type=2&prefix=b", 200)]  # fmt: skip
    for method, path, status in asked:
        assert get(proxy, path, method)[0] == status, path


def test_a_client_that_goes_away_hurts_nobody(proxy):
    proxy.set_latency(50)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as conn:
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        conn.sendall(b"GET /b/k HTTP/1.1\r\nHost: x\r\n\r\n")
    assert get(proxy, "/b/k") == (200, BODY)


def test_a_server_that_breaks_off_is_seen_as_such(origin, proxy):
    with connection(proxy) as conn:
        conn.request("GET", "/b/k")
        assert conn.getresponse().read() == BODY
        origin.breaks_off = True
        origin.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 10
        conn.request("GET", "/b/k")
        with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
            conn.getresponse().read()
    assert proxy.stats()["target_failures"] == 1
    origin.stop()
    with pytest.raises(ConnectionResetError):
        get(proxy, "/b/k")
    assert proxy.stats()["target_failures"] == 2


@pytest.mark.parametrize(
    ("faults", "message"),
    [([{"kind": "503"}, {"kind": "504"}], "fault 1: kind \"504\": expected one of 503, 500"),
     ([{"kind": "503", "rate": 2}], "fault 0: rate 2: expected 0 to 1"),
     ([{"kind": "slow", "seconds": -1}], "seconds -1: expected 0 or more"),
     ([{"kind": "503", "often": 1}], "unknown field \"often\""),
     ([{"kind": "503", "match": {"key": "("}}], "missing closing")],
)  # fmt: skip
def test_refuses_faults_it_does_not_know(proxy, origin, faults, message):
    with pytest.raises(ValueError) as error:
        proxy.set_faults(faults)
    assert message in str(error.value)
    with pytest.raises(ChildProcessError) as error, S3Proxy(origin, faults=faults):
        pass
    assert message in str(error.value)
