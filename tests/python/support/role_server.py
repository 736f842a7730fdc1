"""Temporary credentials as machines and containers are given them: the instance metadata service (version 2 alone) and the
container endpoint, on 127.0.0.1.

    with RoleServer([Keys("AKID1", "secret"), Keys("AKID2", "other")]) as roles:
        subprocess.run([fruits, ...], env={**environment, **roles.instance()})
        assert roles.fetches == 1

Each fetch gives the next keys, and the last ones from then on.
"""

import dataclasses
import datetime
import http.server
import json
import threading

ROLE = "fruit-reader"
TOKEN = "metadata-token-of-the-test"
CONTAINER_TOKEN = "container-token-of-the-test"


@dataclasses.dataclass
class Keys:
    access_key: str
    secret_key: str
    session_token: str = "session-token-of-the-test"
    lasts_seconds: float = 3600


class RoleServer:
    """A context manager."""

    def __init__(self, keys: list[Keys]):
        self.keys = keys
        self.fetches = 0  # of keys
        self.tokens = 0  # that were asked for, of the metadata service
        self.refused = 0  # requests without the token

    def __enter__(self):
        roles = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self):
                if self.path != "/latest/api/token" or "X-aws-ec2-metadata-token-ttl-seconds" not in self.headers:
                    return self._answer(400, "")
                roles.tokens += 1
                return self._answer(200, TOKEN)

            def do_GET(self):
                container = self.path == "/container"
                given = self.headers.get("Authorization" if container else "X-aws-ec2-metadata-token")
                if given != (CONTAINER_TOKEN if container else TOKEN):
                    roles.refused += 1
                    return self._answer(401, "")
                folder = "/latest/meta-data/iam/security-credentials"
                if self.path.rstrip("/") == folder:
                    return self._answer(200, ROLE)
                if container or self.path == f"{folder}/{ROLE}":
                    return self._answer(200, roles._next())
                return self._answer(404, "")

            def _answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.send_header("X-aws-ec2-metadata-token-ttl-seconds", "21600")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _next(self) -> str:
        keys = self.keys[min(self.fetches, len(self.keys) - 1)]
        self.fetches += 1
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=keys.lasts_seconds)
        return json.dumps({
            "Code": "Success",
            "Type": "AWS-HMAC",
            "RoleArn": f"arn:aws:iam::000000000000:role/{ROLE}",
            "AccessKeyId": keys.access_key,
            "SecretAccessKey": keys.secret_key,
            "Token": keys.session_token,
            "LastUpdated": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        })  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def instance(self) -> dict[str, str]:
        """Settings for a client on a machine with that role."""
        return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url, "AWS_EC2_METADATA_DISABLED": "false"}

    def container(self) -> dict[str, str]:
        """Settings for a client in a container with that role."""
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}/container",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": CONTAINER_TOKEN,
        }
