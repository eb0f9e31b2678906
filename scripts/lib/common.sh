# Shared by the scripts: where the project is, how to speak, how to start and end processes.
# To be sourced. The sourcing script sets `me` (its name) and defines `usage` first.
# shellcheck shell=bash
: "${me:?}"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
umask 077
export PYTHONDONTWRITEBYTECODE=1

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "$me" "$*" >&2; }
fail() {
  warn "$*"
  exit 1
}
wrong_usage() {
  warn "$*"
  printf 'Try %s --help.\n' "$me" >&2
  exit 2
}

# -- ending: what is registered last is done first ------------------------------------------------

at_exit_commands=()
at_exit() { at_exit_commands+=("$1"); }
run_at_exit() {
  local status=$? i
  trap '' INT TERM HUP # a second Ctrl-C must not leave half of it behind
  for ((i = ${#at_exit_commands[@]} - 1; i >= 0; i--)); do
    "${at_exit_commands[i]}" || true
  done
  exit "$status"
}
trap run_at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Starts a command in the background, in a session of its own, so that Ctrl-C reaches this script
# alone and the script decides the order of ending. The command gets SIGTERM if the script is killed.
# Sets `started` to its process id.
start_child() {
  setsid setpriv --pdeathsig TERM -- "$@" &
  started=$!
}

is_alive() { kill -0 "$1" 2>/dev/null; }

# await_end PID SECONDS: whether it has ended within that time.
await_end() {
  local tenths=$(($2 * 10))
  while is_alive "$1"; do
    ((tenths-- > 0)) || return 1
    sleep 0.1
  done
}

# stop_process PID SIGNAL SECONDS: asks it to end, waits, and ends it by force after that.
stop_process() {
  kill "-$2" "$1" 2>/dev/null || return 0
  await_end "$1" "$3" || {
    warn "process $1 did not end in $3 s: ending it by force"
    kill -KILL "$1" 2>/dev/null || true
  }
}

# Runs a command and waits for it, yet stays open to signals: they end the command and whatever it
# started. (Bash would put a signal off until a command in the foreground is done.)
supervised_group=
end_supervised() {
  [[ -n $supervised_group ]] || return 0
  kill -TERM -- "-$supervised_group" 2>/dev/null || return 0
  await_end "$supervised_group" 20 || true
  kill -KILL -- "-$supervised_group" 2>/dev/null || true
}
supervised() {
  local status=0
  start_child "$@"
  supervised_group=$started
  at_exit end_supervised
  wait "$supervised_group" || status=$?
  supervised_group=
  return "$status"
}

# -- small helpers ----------------------------------------------------------------------------------

random_hex() { od -An -N"${1:-24}" -tx1 /dev/urandom | tr -d ' \n'; }

# write_secret FILE TEXT: mode 0600 from its first moment (umask 077), whole or not at all.
write_secret() {
  printf '%s\n' "$2" >"$1.new"
  mv -f "$1.new" "$1"
}

port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))
    port_in_use "$port" || { printf '%s' "$port" && return 0; }
  done
  return 1
}

# var/ holds the private database and keys. PostgreSQL refuses to run as root and then runs as the
# user postgres, who has to pass through var/ to its data: var/ is 0711 for root, and everything
# secret in it is 0600 or 0700. For anybody else it is 0700.
make_var() {
  mkdir -p "$root/var"
  [[ -w $root/var ]] ||
    fail "var/ belongs to somebody else ($(stat -c %U "$root/var")): run this as that user"
  if ((EUID == 0)); then chmod 0711 "$root/var"; else chmod 0700 "$root/var"; fi
}
