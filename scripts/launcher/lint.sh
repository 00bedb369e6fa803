# shellcheck shell=bash
# Format and lint. Every check runs, also after one has failed; the list at the end says which did.

LINT_RESULTS=()
LINT_FAILED=0

# check NAME COMMAND…: runs one check and remembers how it ended.
check() {
  local name=$1
  shift
  heading "lint: $name"
  if "$@" >&2; then
    LINT_RESULTS+=("${GREEN}passed${RESET}   $name")
  else
    LINT_RESULTS+=("${RED}FAILED${RESET}   $name")
    LINT_FAILED=1
  fi
}

# check_if_installed PROGRAM NAME COMMAND…: the same for a tool that a build does not need.
check_if_installed() {
  local program=$1 name=$2
  shift 2
  if command -v "$program" >/dev/null 2>&1; then
    check "$name" "$@"
  elif [ -n "${CI:-}" ]; then
    LINT_RESULTS+=("${RED}NOT CHECKED${RESET}  $name: nothing has installed $program here")
  else
    LINT_RESULTS+=("${YELLOW}skipped${RESET}  $name: $program is not installed")
  fi
}

# All shell code of the repository, the extensionless included.
lint_shell() (
  cd "$ROOT" || exit 1
  local file files=()
  while IFS= read -r file; do
    if head -n 1 "$file" | grep -qE '^#!.*(ba)?sh$|^# shellcheck shell='; then files+=("$file"); fi
  done < <(git ls-files --cached --others --exclude-standard -- orion scripts .ci .githooks)
  if [ ${#files[@]} -eq 0 ]; then
    echo "error: git lists no files here; is this a clone, and git installed?"
    exit 1
  fi
  shellcheck --external-sources "${files[@]}"
)

lint_web() { (cd "$WEB" && npm run --silent lint); }

run_lint() {
  [ $# -eq 0 ] || misuse "usage: ./orion lint"
  require_tools rust c_compiler node
  # Clippy compiles the console's files into the admin service, so they must be there.
  build_web
  check "Rust format" cargo_here fmt --all -- --check
  check "clippy" cargo_here clippy ${CI:+"--locked"} --workspace --all-targets -- -D warnings
  check "direction of dependencies" "$ROOT/scripts/check-dependencies"
  check "direction inside services" "$ROOT/scripts/check-folders"
  check "tests of security points" "$ROOT/scripts/check-security-tests"
  check "file sizes" "$ROOT/scripts/check-file-sizes"
  check "default file and reference of the configuration" cargo_here test --quiet -p orion --lib documents
  check "OpenAPI documents" "$ROOT/scripts/check-openapi"
  check "web" lint_web
  check_if_installed shellcheck "shell scripts" lint_shell
  check_if_installed cargo-deny "licences, bans, sources of crates" cargo_here deny check bans licenses sources
  heading "lint: summary"
  local result
  for result in "${LINT_RESULTS[@]}"; do note "$result"; done
  return "$LINT_FAILED"
}

# ./orion fmt [--check]
run_format() {
  case "$*" in
    '')
      require_tools rust node
      install_web_packages
      cargo_here fmt --all
      (cd "$WEB" && npm run --silent format >&2)
      ;;
    --check)
      require_tools rust node
      install_web_packages
      local status=0
      cargo_here fmt --all -- --check || status=1
      (cd "$WEB" && ./node_modules/.bin/biome format . >&2) || status=1
      return "$status"
      ;;
    *) misuse "usage: ./orion fmt [--check]" ;;
  esac
}
