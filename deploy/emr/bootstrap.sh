#!/usr/bin/env bash
# bootstrap.sh BUCKET REGION WHEELS [CORES MIB]: puts the package on a node of an EMR 7 cluster (Amazon Linux 2023), as /opt/fruits. EMR runs it
# on each node, before Spark is there. Packages come from s3://BUCKET/WHEELS; what is not there, from PyPI in the versions of
# requirements.txt. CORES and MIB are those of a core node, where the primary node is of another type; else 0.
set -euo pipefail
bucket=$1 region=$2 folder=$3 node_cores=${4:-0} node_mib=${5:-0}
prefix=${FRUITS_PREFIX:-/opt/fruits}

sudo dnf install -q -y python3.11 python3.11-pip
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
aws s3 cp --region "$region" --recursive --only-show-errors "s3://$bucket/$folder/" "$wheels/"

sudo python3.11 -m venv "$prefix"
options=(--no-cache-dir --disable-pip-version-check -q --find-links "$wheels")
if [[ -e $wheels/complete ]]; then options+=(--no-index); fi # a network without PyPI
# The wheel's own dependencies are in the list: pip chooses nothing.
sudo "$prefix/bin/pip" install "${options[@]}" --no-deps -r "$wheels/requirements.txt" "$wheels"/fruits-*.whl
sudo "$prefix/bin/pip" check
sudo "$prefix/bin/fruits" models import efficientnet-lite0 --models "$prefix/models"

# What a step calls: `fruits run` on the cluster, one executor a node with an engine for each of its cores. YARN has three quarters of a
# node's memory: 58 % of all are more than half of that, so a second executor does not fit, and leave room for the driver's container.
# Outside Java's heap are 700 MB for each core's engine, and for Java a tenth of the heap, at least 384 MB.
sudo tee "$prefix/bin/fruits-job" >/dev/null <<JOB
#!/usr/bin/env bash
export AWS_REGION=$region SPARK_HOME=\${SPARK_HOME:-/usr/lib/spark} FRUITS_MODELS=$prefix/models
export PYSPARK_PYTHON=$prefix/bin/python PYSPARK_DRIVER_PYTHON=$prefix/bin/python
read -r _ kilobytes _ <"\${FRUITS_MEMINFO:-/proc/meminfo}"
cores=\$(nproc)
# Where steps run on another type than executors; Linux leaves 95 % of a machine's memory.
if (($node_cores)); then cores=$node_cores kilobytes=$((node_mib * 1024 * 95 / 100)); fi
engines=\$((700 * cores))
java=\$((kilobytes / 1024 * 58 / 100 - engines)) # its heap and what it has besides
heap=\$((java - 384 <= 3840 ? java - 384 : java * 10 / 11))
heap=\$((heap > 512 ? heap : 512))
overhead=\$((engines + (heap / 10 > 384 ? heap / 10 : 384)))
exec $prefix/bin/fruits run --engine spark --master "\${FRUITS_MASTER:-yarn}" --conf "spark.executor.cores=\$cores" \\
  --conf "spark.executor.memory=\${heap}m" --conf "spark.executor.memoryOverhead=\${overhead}m" "\$@"
JOB

# JupyterHub's user jovyan has a preset password that everybody knows: it gets the secret's.
sudo tee "$prefix/bin/notebook-password" >/dev/null <<'PASSWORD'
#!/usr/bin/env bash
# notebook-password SECRET REGION
set -euo pipefail
password=$(aws secretsmanager get-secret-value --secret-id "$1" --region "$2" --query SecretString --output text)
for _ in {1..60}; do
  if sudo docker exec jupyterhub true 2>/dev/null; then
    printf 'jovyan:%s\n' "$password" | sudo docker exec -i jupyterhub chpasswd
    exit
  fi
  sleep "${FRUITS_PAUSE:-10}"
done
echo "notebook-password: JupyterHub did not start" >&2
exit 1
PASSWORD
sudo chmod 755 "$prefix/bin/fruits-job" "$prefix/bin/notebook-password"
