"""What `fruits run --engine spark` gives spark-submit: from its flags, --conf, the site's settings and the environment."""

import json
import pathlib
import sys
import zipfile

import pytest
from fruits.cli import spark_command
from fruits.models.errors import UsageError

DEFAULT_OVERHEAD = "1084m"  # 384 of Java, 700 of one engine


@pytest.fixture
def submitted(tmp_path):
    """The words of spark-submit for a request that differs from a plain one; (settings, words)."""

    def make(defaults="", environ={}, **request):
        home = tmp_path / "spark"
        (home / "conf").mkdir(parents=True, exist_ok=True)
        (home / "conf/spark-defaults.conf").write_text(defaults)
        plain = {
            "master": "", "deploy_mode": "", "min_executors": 0, "max_executors": 0, "conf": [], "inputs": ["photos"],
            "output": "out", "model": "net", "models": str(tmp_path / "store"), "progress": "auto", "flags": [],
        }  # fmt: skip
        words = spark_command.command_line({**plain, **request}, home / "bin/spark-submit", environ, tmp_path)
        pairs = [words[i + 1].split("=", 1) for i, word in enumerate(words) if word == "--conf"]
        return dict(pairs), words

    return make


def master_of(words):
    return words[words.index("--master") + 1]


@pytest.mark.parametrize(
    ("request_", "defaults", "environ", "master"),
    [
        ({}, "", {}, "local[*]"),
        ({}, "", {"MASTER": "spark://d:7077"}, "spark://d:7077"),
        ({}, "spark.master  spark://c:7077", {"MASTER": "spark://d:7077"}, "spark://c:7077"),
        ({"conf": ["spark.master=spark://b:7077"]}, "spark.master  spark://c:7077", {}, "spark://b:7077"),
        ({"master": "yarn", "conf": ["spark.master=spark://b:7077"]}, "spark.master  spark://c:7077", {}, "yarn"),
    ],
)
def test_the_master(submitted, request_, defaults, environ, master):
    settings, words = submitted(defaults, environ, **request_)
    assert master_of(words) == master
    assert ("spark.executor.memoryOverhead" in settings) == (master != "local[*]")


def test_site_settings_are_read_as_spark_reads_them(tmp_path):
    (tmp_path / "spark-defaults.conf").write_text(
        "# spark.a 0\n! spark.b 0\n\nspark.c 1 2\n spark.d=3\nspark.e: 4\nspark.f\t = 5\nspark.g\n"
    )
    found = spark_command._site_settings(pathlib.Path("/nowhere/bin/spark-submit"), {"SPARK_CONF_DIR": str(tmp_path)})
    assert found == {"spark.c": "1 2", "spark.d": "3", "spark.e": "4", "spark.f": "5", "spark.g": ""}
    assert spark_command._site_settings(pathlib.Path("/nowhere/bin/spark-submit"), {}) == {}


@pytest.mark.parametrize(
    ("conf", "overhead"),
    [
        ([], DEFAULT_OVERHEAD),
        (["spark.executor.cores=4"], "3184m"),
        (["spark.executor.memory=8g"], "1519m"),
        (["spark.executor.memory=8192"], "1519m"),
        (["spark.executor.memory=8192m"], "1519m"),
        (["spark.executor.memory=8388608k"], "1519m"),
        (["spark.executor.memory=1T", "spark.executor.cores=2"], "106257m"),
        (["spark.executor.memory=8gb"], "1519m"),
        (["spark.executor.memoryOverhead=2g"], "2g"),
        (["spark.executor.memoryOverheadFactor=0.4"], None),
        (["spark.kubernetes.memoryOverheadFactor=0.4"], None),
        (["spark.yarn.executor.memoryOverhead=900"], None),
    ],
)
def test_memory_beside_the_heap(submitted, conf, overhead):
    settings, _ = submitted(master="spark://a:7077", conf=conf)
    assert settings.get("spark.executor.memoryOverhead") == overhead
    # The same from the site: nothing is set over what it says.
    settings, _ = submitted("\n".join(line.replace("=", " ") for line in conf), master="spark://a:7077")
    assert settings.get("spark.executor.memoryOverhead") == (None if "verhead" in "".join(conf) else overhead)


@pytest.mark.parametrize("setting", ["spark.executor.memory=much", "spark.executor.cores=0"])
def test_sizes_that_are_none(submitted, setting):
    with pytest.raises(UsageError, match=setting.split("=")[0]):
        submitted(master="yarn", conf=[setting])


def test_the_sites_python_is_kept_on_yarn(submitted):
    names = ("spark.yarn.appMasterEnv.PYSPARK_PYTHON", "spark.executorEnv.PYSPARK_PYTHON")
    settings, _ = submitted(master="yarn")
    assert [settings[name] for name in names] == [sys.executable] * 2
    settings, _ = submitted(f"{names[0]} /site/python\n{names[1]} /site/python", {"PYSPARK_PYTHON": "/mine"}, master="yarn")
    assert not settings.keys() & set(names)
    settings, _ = submitted("spark.pyspark.python /site/python", {"PYSPARK_PYTHON": "/mine"}, master="yarn")
    assert [settings[name] for name in names] == ["/site/python"] * 2


def test_dynamic_allocation(submitted):
    tracking = "spark.dynamicAllocation.shuffleTracking.enabled"
    settings, _ = submitted("spark.dynamicAllocation.maxExecutors 50", master="yarn", min_executors=1, max_executors=3)
    assert (settings["spark.dynamicAllocation.maxExecutors"], settings[tracking]) == ("3", "true")
    settings, _ = submitted("spark.shuffle.service.enabled true", master="yarn", max_executors=3)
    assert tracking not in settings


def bundle(folder):
    folder.mkdir(parents=True)
    (folder / "bundle.json").write_text(json.dumps({}))
    return folder


def sent(settings, archives=1):
    """What the last archive holds."""
    found = settings["spark.archives"].split(",")
    assert len(found) == archives
    path, _, name = found[-1].partition("#")
    assert name == "fruits-models"
    return sorted(zipfile.ZipFile(path).namelist())


def test_a_model_of_the_store_is_sent_beside_the_sites_archives(submitted, tmp_path):
    bundle(tmp_path / "store/net")
    bundle(tmp_path / "store/net-int8")
    settings, words = submitted("spark.archives /site/env.zip#env", master="yarn")
    assert settings["spark.archives"].startswith("/site/env.zip#env,")
    assert sent(settings, 2) == ["net/bundle.json"]
    assert "--models=fruits-models" in words and not [word for word in words if word.startswith("--model=")]
    settings, _ = submitted(master="yarn", flags=["--precision=auto"])
    assert sent(settings) == ["net-int8/bundle.json", "net/bundle.json"]


@pytest.mark.parametrize("end", ["", "/"])
def test_a_model_given_by_its_folder_is_sent_and_named(submitted, tmp_path, end):
    own = f"{bundle(tmp_path / 'own/mine')}{end}"
    bundle(tmp_path / "own/mine-int8")
    settings, words = submitted(master="yarn", model=own, flags=[f"--model={own}", "--precision=int8"])
    assert sent(settings) == ["mine-int8/bundle.json", "mine/bundle.json"]
    assert [word for word in words if word.startswith("--model")] == ["--models=fruits-models", "--model=mine"]


def test_a_model_that_is_not_here_is_not_sent(submitted):
    settings, words = submitted(master="yarn", models="s3://bucket/models", flags=["--model=net"])
    assert "spark.archives" not in settings
    assert "--models=s3://bucket/models" in words and "--model=net" in words
