# shellcheck shell=bash
# Schemathesis asks every service what its own OpenAPI document allows and forbids. ORION_SCHEMATHESIS tells the Rust test
# it::operations::documented_api where the program is; beside it stands a validator of the documents themselves.

readonly SCHEMATHESIS_VERSION=4.32.5
readonly VALIDATOR_VERSION=0.9.0

# Switches the test on: with the program that the caller names, one on the path, or one installed for it here.
prepare_schemathesis() {
  local install=$1 place=${XDG_CACHE_HOME:-$HOME/.cache}/orion/schemathesis-$SCHEMATHESIS_VERSION-$VALIDATOR_VERSION
  if [ -z "${ORION_SCHEMATHESIS:-}" ]; then
    if command -v schemathesis >/dev/null && command -v openapi-spec-validator >/dev/null; then
      ORION_SCHEMATHESIS=$(command -v schemathesis)
    else
      [ "$install" = no ] || install_schemathesis "$place"
      [ ! -x "$place/bin/schemathesis" ] || ORION_SCHEMATHESIS=$place/bin/schemathesis
    fi
  fi
  if [ -n "${ORION_SCHEMATHESIS:-}" ]; then
    export ORION_SCHEMATHESIS
  else
    leave_out "the run by the OpenAPI documents is LEFT OUT: no schemathesis here (./orion test --install, or: pip install schemathesis openapi-spec-validator)"
  fi
}

# A virtual environment of its own, made whole or not at all.
install_schemathesis() {
  local place=$1
  [ ! -x "$place/bin/schemathesis" ] || return 0
  python3 -c 'import ensurepip' 2>/dev/null || "$ROOT/scripts/servers" install python
  heading "test: installing schemathesis $SCHEMATHESIS_VERSION"
  rm -rf "$place"
  if ! { python3 -m venv "$place" && "$place/bin/pip" install --quiet "schemathesis==$SCHEMATHESIS_VERSION" "openapi-spec-validator==$VALIDATOR_VERSION"; } >&2; then
    rm -rf "$place"
    fail "schemathesis cannot be installed: see pip's message above"
  fi
}
