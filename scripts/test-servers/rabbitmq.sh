# shellcheck shell=bash
# RabbitMQ: a node of its own with its own Erlang port mapper, so that nothing of an installed broker is touched.

# The folder of the broker's programs. Debian's ones on the path insist on the user rabbitmq; these do not.
rabbitmq_programs() {
  if [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
    echo /usr/lib/rabbitmq/bin
  elif command -v rabbitmq-server >/dev/null 2>&1; then
    dirname "$(command -v rabbitmq-server)"
  else
    return 1
  fi
}

rabbitmq_installed() { rabbitmq_programs >/dev/null; }

rabbitmq_how_to_get() {
  if on_debian; then
    echo "RabbitMQ 3.10 or newer: apt-get install rabbitmq-server"
  elif on_macos; then
    echo "RabbitMQ 3.10 or newer: brew install rabbitmq"
  else
    echo "RabbitMQ 3.10 or newer: your system's server package"
  fi
}

# rabbitmq_do FOLDER COMMAND…: runs a command in the environment of the folder's node.
rabbitmq_do() (
  folder=$1
  shift
  read -r port distribution_port mapper_port <"$folder/ports"
  export HOME=$folder RABBITMQ_NODENAME=orion@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$port
  export RABBITMQ_DIST_PORT=$distribution_port ERL_EPMD_PORT=$mapper_port ERL_EPMD_ADDRESS=127.0.0.1
  export RABBITMQ_MNESIA_BASE=$folder/data RABBITMQ_LOG_BASE=$folder/log RABBITMQ_PID_FILE=$folder/pid
  export RABBITMQ_CONFIG_FILE=$folder/rabbitmq RABBITMQ_ENABLED_PLUGINS_FILE=$folder/plugins
  export RABBITMQ_CONF_ENV_FILE=$folder/rabbitmq-env.conf
  # The node answers on loopback only, and does not spin while it has nothing to do.
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"
  cd "$folder" && "$@"
)

rabbitmq_start() {
  local folder=$1 password
  password=$(random_password)
  mkdir -p "$folder/data" "$folder/log"
  free_ports 3 >"$folder/ports"
  echo '[].' >"$folder/plugins"
  : >"$folder/rabbitmq-env.conf"
  (umask 077 && cat >"$folder/rabbitmq.conf") <<CONF
default_user = orion
default_pass = $password
disk_free_limit.absolute = 50MB
CONF
  say "RabbitMQ on port $(cut -d' ' -f1 "$folder/ports")"
  rabbitmq_do "$folder" "$(rabbitmq_programs)/rabbitmq-server" -detached >"$folder/start.log" 2>&1 </dev/null || true
  echo "export ORION_AMQP_URL=amqp://orion:$password@127.0.0.1:$(cut -d' ' -f1 "$folder/ports")/%2f" >"$folder/address"
}

rabbitmq_wait() {
  if ! rabbitmq_do "$1" "$(rabbitmq_programs)/rabbitmqctl" -q wait --timeout 90 "$1/pid" >>"$1/start.log" 2>&1; then
    cat "$1"/log/*.log >>"$1/start.log" 2>/dev/null || true
    did_not_start RabbitMQ "$1/start.log"
  fi
}

rabbitmq_stop() {
  local pid
  if pid=$(cat "$1/pid" 2>/dev/null); then
    # Its work is thrown away, so it need not close down in order.
    kill -TERM "$pid" 2>/dev/null || true
    end_process "$pid" 10
  fi
  # The port mapper outlives its nodes. It is ours by its port; it may need a moment to see the node leave.
  wait_until 5 rabbitmq_do "$1" epmd -kill || true
}
