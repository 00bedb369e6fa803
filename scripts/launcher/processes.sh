# shellcheck shell=bash
# Running long commands so that they, and the servers beside them, end with the launcher, however it ends.

RUNNING_GROUP=''
SERVERS_FOLDER=''

# run_logged LOG COMMAND…: runs a command in a process group of its own, shows its output and keeps a copy. Bash handles
# a signal only between foreground commands; waiting for a background group, it handles it at once.
run_logged() {
  local log=$1 status=0
  shift
  set -m
  (
    set -o pipefail
    "$@" 2>&1 | tee "$log"
  ) </dev/null >&2 &
  RUNNING_GROUP=$!
  set +m
  wait "$RUNNING_GROUP" || status=$?
  RUNNING_GROUP=''
  return "$status"
}

# Ends what still runs. Called by the traps.
clean_up() {
  # A second Ctrl-C must not leave servers behind.
  trap '' INT TERM HUP
  if [ -n "$RUNNING_GROUP" ]; then
    kill -TERM -- "-$RUNNING_GROUP" 2>/dev/null || true
    wait "$RUNNING_GROUP" 2>/dev/null || true
  fi
  if [ -n "$SERVERS_FOLDER" ]; then
    "$ROOT/scripts/servers" stop "$SERVERS_FOLDER" || true
    rm -rf "$SERVERS_FOLDER"
  fi
  [ -z "${LOG_FOLDER:-}" ] || rm -rf "$LOG_FOLDER"
}

# From here on the launcher cleans up at its end, on failure, on Ctrl-C and when it is told to stop.
clean_up_at_exit() {
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# Starts those of PostgreSQL, Redis and RabbitMQ whose addresses are not in the environment, and exports the addresses.
start_servers() {
  local addresses needs
  needs=$(servers_needed)
  [ -n "$needs" ] || return 0
  SERVERS_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/orion-servers.XXXXXX")
  # shellcheck disable=SC2086 # a list of words
  addresses=$("$ROOT/scripts/servers" start "$SERVERS_FOLDER" $needs) || return 1
  eval "$addresses"
}

# The names of the servers that no variable tells the address of.
servers_needed() {
  [ -n "${ORION_DATABASE_URL:-}" ] || echo postgres
  [ -n "${ORION_REDIS_URL:-}" ] || echo redis
  [ -n "${ORION_AMQP_URL:-}" ] || echo rabbitmq
}
