# shellcheck shell=bash
# The same three servers by compose.test.yaml, where a container engine runs.

compose_available() { docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }

# compose_do FOLDER ARGS…: calls docker compose for the folder's project.
compose_do() (
  ORION_TEST_PASSWORD=$(cat "$1/password")
  export ORION_TEST_PASSWORD
  docker compose --project-name "$(cat "$1/project")" --file "$ROOT/compose.test.yaml" "${@:2}"
)

compose_start() {
  local folder=$1 need password address
  shift
  mkdir -p "$folder"
  password=$(random_password)
  (umask 077 && echo "$password" >"$folder/password")
  echo "orion-test-$$" >"$folder/project"
  say "containers for $*"
  compose_do "$folder" up --detach --wait "$@" >&2
  for need in "$@"; do
    case $need in
      postgres)
        address=$(compose_do "$folder" port postgres 5432)
        echo "export ORION_DATABASE_URL=postgres://orion:$password@$address/postgres"
        ;;
      redis)
        address=$(compose_do "$folder" port redis 6379)
        echo "export ORION_REDIS_URL=redis://default:$password@$address"
        ;;
      rabbitmq)
        address=$(compose_do "$folder" port rabbitmq 5672)
        echo "export ORION_AMQP_URL=amqp://orion:$password@$address/%2f"
        ;;
    esac
  done >"$folder/address"
}

compose_stop() { compose_do "$1" down --volumes --timeout 5 >/dev/null 2>&1; }
