# shellcheck shell=bash
# ./orion test [--embedded|--full] [--install] [-- runner's arguments]
# ./orion test [--install] -- browser [Playwright's arguments]
#
# Default: everything on the embedded mix, then the contract suites, those of failures and the main job on the production mix.
# All suites run, also after one has failed; the summary at the end has the runner's own words.

TEST_RESULTS=()
TEST_FAILED=0
CHOSEN=no
SOME_RAN=no
LEFT_OUT=()

run_tests() {
  local scope=default install=no
  while [ $# -gt 0 ]; do
    case $1 in
      --embedded | --full) scope=${1#--} ;;
      --install) install=yes ;;
      --)
        shift
        break
        ;;
      *) misuse "usage: ./orion test [--embedded|--full] [--install] [-- arguments of the test runner]" ;;
    esac
    shift
  done
  if [ "${1:-}" = browser ]; then
    shift
    run_browser_tests "$install" "$@"
    return
  fi
  require_tools rust c_compiler node
  prepare_test_machine "$scope" "$install"
  build_web
  build_tests --bins --tests
  clean_up_at_exit
  LOG_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/orion-test.XXXXXX")
  [ ! -t 2 ] || export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-always}

  # With arguments the caller chose the tests: the same choice runs on every mix, and only that.
  [ $# -eq 0 ] || CHOSEN=yes
  [ $# -gt 0 ] || run_suite "web" npm --prefix "$WEB" test
  run_suite "embedded" on_mix embedded rust_tests "$@"
  if [ $# -eq 0 ] && [ "$HAS_BROWSER" = yes ]; then run_suite "browser" browser_tests; fi
  if [ $# -eq 0 ] && uses_nextest; then run_suite "documentation examples" on_mix embedded cargo_here test ${CI:+"--locked"} --workspace --doc; fi
  case $scope in
    default) if [ $# -gt 0 ]; then run_with_servers production rust_tests "$@"; else run_with_servers production production_tests; fi ;;
    full)
      run_with_servers postgres rust_tests "$@"
      run_with_servers production rust_tests "$@"
      ;;
  esac
  show_test_summary
  [ "$SOME_RAN" = yes ] || fail "no test ran: nothing that runs here has such a name"
  return "$TEST_FAILED"
}

# Installs what was asked for, and finds out before the long build whether all is here.
prepare_test_machine() {
  local scope=$1 install=$2 needs=''
  [ "$scope" = embedded ] || needs=$(servers_needed)
  if [ "$install" = yes ]; then
    # shellcheck disable=SC2046,SC2086 # lists of words
    "$ROOT/scripts/servers" install $needs $([ "$scope" = embedded ] || pooler_installed || echo pgbouncer) $([ -n "$(find_chromium)" ] || echo chromium)
  fi
  # shellcheck disable=SC2086
  [ -z "$needs" ] || "$ROOT/scripts/servers" check $needs || exit 1
  prepare_browser
  prepare_schemathesis "$install"
  prepare_examples "$install"
  prepare_oidc_provider "$install"
  [ "$scope" = embedded ] || pooler_installed ||
    leave_out "the tests behind a pooler are LEFT OUT: no PgBouncer here (apt-get install pgbouncer, or ./orion test --install)"
}

# What cannot run here is said at once, and again below the summary.
leave_out() {
  LEFT_OUT+=("$1")
  warn "$1"
}

# build_tests --bins [--tests]: some tests start a binary that lies beside them; a test runner alone would not build it. One
# build for both, so that no crate is compiled twice with other features.
build_tests() {
  heading "test: building"
  cargo_here build ${CI:+"--locked"} --workspace "$@" >&2 || fail "the tests do not build: see cargo's message above"
}

uses_nextest() { command -v cargo-nextest >/dev/null 2>&1; }

# What the test programs are told on a mix. Tests that need something special are marked as ignored; they run here, but
# for those whose need is not met: so the summary counts only what ran.
test_arguments() {
  local words=(--include-ignored) name need
  while IFS=$'\t' read -r name need; do
    is_met "$need" || words+=(--skip "$name")
  done < <(tests_with_needs)
  echo "${words[@]}"
}

# The name of each test that is ignored, and what its `#[ignore = "needs …"]` says up to a colon.
tests_with_needs() {
  find "$ROOT/crates" -name '*.rs' -exec awk '
    match($0, /#\[ignore = "needs [^":]+/) { need = substr($0, RSTART + 18, RLENGTH - 18); next }
    need != "" && match($0, /fn [a-z0-9_]+/) { print substr($0, RSTART + 3, RLENGTH - 3) "\t" need; need = "" }
  ' {} +
}

# Whether the mix has what a test needs.
is_met() {
  case $1 in
    SQLite | "the embedded mix") [ "$ORION_TEST_BACKEND" = embedded ] ;;
    PostgreSQL) [ "$ORION_TEST_BACKEND" != embedded ] ;;
    Redis | RabbitMQ | "PostgreSQL, Redis and RabbitMQ") [ "$ORION_TEST_BACKEND" = production ] ;;
    PgBouncer) [ "$ORION_TEST_BACKEND" != embedded ] && pooler_installed ;;
    Schemathesis) [ "$ORION_TEST_BACKEND" = embedded ] && [ -n "${ORION_SCHEMATHESIS:-}" ] ;;
    "the TypeScript example") [ "$ORION_TEST_BACKEND" = embedded ] && [ "$HAS_TYPESCRIPT_EXAMPLE" = yes ] ;;
    "the Python example") [ "$ORION_TEST_BACKEND" = embedded ] && [ -n "${ORION_EXAMPLE_PYTHON:-}" ] ;;
    # They print what something costs, for whoever asks by `cargo test --release … -- --ignored --nocapture`.
    "a release build") return 1 ;;
    oidc-provider) [ "$ORION_TEST_BACKEND" = embedded ] && oidc_provider_installed ;;
    *) fail "a test needs \"$1\", which no mix is known to have: is_met in scripts/launcher/test.sh says which mix has what" ;;
  esac
}

pooler_installed() { [ -x /usr/sbin/pgbouncer ] || command -v pgbouncer >/dev/null 2>&1; }

# All tests, or those that the arguments choose.
rust_tests() {
  local words
  words=$(test_arguments) || return 1
  # cargo test takes one name, the test programs behind it any number.
  if ! uses_nextest && [ $# -gt 0 ]; then case " $* " in *' -'*) ;; *) set -- -- "$@" ;; esac fi
  case " $* " in *' -- '*) ;; *) set -- "$@" -- ;; esac
  # shellcheck disable=SC2086 # a list of words
  set -- "$@" $words
  if uses_nextest; then
    cargo_here nextest run ${CI:+"--locked"} ${CI:+"--profile=ci"} --no-tests=pass --workspace "$@"
  else
    cargo_here test ${CI:+"--locked"} --workspace --no-fail-fast "$@"
  fi
}

# The contract suites, those of failures and the main job, from the same build as everything.
production_tests() {
  if uses_nextest; then
    rust_tests -E 'binary(it) & test(/^(contract|failures|main_job)::/)'
  else
    rust_tests --test it -- contract:: failures:: main_job::
  fi
}

# on_mix MIX COMMAND…: gives the tests the mix, and only those servers that belong to it.
on_mix() {
  export ORION_TEST_BACKEND=$1
  case $1 in
    embedded) unset ORION_DATABASE_URL ORION_REDIS_URL ORION_AMQP_URL ;;
    postgres) unset ORION_REDIS_URL ORION_AMQP_URL ;;
  esac
  shift
  "$@"
}

# run_with_servers MIX COMMAND…: starts the servers at the first mix that needs them.
run_with_servers() {
  if [ -z "$SERVERS_FOLDER" ] && ! start_servers; then
    TEST_RESULTS+=("${RED}FAILED${RESET}  $1: its servers did not start")
    TEST_FAILED=1
    return 0
  fi
  run_suite "$1" on_mix "$@"
}

# run_suite NAME COMMAND…: runs a suite and remembers how it ended, in the runner's own words.
run_suite() {
  local name=$1 log=$LOG_FOLDER/log began=$SECONDS verdict="${GREEN}passed${RESET}" line lines
  shift
  heading "test: $name"
  if ! run_logged "$log" "$@"; then
    verdict="${RED}FAILED${RESET}"
    TEST_FAILED=1
  fi
  lines=$(runner_summary "$log")
  # The runners call it a success when nothing matches. A choice may have no test on this mix; documentation examples
  # may be none at all.
  if [ -n "$lines" ]; then
    SOME_RAN=yes
  elif [ "$name" != "documentation examples" ]; then
    lines="no test ran"
    [ "$CHOSEN" = yes ] || verdict="${RED}FAILED${RESET}" TEST_FAILED=1
  fi
  TEST_RESULTS+=("$verdict  $name, $((SECONDS - began)) s")
  while IFS= read -r line; do TEST_RESULTS+=("          ${line:-no example}"); done <<<"$lines"
}

# The lines in which nextest, libtest, vitest and Playwright count their tests, without colours and without empty counts.
runner_summary() {
  sed $'s/\033\\[[0-9;]*m//g' "$1" | grep -E '^ *Summary \[|^test result:|^ *(Test Files|Tests) +[0-9]|^ *[0-9]+ (passed|failed|flaky|skipped|interrupted|did not run)' |
    grep -vE ' 0 passed; 0 failed| 0 tests run: 0 passed' | sed 's/^ *//' || true
}

show_test_summary() {
  local result
  heading "test: summary"
  for result in "${TEST_RESULTS[@]}"; do note "$result"; done
  for result in ${LEFT_OUT[@]+"${LEFT_OUT[@]}"}; do warn "$result"; done
}
