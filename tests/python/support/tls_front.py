"""TLS before a plain S3 server: what a client sends after a handshake that it accepts is passed on as it is.

    with TlsFront(server, *authority.issue("server", "IP:127.0.0.1")) as front:
        subprocess.run([fruits, ...], env={**front.environment(), "AWS_CA_BUNDLE": str(authority.file)})
"""

import contextlib
import pathlib
import select
import socket
import ssl
import threading

from support.s3_server import Endpoint


class TlsFront(Endpoint):
    """A context manager. `host` is what clients call it."""

    def __init__(self, server: Endpoint, certificate: pathlib.Path, key: pathlib.Path, host: str = "127.0.0.1"):
        self.server, self.host = server, host
        self.access_key, self.secret_key, self.region = server.access_key, server.secret_key, server.region
        self.tried = 0  # connections
        self.accepted = 0  # those on which the client agreed to the certificate and sent something
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                conn = self._listener.accept()[0]
                self.tried += 1
                threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn: socket.socket) -> None:
        with contextlib.suppress(OSError), conn, self._context.wrap_socket(conn, server_side=True) as client:
            first = client.recv(1 << 16)
            if not first:
                return
            self.accepted += 1
            with socket.create_connection(("127.0.0.1", self.server.port)) as target:
                target.sendall(first)
                _pass(client, target)


def _pass(client: ssl.SSLSocket, target: socket.socket) -> None:
    """Both ways until one side ends, in one thread: a TLS connection bears no two."""
    while True:
        ready = [client] if client.pending() else select.select([client, target], [], [])[0]
        for source in ready:
            data = source.recv(1 << 16)
            if not data:
                return
            (target if source is client else client).sendall(data)
