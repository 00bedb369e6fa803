# shellcheck shell=bash
# What a build needs on this machine: says at once all that is missing and how to get it.

readonly RUST_MINIMUM=1.95.0
readonly NODE_MINIMUM=20.19.0

# version_at_least HAVE WANTED: compares dotted version numbers.
version_at_least() {
  local lowest
  lowest=$(printf '%s\n%s\n' "$1" "$2" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)
  [ "$lowest" = "$2" ]
}

# The first x.y.z in a program's `--version`; nothing when the program is missing.
version_of() {
  command -v "$1" >/dev/null 2>&1 || return 0
  # rust-toolchain.toml is found from the working directory.
  (cd "$ROOT" && "$@" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1) || true
}

# how_to DEBIAN-PACKAGES MACOS-COMMAND OTHERWISE: the way to get something on this kind of machine.
how_to() {
  if command -v apt-get >/dev/null 2>&1; then
    printf 'apt-get install %s' "$1"
  elif [ "$(uname -s)" = Darwin ]; then
    printf '%s' "$2"
  else
    printf '%s' "$3"
  fi
}

# rustup's folder is not on the path of a shell that is older than the installation, nor of most services' shells.
if ! command -v cargo >/dev/null 2>&1 && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH=$HOME/.cargo/bin:$PATH; fi

missing_rust() {
  local program version
  for program in cargo rustc; do
    version=$(version_of "$program")
    if [ -z "$version" ]; then
      echo "$program, of Rust $RUST_MINIMUM or newer: install rustup from https://rustup.rs, then open a new shell"
    elif ! version_at_least "$version" "$RUST_MINIMUM"; then
      echo "$program $RUST_MINIMUM or newer (found $version): rustup update stable"
    fi
  done
}

missing_c_compiler() {
  local compiler
  for compiler in ${CC:-} cc gcc clang; do
    if command -v "$compiler" >/dev/null 2>&1; then return 0; fi
  done
  echo "a C compiler: $(how_to build-essential 'xcode-select --install' 'install gcc or clang')"
}

missing_node() {
  local version
  version=$(version_of node)
  if [ -z "$version" ]; then
    echo "Node $NODE_MINIMUM or newer: https://nodejs.org, or your system's package"
  elif ! version_at_least "$version" "$NODE_MINIMUM"; then
    echo "Node $NODE_MINIMUM or newer (found $version): https://nodejs.org"
  fi
  command -v npm >/dev/null 2>&1 || echo "npm: it comes with Node from https://nodejs.org; Debian has it apart: apt-get install npm"
}

# require_tools rust|c_compiler|node…: stops with the whole list when something is missing.
require_tools() {
  local tool missing
  missing=$(for tool in "$@"; do "missing_$tool"; done)
  [ -z "$missing" ] && return 0
  printf '%serror:%s this machine lacks:\n' "$RED" "$RESET" >&2
  printf '%s\n' "$missing" | sed 's/^/  - /' >&2
  exit 1
}
