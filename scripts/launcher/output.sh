# shellcheck shell=bash
# What the launcher says. All of it goes to standard error, so that the binary's own output can be piped.

# shellcheck disable=SC2034 # used by the other parts
if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\033[1m' RED=$'\033[31m' YELLOW=$'\033[33m' GREEN=$'\033[32m' RESET=$'\033[0m'
else
  BOLD='' RED='' YELLOW='' GREEN='' RESET=''
fi

# Announces a step.
heading() { printf '%s==> %s%s\n' "$BOLD" "$*" "$RESET" >&2; }

# Says something within a step.
note() { printf '    %s\n' "$*" >&2; }

# Says that something was left out or looks wrong, and goes on.
warn() { printf '%swarning:%s %s\n' "$YELLOW" "$RESET" "$*" >&2; }

# Says why the launcher stops, and stops.
fail() {
  printf '%serror:%s %s\n' "$RED" "$RESET" "$*" >&2
  exit 1
}

# The words that were typed cannot be followed: 2, as the binary has it.
misuse() {
  printf '%serror:%s %s\n' "$RED" "$RESET" "$*" >&2
  exit 2
}
