# shellcheck shell=bash
# What the examples need beyond Rust: npm packages in their folder, and a virtual environment of Python's, which
# ORION_EXAMPLE_PYTHON tells the Rust tests it::examples of. They are left out where those are missing.

readonly EXAMPLES=$ROOT/examples/verify-token
HAS_TYPESCRIPT_EXAMPLE=no

# Switches their tests on, with what is here or is installed now.
prepare_examples() {
  local install=$1
  prepare_typescript_example "$install"
  prepare_python_example "$install"
}

# Compiled each time: it takes a second, and is the type check as well.
prepare_typescript_example() {
  local folder=$EXAMPLES/typescript
  local installed=$folder/node_modules/.installed-lock.json
  if [ "$1" = yes ] && ! cmp -s "$folder/package-lock.json" "$installed"; then
    heading "test: installing the packages of the TypeScript example"
    (cd "$folder" && npm ci --no-audit --no-fund >&2) || fail "npm ci failed in $folder: see its message above"
    cp "$folder/package-lock.json" "$installed"
  fi
  if cmp -s "$folder/package-lock.json" "$installed"; then
    (cd "$folder" && npm run --silent build >&2) || fail "the TypeScript example does not compile: see above"
    # shellcheck disable=SC2034 # is_met asks for it
    HAS_TYPESCRIPT_EXAMPLE=yes
  else
    leave_out "the TypeScript example is LEFT OUT: no packages here (./orion test --install, or: npm ci in $folder)"
  fi
}

# A virtual environment of its own, made whole or not at all, and anew when the requirements are others.
prepare_python_example() {
  local wanted=$EXAMPLES/python/requirements.txt place=${XDG_CACHE_HOME:-$HOME/.cache}/orion/verify-token-python
  if [ -z "${ORION_EXAMPLE_PYTHON:-}" ]; then
    if [ "$1" = yes ] && ! cmp -s "$wanted" "$place/requirements.txt"; then
      python3 -c 'import ensurepip' 2>/dev/null || "$ROOT/scripts/servers" install python
      heading "test: installing the packages of the Python example"
      rm -rf "$place"
      if ! { python3 -m venv "$place" && "$place/bin/pip" install --quiet --requirement "$wanted"; } >&2; then
        rm -rf "$place"
        fail "the packages of the Python example cannot be installed: see pip's message above"
      fi
      cp "$wanted" "$place/requirements.txt"
    fi
    if cmp -s "$wanted" "$place/requirements.txt"; then ORION_EXAMPLE_PYTHON=$place/bin/python; fi
  fi
  if [ -n "${ORION_EXAMPLE_PYTHON:-}" ]; then
    export ORION_EXAMPLE_PYTHON
  else
    leave_out "the Python example is LEFT OUT: no packages here (./orion test --install, or ORION_EXAMPLE_PYTHON)"
  fi
}
