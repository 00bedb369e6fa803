# shellcheck shell=bash
# What the servers' parts share. Standard output belongs to `start`'s export lines; all talk goes to standard error.

say() { printf '    %s\n' "$*" >&2; }

# Prints as many free loopback ports as asked for; all are held at once, so that none comes twice.
free_ports() {
  node -e '
    const { createServer } = require("node:net");
    const servers = Array.from({ length: Number(process.argv[1]) }, () => createServer().listen(0, "127.0.0.1"));
    Promise.all(servers.map((server) => new Promise((ready) => server.once("listening", ready)))).then(() => {
      console.log(servers.map((server) => server.address().port).join(" "));
      for (const server of servers) server.close();
    });' "$1"
}

# A password that is new each time: other users of the machine can reach loopback too.
random_password() { node -e 'console.log(require("node:crypto").randomBytes(16).toString("hex"))'; }

# wait_until SECONDS COMMAND…: tries a command until it succeeds or the time is over.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

# ended PID: true when no such process runs. One that its parent has not collected yet (Z) runs no longer.
ended() {
  local state
  # A slim Debian has no ps; macOS has no /proc.
  if [ -d /proc/self ]; then
    state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) || return 0
  else
    state=$(ps -o stat= -p "$1" 2>/dev/null) || return 0
  fi
  case $state in '' | Z*) return 0 ;; *) return 1 ;; esac
}

# end_process PID SECONDS: waits for a process that was asked to stop, and kills it when it does not.
end_process() { wait_until "$2" ended "$1" || kill -KILL "$1" 2>/dev/null || true; }

# did_not_start NAME LOG: shows why.
did_not_start() {
  say "$1 did not start; the end of its log:"
  tail -n 20 "$2" >&2 2>/dev/null || true
  return 1
}

on_debian() { command -v apt-get >/dev/null 2>&1; }
on_macos() { [ "$(uname -s)" = Darwin ]; }
