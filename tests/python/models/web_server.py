"""An HTTP server on 127.0.0.1 that can misbehave in the ways that real ones do."""

import contextlib
import http.server
import threading


class Site:
    """What the server serves and how; and what it was asked."""

    def __init__(self, content, etag='"one"'):
        self.content = content
        self.etag = etag
        self.ranges = True  # takes Range
        self.break_after = []  # one number a request: bytes of body before the connection breaks; then whole
        self.claimed_length = None  # a Content-Length other than the body's
        self.chunked = False
        self.status = 200
        self.shift = 0  # sends a range that starts this far off
        self.requests = []  # (Range, If-Range)

    def url(self, name="weights.npz"):
        return f"http://127.0.0.1:{self.port}/{name}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.server.site
        asked, condition = self.headers.get("Range"), self.headers.get("If-Range")
        site.requests.append((asked, condition))
        self.close_connection = True
        if site.status != 200:
            self.send_response(site.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        if asked and site.ranges and condition == site.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-")) + site.shift
            if start >= len(site.content):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}")
        else:
            self.send_response(200)
        self.send_body(site, site.content[start:])

    def send_body(self, site, body):
        if site.etag:
            self.send_header("ETag", site.etag)
        if site.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body) if site.claimed_length is None else site.claimed_length))
        self.end_headers()
        cut = body[: site.break_after.pop(0)] if site.break_after else None
        if site.chunked:
            self.wfile.write(b"%x\r\n" % len(body))
            self.wfile.write(body + b"\r\n0\r\n\r\n" if cut is None else cut)
        else:
            self.wfile.write(body if cut is None else cut)


@contextlib.contextmanager
def serving(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.site = site
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
