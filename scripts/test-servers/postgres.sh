# shellcheck shell=bash
# PostgreSQL: a cluster of its own, made anew each time.

# The folder of the server's programs; Debian keeps them off the path.
postgres_programs() {
  local folder found=''
  for folder in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then found=$folder; fi
  done
  if [ -z "$found" ] && command -v initdb >/dev/null 2>&1; then found=$(dirname "$(command -v initdb)"); fi
  [ -n "$found" ] && echo "$found"
}

postgres_installed() { postgres_programs >/dev/null; }

postgres_how_to_get() {
  if on_debian; then
    echo "PostgreSQL 14 or newer: apt-get install postgresql"
  elif on_macos; then
    echo "PostgreSQL 14 or newer: brew install postgresql@17"
  else
    echo "PostgreSQL 14 or newer: your system's server package"
  fi
}

# PostgreSQL refuses to run as root; its package made a user for it.
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

postgres_start() {
  local folder=$1 programs port password locale
  programs=$(postgres_programs)
  port=$(free_ports 1)
  password=$(random_password)
  # Case folding as in production; where the machine lacks the locale, PostgreSQL's own.
  if locale -a 2>/dev/null | grep -qixE 'C\.utf-?8'; then locale=--locale=C.UTF-8; else locale=--no-locale; fi
  mkdir -p "$folder"
  echo "$password" >"$folder/password"
  chmod 600 "$folder/password"
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
  say "PostgreSQL on port $port"
  if ! as_postgres "$programs/initdb" -D "$folder/data" -U orion -A scram-sha-256 --pwfile="$folder/password" \
    --encoding=UTF8 "$locale" --no-sync >"$folder/initdb.log" 2>&1; then
    did_not_start PostgreSQL "$folder/initdb.log"
    return 1
  fi
  # Tests run many platforms at once: many connections.
  {
    echo "port = $port"
    echo "listen_addresses = '127.0.0.1'"
    echo "unix_socket_directories = ''"
    echo "max_connections = 300"
    # A crash of the machine may lose a test's data: no fsync. A benchmark measures what has reached the disk.
    if [ -z "${ORION_SERVERS_DURABLE:-}" ]; then
      echo "fsync = off"
      echo "synchronous_commit = off"
      echo "full_page_writes = off"
    fi
  } >>"$folder/data/postgresql.conf"
  as_postgres "$programs/pg_ctl" -D "$folder/data" -W -l "$folder/data/server.log" start >/dev/null 2>&1 </dev/null || true
  echo "$port" >"$folder/port"
  echo "export ORION_DATABASE_URL=postgres://orion:$password@127.0.0.1:$port/postgres" >"$folder/address"
}

postgres_wait() {
  wait_until 30 as_postgres "$(postgres_programs)/pg_isready" -q -h 127.0.0.1 -p "$(cat "$1/port")" ||
    did_not_start PostgreSQL "$1/data/server.log"
}

postgres_stop() {
  local pid
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) || return 0
  as_postgres "$(postgres_programs)/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null 2>&1 || kill -QUIT "$pid"
}
