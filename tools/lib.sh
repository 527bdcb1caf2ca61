# What tools/setup, tools/test and tools/demo share. Sourced, never run; the caller has `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python="$root/.venv/bin/python"
logs="$root/build/logs"

# cmake and ctest turn Ctrl-C into an ordinary failure, after which the script would go on.
trap 'exit 130' INT

say() { printf '%s\n' "$*"; }
complain() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# True when the command $1 is a CMake that knows CMakePresets version 6.
is_new_cmake() {
  local version
  version=$("$1" --version 2>/dev/null | sed -n '1s/^cmake version \([0-9]*\.[0-9]*\).*/\1/p')
  [ -n "$version" ] && printf '3.25\n%s\n' "$version" | sort --check=quiet --version-sort
}

# On Ubuntu 22.04 tools/setup put a newer CMake into the .venv.
use_new_cmake() {
  if ! is_new_cmake cmake; then PATH="$root/.venv/bin:$PATH"; fi
  if ! is_new_cmake cmake; then
    complain "CMake >= 3.25 is missing; tools/setup installs it"
    exit 3
  fi
}

# Passes nothing on, but on a terminal keeps the last "[done/all]" of ninja in view.
show_steps() {
  if [ -t 1 ]; then
    awk '/^\[[0-9]+\/[0-9]+\]/ {printf "\r  %s ", $1; fflush()} END {printf "\r\033[K"}'
  else
    cat >/dev/null
  fi
}

# run_logged NAME COMMAND...: output goes to build/logs/NAME.log; a failure shows what the log says.
run_logged() {
  local log="$logs/$1.log"
  shift
  mkdir -p "$logs"
  if ! "$@" 2>&1 | tee "$log" | show_steps; then
    complain "failed: $*"
    # With several jobs the last lines are often not those of the job that failed.
    { grep -E -A4 '^FAILED|error:|Error' "$log" || tail -n 15 "$log"; } | head -n 60 >&2
    complain "everything is in $log"
    return 1
  fi
}

# build PRESET [TARGET...]: configures and builds the preset.
build() (
  preset=$1
  shift
  targets=()
  if [ $# -gt 0 ]; then targets=(--target "$@"); fi
  start=$SECONDS
  say "building preset $preset in build/$preset ..."
  cd "$root"
  # What one clone compiled, ccache finds for the next.
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  run_logged "configure-$preset" cmake --preset "$preset" || exit 1
  # Whether the plugin for GPUs is among what is built.
  sed -n 's/^-- \(CUDA: .*\)/\1/p' "$logs/configure-$preset.log"
  run_logged "build-$preset" cmake --build --preset "$preset" --parallel "$(nproc)" "${targets[@]}" || exit 1
  say "built in $((SECONDS - start)) s"
)

# What every Linux has, or must have its own of: the C library and its parts, and the driver of a GPU.
is_the_systems() {
  case $1 in
    linux-vdso.so* | ld-linux* | libc.so* | libm.so* | libpthread.so* | libdl.so* | librt.so* | libcuda.so*) return 0 ;;
    *) return 1 ;;
  esac
}

# copy_with_libraries FOLDER FILE...: programs and plugins, stripped, and in FOLDER/lib what they need of libraries.
copy_with_libraries() {
  local folder=$1 file
  shift
  mkdir -p "$folder/lib"
  cp "$@" "$folder/"
  for file in "$@"; do
    ldd "$file" | awk '$2 == "=>" {print $1, $3}'
  done | sort -u | while read -r name path; do
    if is_the_systems "$name"; then continue; fi
    if [ "$path" = not ]; then complain "$name is not found here"; exit 3; fi
    cp -L "$path" "$folder/lib/$name"
  done
  find "$folder" -type f -exec strip --strip-unneeded {} +
}
