# shellcheck shell=bash
# A real OpenID provider, npm's oidc-provider, for the Rust test it::auth::oidc_provider. It stands in a folder of its own beside
# the test, with a lock of what it is made of.

readonly OIDC_PROVIDER="$ROOT/crates/testkit/oidc-provider"

oidc_provider_installed() { [ -d "$OIDC_PROVIDER/node_modules/oidc-provider" ]; }

# Installs it where that is wanted, or says that its test is left out.
prepare_oidc_provider() {
  local install=$1
  if [ "$install" = yes ] && ! oidc_provider_installed; then
    heading "test: installing oidc-provider"
    (cd "$OIDC_PROVIDER" && npm ci --no-audit --no-fund --silent) >&2 || fail "oidc-provider cannot be installed: see npm's message above"
  fi
  oidc_provider_installed ||
    leave_out "the sign-in by a real provider is LEFT OUT: no oidc-provider here (./orion test --install, or: npm ci in crates/testkit/oidc-provider)"
}
