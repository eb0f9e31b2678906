# A private PostgreSQL: one directory holds its data, password and log; it listens on 127.0.0.1 alone,
# with a password, and ends with the script that started it. To be sourced after common.sh.
# shellcheck shell=bash

pg_pid=  # the server that pg_start started or found
pg_port= # where it listens
pg_url=  # superuser's URL of the maintenance database
pg_bin= # where the programs are
pg_sockets= # the folder of its socket, if it has one

# The newest installed version from 15 on, or the one that made the data in directory $1.
pg_find_programs() {
  local program version made=
  [[ ! -r $1/data/PG_VERSION ]] || made=$(<"$1/data/PG_VERSION")
  for program in /usr/lib/postgresql/*/bin/initdb; do
    version=${program#/usr/lib/postgresql/} version=${version%%/*}
    if [[ -x $program && $version =~ ^[0-9]+$ ]] && ((version >= 15)) &&
      [[ -z $made || $version == "$made" ]]; then
      pg_bin=${program%/initdb}
    fi
  done
  [[ -z $pg_bin ]] || {
    PATH=$pg_bin:$PATH # psql too: the system's is a slow wrapper
    return 0
  }
  fail "PostgreSQL ${made:-15 or newer} is not installed: run scripts/packages"
}

# As root everything of PostgreSQL runs as the system user postgres, else as oneself.
pg_as=()
pg_identity=()
pg_owner() {
  ((EUID == 0)) || return 0
  id -u postgres >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin postgres
  pg_identity=(--reuid=postgres --regid=postgres --init-groups)
  pg_as=(setpriv "${pg_identity[@]}" --)
}

# Prepares DIR/data for its owner. A checkout below a closed directory (/root) can't be reached by
# the user postgres: then DIR/data points to a directory of its own in /var/lib.
pg_prepare_directory() {
  local dir=$1 elsewhere
  mkdir -p "$dir"
  ((EUID == 0)) || return 0
  chmod 0711 "$dir"
  if [[ ! -e $dir/data ]] && ! "${pg_as[@]}" test -x "$dir" 2>/dev/null; then
    elsewhere=/var/lib/ringmaster/$(printf '%s' "$dir" | cksum | cut -d' ' -f1)
    install -d -m 0755 /var/lib/ringmaster
    install -d -m 0711 "$elsewhere"
    ln -sfn "$elsewhere/data" "$dir/data"
  fi
}

# Makes the data beside its place and moves it there when whole: an interrupted start leaves nothing.
pg_init() {
  local dir=$1 durability=$2 data auth=scram-sha-256 sync=()
  [[ ! -e $dir/data/PG_VERSION ]] || return 0
  data=$(readlink -m "$dir/data")
  # Tests connect thousands of times, and SCRAM means to be slow (30 ms each time on a small machine).
  [[ $durability == durable ]] || sync=(--no-sync) auth=md5
  rm -rf "$data" "$data.new"
  mkdir -m 0700 "$data.new"
  write_secret "$dir/password" "$(random_hex 24)"
  cp "$dir/password" "$data.password"
  ((EUID != 0)) || chown postgres: "$data.new" "$data.password"
  (
    cd /
    "${pg_as[@]}" "$pg_bin/initdb" --pgdata="$data.new" --username=ringmaster --encoding=UTF8 \
      --locale=C.UTF-8 --auth="$auth" --pwfile="$data.password" "${sync[@]}"
  ) >"$dir/initdb.log" 2>&1 || {
    cat "$dir/initdb.log" >&2
    rm -rf "$data.new" "$data.password"
    fail "PostgreSQL could not create its data in $data"
  }
  rm -f "$data.password"
  mv "$data.new" "$data"
}

# The server that already runs on DIR, if any: sets pg_pid and pg_port.
pg_find_running() {
  local dir=$1 lines
  [[ -r $dir/data/postmaster.pid ]] || return 1
  mapfile -t lines <"$dir/data/postmaster.pid"
  [[ ${lines[0]:-} =~ ^[0-9]+$ && ${lines[3]:-} =~ ^[0-9]+$ ]] || return 1
  [[ $(readlink "/proc/${lines[0]}/exe") == "$pg_bin/postgres" ]] || return 1
  "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "${lines[3]}" || return 1
  pg_pid=${lines[0]} pg_port=${lines[3]}
}

# Starts a server on DIR and port: 0 ready, 1 not (its reason is in DIR/log).
pg_launch() {
  local dir=$1 port=$2 data options=() tenths=1200
  shift 2
  data=$(readlink -m "$dir/data")
  for setting in listen_addresses=127.0.0.1 "port=$port" unix_socket_directories= \
    max_connections=200 log_min_messages=warning "$@"; do
    options+=(-c "$setting")
  done
  cd /
  # SIGINT is PostgreSQL's fast shutdown: it gets that if this script is killed.
  setsid setpriv "${pg_identity[@]}" --pdeathsig INT -- \
    "$pg_bin/postgres" -D "$data" "${options[@]}" >"$dir/log" 2>&1 </dev/null &
  pg_pid=$!
  cd "$OLDPWD" || return 1
  while ((tenths-- > 0)); do
    is_alive "$pg_pid" || return 1
    ! "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$port" || return 0
    sleep 0.1
  done
  stop_process "$pg_pid" INT 10
  return 1
}

# pg_start DIR durable|fast|simulation: makes, finds or starts the server of DIR; sets pg_url and
# pg_pid. "fast" forgoes fsync, for tests; "simulation" also what only a server needs that lives long,
# and listens on a socket in pg_sockets besides (empty where the path is too long for one). The caller ends it with pg_stop (at_exit pg_stop).
pg_start() {
  local dir=$1 durability=$2 attempt settings=()
  pg_find_programs "$dir"
  pg_owner
  pg_prepare_directory "$dir"
  local owner=postgres
  ((EUID == 0)) || owner=$(id -un)
  [[ ! -e $dir/data || $(stat -Lc %U "$dir/data") == "$owner" ]] ||
    fail "$dir/data belongs to $(stat -Lc %U "$dir/data"): run this as the user who made it"
  pg_init "$dir" "$durability"
  # After a crash one call syncs all files, instead of one for each of a thousand.
  settings=(recovery_init_sync_method=syncfs)
  [[ $durability == durable ]] || settings=(fsync=off full_page_writes=off)
  if [[ $durability == simulation ]]; then
    # In the data itself: that the server's user can reach, wherever DIR is.
    pg_sockets=$(readlink -m "$dir/data")
    ((${#pg_sockets} <= 80)) || pg_sockets='' # an address has 107 bytes
    # Plans: nothing is planned twice, whatever numbers a statement is asked with. WAL: its writer
    # flushes what it finds, or else each COMMIT that nobody waits for wakes it.
    settings+=("unix_socket_directories=$pg_sockets" wal_level=minimal max_wal_senders=0 wal_writer_flush_after=0
      max_wal_size=4GB checkpoint_timeout=1d autovacuum=off track_counts=off track_activities=off
      update_process_title=off jit=off enable_seqscan=off plan_cache_mode=force_generic_plan
      max_parallel_workers_per_gather=0 shared_buffers=256MB)
  fi
  if ! pg_find_running "$dir"; then
    # The port of the last time, so that addresses stay valid, or another one.
    [[ ! -r $dir/port ]] || pg_port=$(<"$dir/port")
    for attempt in 1 2 3 4 5; do
      if [[ -z $pg_port ]] || port_in_use "$pg_port"; then pg_port=$(free_port); fi
      ! pg_launch "$dir" "$pg_port" "${settings[@]}" || break
      pg_pid='' pg_port=''
      if ((attempt == 5)) || ! grep -q 'could not bind\|could not create any TCP' "$dir/log"; then
        cat "$dir/log" >&2
        fail "PostgreSQL did not start on $dir/data"
      fi
    done
    printf '%s\n' "$pg_port" >"$dir/port"
  fi
  # shellcheck disable=SC2034 # for the sourcing script
  pg_url="postgresql://ringmaster:$(<"$dir/password")@127.0.0.1:$pg_port/postgres"
}

pg_stop() {
  [[ -z $pg_pid ]] || stop_process "$pg_pid" INT 30
  pg_pid=
}

# A directory for a throw-away server: sets pg_directory; pg_throw_away stops the server and removes
# it. What a killed script left behind is removed first.
pg_directory=
pg_make_throw_away() {
  local old base=${TMPDIR:-/tmp}
  for old in "$base"/ringmaster-pg.*.??????; do
    [[ -O $old && $old =~ \.([0-9]+)\.[^.]+$ ]] || continue
    is_alive "${BASH_REMATCH[1]}" || rm -rf "$old"
  done
  pg_directory=$(mktemp -d "$base/ringmaster-pg.$$.XXXXXX")
}
pg_throw_away() {
  pg_stop
  [[ -z $pg_directory ]] || rm -rf "$(readlink -m "$pg_directory/data")" "$pg_directory"
}

# The database that a script is about: sets database_url to DATABASE_URL, or to that of scripts/run's
# private server, which is started for as long as the script runs unless it runs already.
database_url=
pg_choose_database() {
  if [[ -n ${DATABASE_URL:-} ]]; then
    pg_find_programs /nonexistent
    database_url=$DATABASE_URL
    return
  fi
  [[ -r $root/var/postgres/password ]] ||
    fail "there is no private database here yet (scripts/run makes it): set DATABASE_URL"
  pg_find_programs "$root/var/postgres"
  pg_find_running "$root/var/postgres" || at_exit pg_stop
  pg_start "$root/var/postgres" durable
  # shellcheck disable=SC2034 # for the sourcing script
  database_url=${pg_url%/postgres}/ringmaster
}
