"""The part of Kubernetes's interface that Spark speaks, on 127.0.0.1, over memory: what is made can be looked at, nothing is run.

    with KubernetesApi() as api:
        subprocess.run(["spark-submit", "--master", f"k8s://{api.url}", ...])
        (pod,) = api.made("pods")

Every request is kept as (verb, kind), as roles name them.
"""

import http.server
import json
import queue
import re
import threading
import urllib.parse
import uuid

PATH = re.compile(r"/api/v1/namespaces/([^/]+)/(\w+)(?:/([^/]+))?")


def merged(old, new):
    """A merge patch."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    together = {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    return {key: value for key, value in together.items() if value is not None}


class KubernetesApi:
    def __enter__(self) -> "KubernetesApi":
        self.objects: dict[tuple[str, str], dict] = {}
        self.requests: list[tuple[str, str]] = []
        self.namespaces: set[str] = set()
        self.started: queue.Queue[dict] = queue.Queue()  # pods, for whoever plays the nodes
        self._lock = threading.Lock()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                api.answer(self, "get")

            def do_POST(self):
                api.answer(self, "create")

            def do_PUT(self):
                api.answer(self, "update")

            def do_PATCH(self):
                api.answer(self, "patch")

            def do_DELETE(self):
                api.answer(self, "delete")

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def made(self, kind: str) -> list[dict]:
        with self._lock:
            return [one for (of, _), one in self.objects.items() if of == kind]

    def set_phase(self, pod: str, phase: str, address: str) -> None:
        with self._lock:
            if one := self.objects.get(("pods", pod)):
                one["status"] = {"phase": phase, "podIP": address, "containerStatuses": []}

    def answer(self, handler, verb: str) -> None:
        url = urllib.parse.urlsplit(handler.path)
        query = urllib.parse.parse_qs(url.query)
        body = json.loads(handler.rfile.read(int(handler.headers.get("Content-Length") or 0)) or "null")
        found = PATH.fullmatch(url.path)
        if not found:
            return self._send(handler, 404, {"kind": "Status", "code": 404, "message": url.path})
        namespace, kind, name = found.groups()
        with self._lock:
            self.namespaces.add(namespace)
            if name is None and verb in ("get", "delete"):
                verb = {"get": "watch" if "watch" in query else "list", "delete": "deletecollection"}[verb]
            self.requests.append((verb, kind))
            if verb == "patch" and "apply" in handler.headers.get("Content-Type", "") and (kind, name) not in self.objects:
                verb = "create"  # what is applied may be new, and needs both rights
                self.requests.append((verb, kind))
            code, answer = self._do(verb, kind, name, namespace, query, body)
        if verb == "watch":  # nothing ever changes
            answer = None
        self._send(handler, code, answer)

    def _do(self, verb, kind, name, namespace, query, body):
        missing = 404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        if verb == "create":
            meta = body["metadata"]
            meta |= {"uid": str(uuid.uuid4()), "namespace": namespace, "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z"}
            if kind == "pods":
                body["status"] = {"phase": "Pending"}
                self.started.put(body)
            self.objects[kind, meta["name"]] = body
            return 201, body
        if verb in ("list", "deletecollection", "watch"):
            labels = dict(pair.split("=", 1) for text in query.get("labelSelector", []) for pair in text.split(",") if "=" in pair)
            items = [one for (of, _), one in self.objects.items() if of == kind
                     and labels.items() <= one["metadata"].get("labels", {}).items()]  # fmt: skip
            if verb == "deletecollection":
                for one in items:
                    del self.objects[kind, one["metadata"]["name"]]
            kinds = {"pods": "PodList", "configmaps": "ConfigMapList", "services": "ServiceList"}
            return 200, {"kind": kinds.get(kind, "List"), "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items}
        if (kind, name) not in self.objects:
            return missing
        if verb == "delete":
            return 200, self.objects.pop((kind, name))
        if verb in ("patch", "update"):
            self.objects[kind, name] = merged(self.objects[kind, name], body) if verb == "patch" else body
        return 200, self.objects[kind, name]

    def _send(self, handler, code: int, answer) -> None:
        data = b"" if answer is None else json.dumps(answer).encode()
        handler.send_response(code)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
