# What studies share: sourced by their `run`, which stands in a folder beside this file and has `set -euo pipefail`.

source "$(dirname "${BASH_SOURCE[0]}")/../tools/lib.sh"

# begin_study "$@": reads [--small] [--out DIR]. Sets `here` (the folder of the study), `small` (yes or empty), `file`
# (small.yaml or sweep.yaml), `out`, `results` (where sweeps are kept: interrupted, the same command goes on) and `partita`
# ($PARTITA_BIN, or else the release build).
begin_study() {
  here=$(cd "$(dirname "$0")" && pwd)
  local name
  name=$(basename "$here")
  small=
  out="$root/partita-out/$name"
  while [ $# -gt 0 ]; do
    case $1 in
      --small) small=yes ;;
      --out)
        if [ $# -lt 2 ]; then complain "--out: which folder?"; exit 2; fi
        out=$2
        shift ;;
      *)
        complain "unknown option '$1' (there are --small: seconds, not minutes; --out DIR)"
        exit 2 ;;
    esac
    shift
  done
  mkdir -p "$out"
  out=$(cd "$out" && pwd)
  file=${small:+small}
  file="${file:-sweep}.yaml"
  results="$out/$name${small:+_small}.db"
  if [ -n "${PARTITA_BIN:-}" ]; then
    partita=$PARTITA_BIN
  else
    use_new_cmake
    build release bin/partita || exit 3
    partita="$root/build/release/bin/partita"
  fi
}

# sweep FILE: computes what is not there yet.
sweep() { "$partita" sweep "$1" --out "$results" --resume; }

# draw OPTION...: the study's own plot.py, which prints what was found.
draw() { "$python" "$here/plot.py" "$results" --out "$out" "$@"; }
