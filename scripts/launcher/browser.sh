# shellcheck shell=bash
# The browser tests (web/e2e) drive a real Chromium against the debug binary that the other tests are built with.
# CHROMIUM says which browser. Without one they are left out, unless CI or ORION_E2E is set: then that is a failure.

HAS_BROWSER=no

# The path of a Chromium on this machine; nothing when there is none.
find_chromium() {
  local candidate
  for candidate in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Chromium.app/Contents/MacOS/Chromium" "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if command -v "$candidate" 2>/dev/null; then return 0; fi
  done
}

# Finds out before the long build whether the browser tests can run.
prepare_browser() {
  local chromium how
  how="$(how_to chromium 'brew install --cask chromium' 'install chromium'), or ./orion test --install"
  chromium=$(find_chromium)
  if [ -n "$chromium" ]; then
    export CHROMIUM=$chromium
    HAS_BROWSER=yes
  elif [ -n "${CI:-}${ORION_E2E:-}" ]; then
    fail "no Chromium is here, and the browser tests may not be left out where CI or ORION_E2E is set ($how)"
  else
    leave_out "the browser tests are LEFT OUT: no Chromium here ($how)"
  fi
}

# The browser tests, or those that the arguments choose.
browser_tests() {
  install_web_packages
  (cd "$WEB" && ORION_BINARY=$CARGO_TARGET_DIR/debug/orion ./node_modules/.bin/playwright test "$@")
}

# ./orion test [--install] -- browser [arguments of Playwright]: the browser tests alone.
run_browser_tests() {
  local install=$1
  shift
  require_tools rust c_compiler node
  if [ "$install" = yes ] && [ -z "$(find_chromium)" ]; then "$ROOT/scripts/servers" install chromium; fi
  prepare_browser
  [ "$HAS_BROWSER" = yes ] || fail "nothing else was chosen"
  build_web
  build_tests --bins
  browser_tests "$@"
}
