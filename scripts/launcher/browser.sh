# shellcheck shell=bash
# The browser test drives a real Chromium. ORION_E2E=1 tells the launcher to run the Rust test it::admin::browser;
# CHROMIUM tells web/e2e which browser.

# The path of a Chromium on this machine; nothing when there is none.
find_chromium() {
  local candidate
  for candidate in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Chromium.app/Contents/MacOS/Chromium" "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if command -v "$candidate" 2>/dev/null; then return 0; fi
  done
}

# Switches the browser test on where a browser is.
prepare_browser() {
  local chromium
  chromium=$(find_chromium)
  if [ -n "$chromium" ]; then
    export ORION_E2E=1 CHROMIUM=$chromium
  elif [ -n "${ORION_E2E:-}" ]; then
    fail "ORION_E2E is set, but no Chromium is here: ./orion test --install, or $(how_to chromium 'brew install --cask chromium' 'install chromium')"
  else
    leave_out "the browser tests are LEFT OUT: no Chromium here ($(how_to chromium 'brew install --cask chromium' 'install chromium'), or ./orion test --install)"
  fi
}
