#!/usr/bin/env bash
# What a container of the image fruits-spark does:
#
#   master | worker | history       a part of a standalone cluster ($SPARK_MASTER, $WORKER_CORES, $WORKER_MEMORY)
#   jupyter                         the notebook server (image fruits-jupyter)
#   driver ... | executor           called by Spark on Kubernetes
#   healthy [PORT PATH]             whether this container's server answers
#   anything else                   that command: fruits run ... --engine spark, spark-submit, bash
set -euo pipefail

# The first address of this container's own name: the one that others on its network reach.
own_address() { hostname -i | cut -d' ' -f1; }

# Spark's settings: the image's, a log of events where there is a place for it, and the secret without which nobody may use the
# cluster, from a file that only the stack's containers see.
configure() {
  local secret=/run/secrets/spark_auth
  [[ $SPARK_CONF_DIR == /tmp/spark-conf ]] || return 0 # somebody else's choice
  mkdir -p "$SPARK_CONF_DIR"
  chmod 700 "$SPARK_CONF_DIR"
  cp "$SPARK_HOME"/conf/* "$SPARK_CONF_DIR"
  local settings=$SPARK_CONF_DIR/spark-defaults.conf
  if [[ -w /events ]]; then printf 'spark.eventLog.enabled true\n' >>"$settings"; fi
  [[ -e $secret ]] || return 0
  [[ -s $secret && -r $secret ]] || {
    echo "entrypoint: $secret is empty or not readable by user $(id -u); openssl rand -hex 32 makes one" >&2
    exit 2
  }
  printf '%s\n' 'spark.authenticate true' 'spark.network.crypto.enabled true' \
    "spark.authenticate.secret $(<"$secret")" >>"$settings"
}

# Where this container's server is asked by its health check.
serves() { printf '%s %s\n' "$1" "$2" >/tmp/.serves; }

healthy() {
  local port=${1:-} path=${2:-/}
  if [[ -z $port && -r /tmp/.serves ]]; then read -r port path </tmp/.serves; fi
  if [[ -z $port ]]; then
    exec python -c 'import fruits'
  fi
  exec python - "$port" "$path" <<'PYTHON'
import socket, sys, urllib.request
host = socket.gethostbyname(socket.gethostname())
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for name in (host, "127.0.0.1"):
    try:
        opener.open(f"http://{name}:{sys.argv[1]}{sys.argv[2]}", timeout=8)
        sys.exit(0)
    except OSError as error:
        said = error
sys.exit(f"{sys.argv[1]}{sys.argv[2]}: {said}")
PYTHON
}

executor() {
  local options=() variable
  for variable in $(compgen -v | grep -E '^SPARK_JAVA_OPT_[0-9]+$' | sort -t_ -k4 -n); do options+=("${!variable}"); done
  exec "$JAVA_HOME/bin/java" "${options[@]}" "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
    -cp "${SPARK_CONF_DIR:-$SPARK_HOME/conf}:${SPARK_CLASSPATH:+$SPARK_CLASSPATH:}$SPARK_HOME/jars/*" \
    org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
    --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
    --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
    --resourceProfileId "${SPARK_RESOURCE_PROFILE_ID:-0}" --podName "$SPARK_EXECUTOR_POD_NAME"
}

case "${1:-help}" in
  healthy)
    shift
    healthy "$@"
    ;;
  driver)
    shift
    exec spark-submit --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
      --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS" --deploy-mode client "${@}"
    ;;
  executor) executor ;;
  master)
    configure
    serves 8080 /json/
    exec spark-class org.apache.spark.deploy.master.Master --host "${SPARK_MASTER_HOST:-$(hostname)}" --port 7077 --webui-port 8080
    ;;
  worker)
    configure
    serves 8081 /json/
    export SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-$(own_address)}
    exec spark-class org.apache.spark.deploy.worker.Worker --host "$SPARK_LOCAL_IP" --webui-port 8081 \
      --cores "${WORKER_CORES:-$(nproc)}" --memory "${WORKER_MEMORY:-1g}" --work-dir "${WORKER_DIR:-/tmp/work}" \
      "${SPARK_MASTER:-spark://master:7077}"
    ;;
  history)
    configure
    serves 18080 /api/v1/applications
    exec spark-class org.apache.spark.deploy.history.HistoryServer
    ;;
  jupyter)
    configure
    shift
    exec jupyter lab --config=/etc/jupyter/jupyter_server_config.py "$@"
    ;;
  help) sed -n 's/^# \{0,1\}//p' "${BASH_SOURCE[0]}" | sed '1d' ;;
  *)
    configure
    exec "$@"
    ;;
esac
