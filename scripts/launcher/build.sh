# shellcheck shell=bash
# Builds what is stale: the web app first, because the release binary carries it inside, then the binary.

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/orion/target}
readonly WEB=$ROOT/web
readonly PROFILE=${ORION_PROFILE:-release}

# Runs cargo in the checkout. Where CI is set, callers add --locked: a build there must not change Cargo.lock.
cargo_here() { (cd "$ROOT" && cargo "$@"); }

# newer_than STAMP PATHS…: true when a file below one of the paths changed after the stamp, or the stamp is missing.
newer_than() {
  local stamp=$1 path present=()
  shift
  [ -e "$stamp" ] || return 0
  for path in "$@"; do [ ! -e "$path" ] || present+=("$path"); done
  # Folders count too: their time changes when a file is removed or renamed.
  [ -n "$(find "${present[@]}" -newer "$stamp" -print 2>/dev/null | head -n 1)" ]
}

# Installs the web app's packages when the lock file is not the one that they were installed from.
install_web_packages() {
  local lock=$WEB/package-lock.json installed=$WEB/node_modules/.installed-lock.json
  if cmp -s "$lock" "$installed"; then return 0; fi
  require_tools node
  heading "web: installing packages (npm ci)"
  if ! (cd "$WEB" && npm ci --no-audit --no-fund >&2); then
    fail "npm ci failed in web/: see its message above.
    A network fault: try again. A package that asks for another engine, or a native part that is missing: you have
    Node $(version_of node) and npm $(version_of npm); npm 11 is known to work (npm install --global npm@11)."
  fi
  mkdir -p "$WEB/node_modules"
  cp "$lock" "$installed"
}

# Builds the web app when its sources are newer than its last build. Its first page is the stamp: where that is fresh, no
# packages are needed.
build_web() {
  local built=$WEB/dist/index.html started
  if ! newer_than "$built" "$WEB"/{src,locales,public,index.html,package.json,package-lock.json} \
    "$WEB"/{vite.config,precompress,words}.ts "$WEB"/lingui.config.js "$WEB"/{tsconfig,tsr.config}.json; then
    return 0
  fi
  install_web_packages
  heading "web: building"
  # The stamp is as old as the build's start: what is edited meanwhile counts as newer.
  started=$(mktemp "$WEB/node_modules/.started.XXXXXX")
  if ! (cd "$WEB" && npm run --silent build >&2); then
    rm -f "$started"
    fail "the web app does not build: npm run build in web/ failed, see above"
  fi
  touch -r "$started" "$built"
  rm -f "$started"
}

# The folder of cargo's output for the profile.
profile_folder() { if [ "$PROFILE" = dev ]; then echo debug; else echo "$PROFILE"; fi; }

# Where the built binary is.
binary_path() { echo "$CARGO_TARGET_DIR/$(profile_folder)/orion"; }

# What stands in the stamp: the target directory may be shared by several checkouts, and cargo may be called by hand.
binary_mark() { echo "$ROOT $(ls -i "$(binary_path)" 2>/dev/null)"; }

# True when the binary is of this checkout and newer than all that it is made of. The tests' crate is no part of it.
binary_is_fresh() {
  local stamp crate sources=()
  stamp=$(binary_path).stamp
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(binary_mark)" ] || return 1
  for crate in "$ROOT"/crates/*; do [ "${crate##*/}" = testkit ] || sources+=("$crate"); done
  ! newer_than "$stamp" "${sources[@]}" "$ROOT"/{Cargo.toml,Cargo.lock,rust-toolchain.toml,config,.cargo} "$WEB/dist"
}

# Builds the web app and the binary if they are stale. Fresh, it costs a look at the files' times and starts no tool.
build_binary() {
  build_web
  if binary_is_fresh; then return 0; fi
  require_tools rust c_compiler node
  local stamp started
  stamp=$(binary_path).stamp
  mkdir -p "${stamp%/*}"
  started=$(mktemp "$stamp.XXXXXX")
  heading "orion: building ($PROFILE; the first build takes minutes, later ones seconds)"
  if ! cargo_here build ${CI:+"--locked"} --profile "$PROFILE" --package orion --bin orion >&2; then
    rm -f "$started"
    fail "the build failed: see cargo's message above"
  fi
  # Writing would make the stamp newer than the build's start; its time is put back.
  touch -r "$started" "$started.time"
  binary_mark >"$started"
  touch -r "$started.time" "$started"
  rm -f "$started.time"
  mv "$started" "$stamp"
}

# ./orion web [dev|build|test|lint|…]: the web app's own words; anything else is a script of web/package.json.
run_web() {
  local word=${1:-dev}
  [ $# -gt 0 ] && shift
  if [ "$word" = build ]; then
    rm -f "$WEB/dist/index.html"
    build_web
    return 0
  fi
  install_web_packages
  cd "$WEB" && exec npm run "$word" -- "$@"
}

# ./orion bench <name> [args…]: measures the release binary.
run_benchmark() {
  local name=${1:-}
  if [ -z "$name" ] || [ ! -f "$ROOT/benches/$name.mjs" ]; then
    [ -z "$name" ] || printf '%serror:%s no benchmark is called "%s"\n' "$RED" "$RESET" "$name" >&2
    echo "usage: ./orion bench <name> [args…], where <name> is one of:" >&2
    (cd "$ROOT/benches" && find . -maxdepth 1 -name '*.mjs' | sed 's|^\./|  |; s|\.mjs$||' | sort >&2)
    exit 2
  fi
  shift
  [ "$PROFILE" = release ] || warn "measuring the profile \"$PROFILE\", not release"
  build_binary
  if [ "$name" = users ] && [ -z "${ORION_RESOLVER:-}" ]; then
    cargo_here build ${CI:+"--locked"} --profile "$PROFILE" --package orion-http --example resolver >&2
    ORION_RESOLVER=$CARGO_TARGET_DIR/$(profile_folder)/examples/resolver
    export ORION_RESOLVER
  fi
  ORION_BINARY=$(binary_path) exec node "$ROOT/benches/$name.mjs" "$@"
}
