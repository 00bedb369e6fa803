# shellcheck shell=bash
# The launcher's own words, and the commit hooks.

show_help() {
  cat <<'TEXT'
usage: ./orion <word> [arguments…]

  up            build what is stale, then run all five services in one process
  test          the whole suite on the embedded mix, contracts and the main job on the production mix
                  --embedded  no servers   --full  everything on all three mixes
                  --install   install what the tests need first (Debian)   -- ARGS  passed to the test runner
                  -- browser  the browser tests alone; ARGS after it are Playwright's
  lint          format, clippy, dependency direction, file sizes, web; what CI asks for
  fmt           format Rust and web code (--check only looks)
  bench NAME    measure: start, memory, gateway, auth, refresh, register, users, first-content
                  (--base BINARY: beside another binary)
  web [WORD]    the web app: dev (default), build, test, lint
  hooks         switch the commit hooks of .githooks on

Any other word goes to the binary, built first if it is stale. ORION_PROFILE=dev takes the debug build;
CARGO_TARGET_DIR moves the build away from ~/.cache/orion/target.
TEXT
  if binary_is_fresh; then
    printf '\nThe binary:\n\n'
    "$(binary_path)" --help
  fi
}

switch_hooks_on() {
  git -C "$ROOT" config core.hooksPath .githooks
  note "commit hooks are on (.githooks); off again: git config --unset core.hooksPath"
}
