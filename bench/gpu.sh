#!/usr/bin/env bash
# Everything that is to be measured on a GPU, the most useful first, each part with a time limit and a log of its own:
#   bench/gpu.sh [--python PATH] [--plugin cuda13] [--out FOLDER] [--trial]
# Needs installed and built packages (npm ci, npm run build), and a plugin: `basinlab engine install cuda13`, or JAX with its CUDA plugin in the Python that is
# named. Nothing is fetched. `--trial` takes the CPU plugin and small sizes, to try the script itself.
set -uo pipefail
cd "$(dirname "$0")/.."
python=python3 plugin=cuda13 out=runs/gpu trial=
while [ $# -gt 0 ]; do
  case $1 in
    --python) python=$2; shift 2 ;;
    --plugin) plugin=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --trial) trial=yes plugin=cpu; shift ;;
    *) echo "bench/gpu.sh [--python PATH] [--plugin ID] [--out FOLDER] [--trial], got $1" >&2; exit 2 ;;
  esac
done
mkdir -p "$out"
PATH="$(dirname "$(command -v "$python")"):$PATH"
PJRT_PLUGIN_LIBRARY_PATH=$(node --input-type=module -e "
  import { findPlugin } from '@basinlab/xla/installer';
  console.log((await findPlugin('$plugin'))?.path ?? '');") || exit
[ -n "$PJRT_PLUGIN_LIBRARY_PATH" ] || { echo "bench/gpu.sh: an installed plugin $plugin, got none. Remedy: npx basinlab engine install $plugin" >&2; exit 1; }
export PJRT_PLUGIN_LIBRARY_PATH PATH

failed=0
# part NAME SECONDS COMMAND...: output to NAME.log; what it came to, as one line.
part() {
  local name=$1 limit=$2 began=$SECONDS code=0
  shift 2
  timeout --kill-after 10 "$limit" "$@" >"$out/$name.log" 2>&1 || code=$?
  [ $code = 0 ] || failed=$((failed + 1))
  echo "== $name: exit code $code, $((SECONDS - began)) s of $limit: $*" | tee -a "$out/summary.txt"
  tail -n 12 "$out/$name.log" | tee -a "$out/summary.txt"
}
: >"$out/summary.txt"
command -v nvidia-smi >/dev/null && part card 20 nvidia-smi
bench=(node bench/run.mjs --python "$python" --random-images)
if [ -n "$trial" ]; then
  part doctor 120 npx basinlab engine doctor
  part kernels 120 node tools/tfjs-suite/run.mjs --only matmul
  part population 120 node bench/device.mjs --models 2 --steps 20 --size 2048 --megabytes 256
  part population-stacked 120 node bench/device.mjs --models 2 --steps 20 --size 2048 --megabytes 256 --execution vmap
  part residual 120 node bench/residual-network.mjs --width 4 --models 2 --steps 1 --rounds 1
  part matching 240 "${bench[@]}" --rounds 1 --job lap-512
else
  part doctor 120 npx basinlab engine doctor
  part population 180 node bench/device.mjs
  part population-mapped 180 node bench/device.mjs --execution map
  part gpt2-step 120 "${bench[@]}" --rounds 3 --job gpt2-training-step vit-training-step
  part residual 180 node bench/residual-network.mjs --python "$python" --width 16 --models 8 --execution vmap
  part residual-mapped 120 node bench/residual-network.mjs --width 16 --models 8 --execution map
  part matching 240 "${bench[@]}" --rounds 3 --job activation-matching weight-matching circuit-matching lmc
  part kernels 600 node tools/tfjs-suite/run.mjs
fi
echo "$out/summary.txt: $failed parts failed"
[ "$failed" = 0 ]
