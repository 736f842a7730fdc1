"""The JDK that Hadoop and Spark run on in the tests, and jars of Maven Central in the tests' cache folder.

    class_path = ":".join(map(str, jars("hdfs", ["org.apache.hadoop:hadoop-hdfs:3.4.2"])))
"""

import pathlib

from support.kept import call, kept


def java_home() -> pathlib.Path:
    """A JDK 17: Hadoop 3.4 does not run on the newest."""
    homes = sorted(pathlib.Path("/usr/lib/jvm").glob("java-17-openjdk-*"))
    if not homes:
        raise FileNotFoundError("a JDK 17 is missing: install what tools/debian-packages-dev.txt names")
    return homes[0]


def _names(*parts: str) -> str:
    return "".join(f"<{tag}>{part}</{tag}>" for tag, part in zip(("groupId", "artifactId", "version"), parts, strict=False))


def _dependency(coordinates: str, without: list[str]) -> str:
    exclusions = "".join(f"<exclusion>{_names(*one.split(':'))}</exclusion>" for one in without)
    return f"<dependency>{_names(*coordinates.split(':'))}<exclusions>{exclusions}</exclusions></dependency>\n"


def _pom(name: str, dependencies: list[str], without: list[str]) -> str:
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>\n'
        f"<groupId>fruits</groupId><artifactId>{name}</artifactId><version>1</version><packaging>pom</packaging>"
        f"<dependencies>\n{''.join(_dependency(one, without) for one in dependencies)}</dependencies></project>\n"
    )


def jar_folder(name: str, dependencies: list[str], without: list[str] = (), without_groups: list[str] = ()) -> pathlib.Path:
    """A folder with these artifacts (`group:artifact:version`) and all that they need at run time.

    `without` leaves out artifacts (`group:artifact`) with what only they need, `without_groups` the jars of whole groups.
    """
    pom = _pom(name, list(dependencies), list(without))
    options = ["-DincludeScope=runtime", "-DoutputDirectory=.", f"-DexcludeGroupIds={','.join(without_groups)}"]

    def make(work: pathlib.Path) -> None:
        (work / "pom.xml").write_text(pom)
        call(["mvn", "-q", "-B", "dependency:copy-dependencies", *options], cwd=work)

    return kept("hadoop", f"{name}-jars", " ".join([pom, *options]), make)


def jars(name: str, dependencies: list[str]) -> list[pathlib.Path]:
    return sorted(jar_folder(name, dependencies).glob("*.jar"))
