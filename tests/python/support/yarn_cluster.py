"""YARN on 127.0.0.1 for the tests: a resource manager and node managers, each a process, over plain local files.

    with YarnCluster(tmp_path) as cluster:
        spark_submit(cluster, "job.py", conf=CLUSTER_MODE)
        cluster.kill_node(0)
        cluster.start_node(0)
"""

import pathlib

from support.hadoop_settings import HADOOP, JAVA_FLAGS, LOG4J, write_site
from support.java import jars, java_home
from support.s3_server import free_port
from support.spark_cluster import Cluster, ask_json
from support.spark_settings import JAVA_OPTIONS, spark_environment, spark_home

SERVER = "org.apache.hadoop.yarn.server"
# Without the timeline service the resource manager does not start, though none runs.
ARTIFACTS = [
    *(f"org.apache.hadoop:hadoop-yarn-server-{name}:{HADOOP}" for name in ("resourcemanager", "nodemanager", "timelineservice")),
    f"org.apache.hadoop:hadoop-common:{HADOOP}",
]


class YarnCluster(Cluster):
    """A resource manager and `nodes` node managers of `cores` cores and `memory_mb` each; ready when all are registered."""

    name = "yarn"
    master = "yarn"
    log_patterns = (*Cluster.log_patterns, "logs-*/*/*/stderr", "logs-*/*/*/stdout", "logs-*/*/*/prelaunch.err")

    def __init__(
        self, folder: pathlib.Path, nodes: int = 2, cores: int = 4, memory_mb: int = 4096, expiry_seconds: int = 120
    ):
        super().__init__(folder)
        self._expiry_seconds = expiry_seconds
        self.nodes, self._cores, self._memory_mb = nodes, cores, memory_mb
        self._configuration = self.folder / "conf"

    def _configure(self) -> None:
        self._configuration.mkdir()
        (self._configuration / "log4j.properties").write_text(LOG4J)
        write_site(self._configuration / "core-site.xml", {"fs.defaultFS": "file:///", "hadoop.tmp.dir": self.folder / "tmp"})
        scheduler = {
            "root.queues": "default",
            "root.default.capacity": 100,
            "maximum-am-resource-percent": 0.5,  # application masters may have a tenth by default: one at a time
        }
        settings = {f"yarn.scheduler.capacity.{name}": value for name, value in scheduler.items()}
        write_site(self._configuration / "capacity-scheduler.xml", settings)
        addresses = ("address", "scheduler.address", "resource-tracker.address", "admin.address", "webapp.address")
        self._ports = {name: free_port() for name in addresses}
        write_site(self._configuration / "yarn-site.xml", {**self._resource_manager(), **self._node_manager()})

    def _resource_manager(self) -> dict[str, object]:
        return {
            "yarn.resourcemanager.hostname": "127.0.0.1",
            **{f"yarn.resourcemanager.{name}": f"127.0.0.1:{port}" for name, port in self._ports.items()},
            "yarn.resourcemanager.scheduler.class": f"{SERVER}.resourcemanager.scheduler.capacity.CapacityScheduler",
            "yarn.scheduler.include-port-in-node-name": "true",  # else two nodes on one host are one
            "yarn.scheduler.minimum-allocation-mb": 128,  # what is asked for is rounded up to a multiple
            "yarn.scheduler.maximum-allocation-mb": self._memory_mb,
            # Too short, and a busy machine's pauses are lost nodes. A client soon gives up on a killed cluster.
            "yarn.nm.liveness-monitor.expiry-interval-ms": 1000 * self._expiry_seconds,
            "yarn.resourcemanager.connect.max-wait.ms": 20000,
            "yarn.resourcemanager.connect.retry-interval.ms": 500,
        }

    def _node_manager(self) -> dict[str, object]:
        return {
            "yarn.nodemanager.resource.memory-mb": self._memory_mb,
            "yarn.nodemanager.resource.cpu-vcores": self._cores,
            "yarn.nodemanager.vmem-check-enabled": "false",
            "yarn.nodemanager.pmem-check-enabled": "false",
            "yarn.nodemanager.delete.debug-delay-sec": 3600,  # containers' files are kept for failed tests
            "yarn.nodemanager.log.retain-seconds": 86400,
            # A disk that is 90 % full is not used by default, and then nothing starts, without a word.
            "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": 99.9,
            "yarn.nodemanager.disk-health-checker.min-free-space-per-disk-mb": 0,
        }

    def _start(self, name: str, main: str, *arguments: str) -> None:
        class_path = ":".join(map(str, [self._configuration, *jars("yarn", ARTIFACTS)]))
        command = [java_home() / "bin/java", *JAVA_FLAGS, *JAVA_OPTIONS.split()]
        self.daemons.start(name, [*command, "-cp", class_path, f"{SERVER}.{main}", *arguments], spark_environment())

    def start(self) -> None:
        self._configure()
        self._start("resourcemanager", "resourcemanager.ResourceManager")
        for i in range(self.nodes):  # they try until it answers
            self._start_node(i)
        self.wait_for_nodes(self.nodes)

    def _start_node(self, i: int) -> None:
        services = ("", "localizer.", "webapp.", "collector-service.")
        settings = {f"yarn.nodemanager.{service}address": "127.0.0.1:0" for service in services}
        settings["yarn.nodemanager.local-dirs"] = str(self.folder / f"local-{i}")
        settings["yarn.nodemanager.log-dirs"] = str(self.folder / f"logs-{i}")
        options = [word for name, value in settings.items() for word in ("-D", f"{name}={value}")]
        self._start(f"node-{i}", "nodemanager.NodeManager", *options)

    def state(self) -> list[dict]:
        """The resource manager's nodes."""
        return (ask_json(f"http://127.0.0.1:{self._ports['webapp.address']}/ws/v1/cluster/nodes")["nodes"] or {}).get("node", [])

    def wait_for_nodes(self, count: int) -> None:
        self.daemons.wait("resourcemanager", lambda: sum(node["state"] == "RUNNING" for node in self.state()) == count)

    def kill_node(self, i: int) -> None:
        """With its containers, as when a machine is lost; Spark notices at once, the resource manager after expiry_seconds."""
        self.daemons.kill(f"node-{i}")

    def start_node(self, i: int) -> None:
        """After a kill; returns when it is registered and the one before has been given up."""
        self._start_node(i)
        self.wait_for_nodes(self.nodes)

    def environment(self) -> dict[str, str]:
        configuration = {name: str(self._configuration) for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR")}
        return {**super().environment(), **configuration}

    def conf(self) -> dict[str, str]:
        # Not spark.driver.host: in cluster mode the driver is told where its container is. A container gets none of the
        # environment but what is named here.
        conf = {
            **super().conf(),
            "spark.yarn.jars": f"local:{spark_home()}/jars/*",  # else 490 MB are copied for each application
            "spark.yarn.stagingDir": f"file://{self.folder}/staging",
            "spark.yarn.maxAppAttempts": "1",
            "spark.yarn.am.extraJavaOptions": JAVA_OPTIONS,
            "spark.executor.cores": "1",
        }
        for name, value in {**spark_environment(), **self.daemons.mark}.items():
            conf[f"spark.yarn.appMasterEnv.{name}"] = value
            conf[f"spark.executorEnv.{name}"] = value
        return conf
