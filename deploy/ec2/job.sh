#!/usr/bin/env bash
# job.sh REGION BUCKET WHEELS INPUT OUTPUT [OPTION...]: what a machine does on Amazon Linux 2023: installs the package from
# s3://BUCKET/WHEELS (what is not there, from PyPI), runs one job, and switches the machine off, whatever happened. Its log goes to
# s3://BUCKET/logs/ec2/INSTANCE/ each minute and at the end, with the exit code of `fruits run` as the last line; also where the machine goes
# by itself: systemd then sends TERM to all that run here.
set -uo pipefail
region=$1 bucket=$2 folder=$3
shift 3
prefix=${FRUITS_PREFIX:-/opt/fruits}
log=${FRUITS_LOG:-/var/log/fruits.log}
export AWS_REGION=$region FRUITS_MODELS=$prefix/models HOME=${HOME:-/root}

metadata() { # version 2: a token first
  local address=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} token
  token=$(curl -sf -m 5 -X PUT "$address/latest/api/token" -H 'X-aws-ec2-metadata-token-ttl-seconds: 60') &&
    curl -sf -m 5 -H "X-aws-ec2-metadata-token: $token" "$address/latest/meta-data/$1"
}
instance=$(metadata instance-id || echo "unknown-$(date +%s)")

keep_log() { aws s3 cp --region "$region" --only-show-errors "$log" "s3://$bucket/logs/ec2/$instance/fruits.log"; }

finish() {
  local code=$?
  trap - EXIT TERM INT
  [[ -z ${keeper:-} ]] || kill "$keeper" 2>/dev/null
  echo "exit code $code" >>"$log"
  keep_log || { sleep 20 && keep_log; }
  shutdown -h now
  exit "$code"
}
trap finish EXIT
trap 'exit 130' TERM INT # as of a run that was stopped

: >"$log"
while sleep 60; do keep_log; done >/dev/null 2>&1 </dev/null &
keeper=$!

install() {
  local wheels options
  dnf install -q -y python3.11 python3.11-pip
  wheels=$(mktemp -d)
  aws s3 cp --region "$region" --recursive --only-show-errors "s3://$bucket/$folder/" "$wheels/"
  python3.11 -m venv "$prefix"
  options=(--no-cache-dir --disable-pip-version-check -q --find-links "$wheels")
  if [[ -e $wheels/complete ]]; then options+=(--no-index); fi # a network without PyPI
  "$prefix/bin/pip" install "${options[@]}" --no-deps -r "$wheels/requirements.txt" "$wheels"/fruits-*.whl
  "$prefix/bin/pip" check
  "$prefix/bin/fruits" models import efficientnet-lite0 --models "$prefix/models"
}

# A subshell of its own, not a condition: within one, -e would not hold.
(
  set -e
  install
) >>"$log" 2>&1
installed=$?
[[ $installed == 0 ]] || exit "$installed"
input=$1 output=$2
shift 2
"$prefix/bin/fruits" run "$input" --output "$output" "$@" >>"$log" 2>&1
