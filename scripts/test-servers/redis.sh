# shellcheck shell=bash
# Redis.

redis_installed() { command -v redis-server >/dev/null 2>&1; }

redis_how_to_get() {
  if on_debian; then
    echo "Redis 7 or newer: apt-get install redis-server"
  elif on_macos; then
    echo "Redis 7 or newer: brew install redis"
  else
    echo "Redis 7 or newer: your system's server package"
  fi
}

redis_start() {
  local folder=$1 port password
  port=$(free_ports 1)
  password=$(random_password)
  mkdir -p "$folder"
  # A file, because a password among the arguments is shown by ps.
  (umask 077 && cat >"$folder/redis.conf") <<CONF
bind 127.0.0.1
port $port
requirepass $password
dir "$folder"
save ""
appendonly yes
daemonize yes
pidfile "$folder/pid"
logfile "$folder/server.log"
CONF
  say "Redis on port $port"
  redis-server "$folder/redis.conf" >"$folder/start.log" 2>&1 </dev/null || true
  echo "export ORION_REDIS_URL=redis://default:$password@127.0.0.1:$port" >"$folder/address"
}

redis_wait() { wait_until 15 grep -q 'Ready to accept connections' "$1/server.log" || did_not_start Redis "$1/server.log"; }

redis_stop() {
  local pid
  # Redis removes the file when it ends.
  pid=$(cat "$1/pid" 2>/dev/null) || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  end_process "$pid" 10
}
