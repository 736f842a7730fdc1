"""A node of a made-up Kubernetes: runs the pods that are made on it as containers (support.containers), on this machine's loopback.

    with KubernetesApi() as api, Kubelet(api, image, secrets={"fruits-s3": {...}}, folder=tmp_path) as node:
        subprocess.run(["spark-submit", ...])
        node.wait("driver")

Each pod has an address of its own in 127.0.0.0/8. Of a pod it knows what Spark's have: arguments, variables from values, fields and
secrets, volumes from configmaps and empty folders, and the account's token.
"""

import contextlib
import os
import pathlib
import subprocess
import threading
import time

from support.containers import Container
from support.kubernetes_api import KubernetesApi


class Kubelet:
    def __init__(self, api: KubernetesApi, image: str, secrets: dict[str, dict[str, str]], folder: pathlib.Path):
        self._api, self._image, self._secrets, self._folder = api, image, secrets, folder
        self._exit = contextlib.ExitStack()
        self.pods: dict[str, subprocess.Popen] = {}
        self.outputs: dict[str, pathlib.Path] = {}
        self._addresses: dict[str, str] = {}  # of pods
        self._lock = threading.Lock()

    def __enter__(self) -> "Kubelet":
        self._stop = threading.Event()
        self._faults: list[BaseException] = []
        # The kernel ends what a thread started when the thread ends: it lives as long as the node.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._api.started.put(None)
        self._thread.join()
        self._exit.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            pod = self._api.started.get()
            if pod is not None:
                try:
                    self._start(pod)
                except BaseException as error:
                    self._faults.append(error)

    def _start(self, pod: dict) -> None:
        name, address = pod["metadata"]["name"], f"127.0.1.{len(self.pods) + 1}"
        (container,) = pod["spec"]["containers"]
        self._addresses[name] = address
        hosts = {name: address, **self._services()}
        binds = self._volumes(pod, container)
        one = Container(self._image, binds=binds, writable=(), env=self._variables(pod, container, address), hostname=name, hosts=hosts,
                        user=str(pod["spec"]["securityContext"]["runAsUser"]))  # fmt: skip
        self._exit.callback(one.remove)
        process = self._exit.enter_context(one.start(*container["args"]))
        self.outputs[name] = process.log
        with self._lock:
            self.pods[name] = process
        self._api.set_phase(name, "Running", address)

    def _services(self) -> dict[str, str]:
        """Each service's name, and the address of the pod that it selects, as a cluster's DNS has them."""
        found = {}
        for service in self._api.made("services"):
            selector = service["spec"]["selector"].items()
            for pod in self._api.made("pods"):
                if selector <= pod["metadata"]["labels"].items():
                    found[f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"] = self._addresses[pod["metadata"]["name"]]
        return found

    def _variables(self, pod: dict, container: dict, address: str) -> dict[str, str]:
        fields = {"status.podIP": address, "metadata.name": pod["metadata"]["name"], "metadata.namespace": pod["metadata"]["namespace"]}
        variables = {}
        for source in container.get("envFrom", []):
            variables |= self._secrets.get(source["secretRef"]["name"], {})
        for one in container.get("env", []):
            variables[one["name"]] = fields[one["valueFrom"]["fieldRef"]["fieldPath"]] if "valueFrom" in one else one.get("value", "")
        return variables

    def _volumes(self, pod: dict, container: dict) -> dict[pathlib.Path, str]:
        folder = self._folder / pod["metadata"]["name"]
        binds = {}
        sources = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
        configmaps = {one["metadata"]["name"]: one.get("data", {}) for one in self._await_configmaps(sources)}
        for mount in container["volumeMounts"]:
            volume = sources[mount["name"]]
            place = folder / mount["name"]
            place.mkdir(parents=True, exist_ok=True)
            if "configMap" in volume:
                data = configmaps[volume["configMap"]["name"]]
                for item in volume["configMap"].get("items") or [{"key": key, "path": key} for key in data]:
                    (place / item["path"]).write_text(data[item["key"]])
            else:
                assert "emptyDir" in volume, volume
                os.chown(place, 1000, 1000)
            binds[place] = mount["mountPath"]
        if pod["spec"].get("automountServiceAccountToken"):
            account = folder / "account"
            account.mkdir()
            for name, text in {"token": "a token", "namespace": pod["metadata"]["namespace"], "ca.crt": ""}.items():
                (account / name).write_text(text)
            binds[account] = "/var/run/secrets/kubernetes.io/serviceaccount"
        return binds

    def _await_configmaps(self, sources: dict) -> list[dict]:
        """They are made after the pod that mounts them; a node waits for them."""
        wanted = {volume["configMap"]["name"] for volume in sources.values() if "configMap" in volume}
        for _ in range(600):
            found = [one for one in self._api.made("configmaps") if one["metadata"]["name"] in wanted]
            if len(found) == len(wanted):
                return found
            time.sleep(0.1)
        raise TimeoutError(f"configmaps {wanted}")

    def wait(self, ending: str, timeout: float = 900) -> int:
        """The exit code of the pod whose name ends so."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._faults:
                raise self._faults[0]
            for name, process in list(self.pods.items()):
                if name.endswith(ending) and process.poll() is not None:
                    return process.returncode
            time.sleep(0.5)
        raise TimeoutError("\n".join(f"{name}: {log.read_text()[-2000:]}" for name, log in self.outputs.items()))
