"""What the servers of Hadoop (HDFS, YARN) are started with in the tests."""

import pathlib

HADOOP = "3.4.2"  # also what pyspark's own jars are
# Java 17 closed what Hadoop's reflection opens.
JAVA_FLAGS = [
    *(f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in ("lang", "util", "net")),
    *("-Xmx256m", "-Djava.net.preferIPv4Stack=true"),
]
LOG4J = """log4j.rootLogger=WARN, err
log4j.appender.err=org.apache.log4j.ConsoleAppender
log4j.appender.err.target=System.err
log4j.appender.err.layout=org.apache.log4j.PatternLayout
log4j.appender.err.layout.ConversionPattern=%d %p %c: %m%n
"""


def write_site(file: pathlib.Path, settings: dict[str, object]) -> None:
    """A *-site.xml."""
    lines = [f"<property><name>{name}</name><value>{value}</value></property>" for name, value in settings.items()]
    file.write_text("\n".join(["<configuration>", *lines, "</configuration>"]))
