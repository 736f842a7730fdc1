"""An HTTP server that keeps every request as the bytes that came, and answers with bytes it was given."""

import contextlib
import http.client
import socket
import threading

from support.s3_server import Endpoint

BODY = bytes(range(250)) * 40


class Origin(Endpoint):
    def __init__(self):
        self.breaks_off = False  # closes after each answer
        self.requests = []  # bytes: head and body
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: \"one\"\r\n\r\n" % len(BODY) + BODY

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Refuses new connections; closing alone would leave the socket to the thread that waits on it."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._listener.accept()[0],), daemon=True).start()

    def _serve(self, conn):
        with conn, contextlib.suppress(OSError), conn.makefile("rb") as stream:
            while head := _until_empty_line(stream):
                lower = head.lower()
                body = b""
                if b"content-length:" in lower:
                    body = stream.read(int(lower.split(b"content-length:")[1].split(b"\r\n")[0]))
                elif b"transfer-encoding: chunked" in lower:
                    body = _chunks(stream)
                self.requests.append(head + body)
                conn.sendall(self.answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if head.startswith(b"HEAD") else self.answer)
                if self.breaks_off:
                    return

    def targets(self):
        """Method and raw path of each request that came."""
        return [request.split(b" HTTP/")[0].decode() for request in self.requests]


def _until_empty_line(stream):
    lines = []
    while line := stream.readline():
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""


def _chunks(stream):
    parts = []
    while True:
        parts.append(stream.readline())
        size = int(parts[-1].split(b";")[0], 16)
        if size == 0:
            return b"".join(parts) + _until_empty_line(stream)
        parts.append(stream.read(size + 2))


def exchange(endpoint, message, timeout=10):
    """What comes back for raw bytes, until the other side closes or is silent for a moment after an answer."""
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=timeout) as conn:
        conn.sendall(message)
        conn.shutdown(socket.SHUT_WR)
        received = b""
        while piece := conn.recv(1 << 16):
            received += piece
        return received


@contextlib.contextmanager
def connection(endpoint, timeout=10):
    conn = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=timeout)
    try:
        yield conn
    finally:
        conn.close()


def get(endpoint, path, method="GET", body=None, headers=None, timeout=10):
    """(status, body) on a connection of its own."""
    with connection(endpoint, timeout) as conn:
        conn.request(method, path, body, headers or {})
        answer = conn.getresponse()
        return answer.status, answer.read()
