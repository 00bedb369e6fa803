# shellcheck shell=bash
# Installs what the tests need from Debian's packages. Only what is not here yet; no server of the packages is started.

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# install_packages [postgres redis rabbitmq pgbouncer chromium python]
install_packages() {
  local need packages=''
  for need in "$@"; do
    case $need in
      postgres) postgres_installed || packages="$packages postgresql" ;;
      redis) redis_installed || packages="$packages redis-server" ;;
      rabbitmq) rabbitmq_installed || packages="$packages rabbitmq-server" ;;
      # The tests start it themselves, in front of PostgreSQL.
      pgbouncer) command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || packages="$packages pgbouncer" ;;
      chromium) command -v chromium >/dev/null 2>&1 || packages="$packages chromium" ;;
      python) python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv" ;;
      *)
        echo "error: cannot install \"$need\"; known are postgres, redis, rabbitmq, pgbouncer, chromium, python" >&2
        return 2
        ;;
    esac
  done
  [ -n "$packages" ] || return 0
  if ! on_debian || ! as_root true 2>/dev/null; then
    echo "error: --install works on Debian and Ubuntu, as root or with sudo; install by hand:$packages" >&2
    return 1
  fi
  printf '==> installing:%s\n' "$packages" >&2
  hold_services_back
  # shellcheck disable=SC2086 # a list of words
  apt_get update && apt_get install --yes --no-install-recommends $packages
}

# apt-get without questions, and without its thousand lines unless it fails. ERL_EPMD_PORT sends RabbitMQ's
# installation, which starts Erlang's port mapper and leaves it running, to a mapper of its own, which is ended below.
apt_get() {
  local log
  log=$(mktemp)
  if ! as_root env DEBIAN_FRONTEND=noninteractive ERL_EPMD_PORT="$MAPPER_PORT" \
    apt-get -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null; then
    echo "error: apt-get $* failed; the end of what it said:" >&2
    tail -n 40 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# Debian's packages start their servers at once, unless this file says no. It is taken away again at the end.
hold_services_back() {
  MAPPER_PORT=$(free_ports 1)
  POLICY=''
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    POLICY=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
  fi
  trap 'let_services_go' EXIT
}

let_services_go() {
  [ -z "$POLICY" ] || as_root rm -f "$POLICY"
  if command -v epmd >/dev/null 2>&1; then as_root env ERL_EPMD_PORT="$MAPPER_PORT" epmd -kill >/dev/null 2>&1 || true; fi
}
