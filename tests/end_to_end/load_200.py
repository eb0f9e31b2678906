"""Load, not a test: 200 businesses, each with two runs of 50 leads at once.

Prints what was reached as a table, or with --json as one object. The carrier is the simulated one on
this machine, as a process of its own, so that its work is not counted as the server's."""

import argparse
import json
import os
import pathlib
import resource
import sys
import tempfile
import time

from harness import (ADMIN_KEY, SCRIPT, UNSAFE_BUT_FAST, CarrierProcess, Psql, Server, create_database,
                     drop_database, fictional_leads, fictional_number, life_options, migrate, wait_for,
                     write_settings)

MOST_BUSINESSES, MOST_LEADS, MOST_SECONDS = 1000, 1000, 900


def fill(api, businesses: int, leads: int) -> list:
    """[(business, lead ids)]: each has a caller ID of its own."""
    made = []
    for number in range(businesses):
        business = api.post("/businesses", {
            "name": f"Load {number}", "default_script": SCRIPT,
            "phone_e164": fictional_number(number // 100, number % 100)})
        made.append((business, api.import_leads(business["id"], fictional_leads(leads, area=20 + number % 30))))
    return made


def start_runs(api, made: list, runs: int) -> int:
    """Deals each business's leads out to `runs` runs, which compete; the number of calls to come."""
    calls = 0
    for business, leads in made:
        for part in range(runs):
            chosen = leads[part::runs]
            api.post(f"/businesses/{business['id']}/runs", {"lead_ids": chosen})
            calls += len(chosen)
    return calls


class Spent:
    """What server, carrier and PostgreSQL (all of it) have used up since this was made."""

    def __init__(self, server: Server, carrier: CarrierProcess, sql: Psql):
        self.server, self.carrier, self.sql = server, carrier, sql
        self.postmaster = int(self._proc(sql.value("SELECT pg_backend_pid()")).split()[1])
        self.before = self._now()

    @staticmethod
    def _proc(pid) -> str:
        """/proc/PID/stat behind the name: state, parent, …"""
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]

    def _postgres_cpu(self) -> float:
        ticks = 0
        for folder in pathlib.Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                fields = self._proc(folder.name).split()
            except OSError:
                continue  # it has ended meanwhile
            if int(folder.name) == self.postmaster:
                ticks += sum(map(int, fields[11:15]))  # with its ended children
            elif int(fields[1]) == self.postmaster:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _now(self) -> dict:
        commits, wal = self.sql.rows("SELECT xact_commit, pg_current_wal_lsn() - '0/0'::pg_lsn FROM pg_stat_database"
                                     " WHERE datname = current_database()")[0]
        return {"server_cpu_us": self.server.cpu_seconds() * 1e6, "carrier_cpu_us": self.carrier.cpu_seconds() * 1e6,
                "postgres_cpu_us": self._postgres_cpu() * 1e6, "commits": float(commits), "wal_bytes": float(wal)}

    def per_call(self, calls: int) -> dict:
        now = self._now()
        return {name + "_per_call": round((now[name] - self.before[name]) / max(calls, 1), 2) for name in now}


def measure(server: Server, carrier_process: CarrierProcess, sql: Psql, made: list, runs: int, limit_s: float) -> dict:
    carrier, spent = carrier_process.carrier, Spent(server, carrier_process, sql)
    begun = time.monotonic()
    calls = start_runs(server.api(), made, runs)
    finished = True
    try:
        wait_for("all runs to end", lambda: sql.value(
            "SELECT count(*) FROM outbound_call_runs WHERE ended_at IS NULL") == "0", limit_s, 0.1)
    except TimeoutError:
        finished = False
    seconds = time.monotonic() - begun
    seen = carrier.observer()
    jobs = dict((row[0], int(row[1])) for row in sql.rows(
        "SELECT status, count(*) FROM outbound_call_jobs GROUP BY status"))
    return {"businesses": len(made), "runs": len(made) * runs, "calls_wanted": calls, "finished": finished,
            "seconds": round(seconds, 2), "calls": seen["calls"],
            "calls_per_second": round(seen["calls"] / seconds, 1), "jobs": jobs,
            "gap_p50_ms": seen["gaps"]["p50_ms"], "gap_p99_ms": seen["gaps"]["p99_ms"],
            "highest_live_per_business": max((c["highest"] for c in seen["callers"]), default=0),
            "highest_live": seen["highest_live"], "violations": seen["violations"],
            "numbers_called_twice": seen["repeated_numbers_total"],
            "overlapping_calls": seen["overlapping_calls"],
            "server_rss_mb": round(server.resident_bytes() / 2**20, 1),
            **spent.per_call(seen["calls"])}


def load(chosen) -> dict:
    server_url, name = os.environ["RINGMASTER_TEST_DATABASE_URL"], f"load_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="ringmaster-load.") as made_here:
        folder, programs = pathlib.Path(made_here), []
        database_url = create_database(server_url, name)
        try:
            migrate(database_url, folder, write_settings(folder, UNSAFE_BUT_FAST))
            programs.append(CarrierProcess(folder, life_options(
                answered=1, machine=0, busy=0, no_answer=0, failed=0, setup_ms=chosen.call_ms,
                ring_ms="0", talk_ms=chosen.call_ms)))
            carrier = programs[0]
            programs.append(Server(folder, database_url, ADMIN_KEY, carrier_url=carrier.url,
                                   changes={**UNSAFE_BUT_FAST, "log": {"level": chosen.log}}))
            sql = Psql(database_url)
            made = fill(programs[1].api(), chosen.businesses, chosen.leads * chosen.runs)
            sql.rows("ANALYZE")
            figures = measure(programs[1], carrier, sql, made, chosen.runs, chosen.seconds)
            sql.close()
            return figures
        finally:
            for program in reversed(programs):
                program.end()
            drop_database(server_url, name)


def bounded(most: int):
    def read(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from 1 to {most}")
        return value
    return read


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--businesses", type=bounded(MOST_BUSINESSES), default=200)
    arguments.add_argument("--leads", type=bounded(MOST_LEADS), default=50, help="of each run")
    arguments.add_argument("--runs", type=bounded(10), default=2, help="of each business, at once")
    arguments.add_argument("--call-ms", default="20-60", help="how long setup and talk take each")
    arguments.add_argument("--seconds", type=bounded(MOST_SECONDS), default=300, help="ends then, done or not")
    arguments.add_argument("--log", default="info", choices=("debug", "info", "warn"), help="the server's log level")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    figures = load(chosen)
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):28} {value}")
    held = not (figures["violations"] or figures["numbers_called_twice"] or figures["overlapping_calls"])
    return 0 if figures["finished"] and held else 1


if __name__ == "__main__":
    sys.exit(main())
