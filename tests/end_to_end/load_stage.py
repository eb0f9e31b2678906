"""What load programs and benchmarks stand on: a database, a carrier and a server for them alone, filled, watched
and judged."""

import argparse
import json
import os
import pathlib
import re
import resource
import tempfile
import time

from harness import (ADMIN_KEY, SCRIPT, UNSAFE_BUT_FAST, CarrierProcess, Psql, Server, create_database, drop_database,
                     fictional_leads, fictional_number, life_options, migrate, wait_for, write_settings)


def bounded(most: int, least: int = 1):
    """For argparse: a number within bounds."""
    def read(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least} to {most}")
        return value
    return read


def call_length(text: str, least: int = 0) -> str:
    """For argparse: how long calls last in ms, "300" or "200-400"."""
    first, _, last = text.partition("-")
    sound = re.fullmatch(r"[0-9]+(-[0-9]+)?", text)
    if not sound or not least <= int(first) <= int(last or first) <= 600_000:
        raise argparse.ArgumentTypeError(f"'{text}' is no length of calls from {least} to 600000 ms: 300 or 200-400")
    return text


def mean(length: str) -> float:
    """Of a length of calls."""
    first, _, last = length.partition("-")
    return (int(first) + int(last or first)) / 2


def raise_file_limit():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, most), most))


def answered_life(setup_ms="0", talk_ms="0") -> dict:
    """Every call is answered at once and talks that long."""
    return {"answered": 1, "machine": 0, "busy": 0, "no_answer": 0, "failed": 0, "setup_ms": setup_ms,
            "ring_ms": "0", "talk_ms": talk_ms}


class Stage:
    """A fresh database and a folder; carriers and servers on them. Ends and removes all of it."""

    def __init__(self, settings: dict = None):
        self.settings = {**UNSAFE_BUT_FAST, **(settings or {})}
        self.programs = []
        self._server_url, self._name = os.environ["RINGMASTER_TEST_DATABASE_URL"], f"load_{os.getpid()}_{id(self):x}"

    def __enter__(self):
        # All programs from here on leave PostgreSQL the precedence: everybody waits for its commits. (Where the kernel
        # groups processes by session, PostgreSQL is a group of its own, which does the same.)
        os.setpriority(os.PRIO_PROCESS, 0, 10)
        self._folder = tempfile.TemporaryDirectory(prefix="ringmaster-load.")
        self.folder = pathlib.Path(self._folder.name)
        self.database_url = create_database(self._server_url, self._name)
        migrate(self.database_url, self.folder, write_settings(self.folder, UNSAFE_BUT_FAST))
        self.sql = Psql(self.database_url)
        return self

    def __exit__(self, *_):
        self.end_programs()
        self.sql.close()
        drop_database(self._server_url, self._name)
        self._folder.cleanup()

    def end_programs(self):
        for program in reversed(self.programs):
            program.end()
        self.programs = []

    def start_carrier(self, life: dict, options=()) -> CarrierProcess:
        self.programs.append(CarrierProcess(self.folder, [*life_options(**life), *options]))
        return self.programs[-1]

    def start_server(self, carrier: CarrierProcess = None, changes: dict = None, **more) -> Server:
        self.programs.append(Server(self.folder, self.database_url, ADMIN_KEY, carrier_url=carrier.url if carrier else "",
                                    changes={**self.settings, **(changes or {})}, **more))
        return self.programs[-1]


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
    """What PostgreSQL (all of it) and the programs given have used up since this was made."""

    def __init__(self, sql: Psql, **programs):
        self.sql, self.programs = sql, programs
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
        return {**{f"{name}_cpu_us": program.cpu_seconds() * 1e6 for name, program in self.programs.items()},
                "postgres_cpu_us": self._postgres_cpu() * 1e6, "commits": float(commits), "wal_bytes": float(wal)}

    def per_call(self, calls: int) -> dict:
        now = self._now()
        return {name + "_per_call": round((now[name] - self.before[name]) / max(calls, 1), 2) for name in now}


def gaps(seen: dict) -> dict:
    """From a call's end to the create in its place, as the carrier saw it."""
    return {f"gap_{name}": seen["gaps"][name] for name in ("p50_ms", "p99_ms", "p999_ms") if name in seen["gaps"]}


def verdict(seen: dict) -> dict:
    """What the carrier's own count says of the promises."""
    return {"highest_live_per_business": max((c["highest"] for c in seen["callers"]), default=0),
            "highest_live": seen["highest_live"], "violations": seen["violations"],
            "numbers_called_twice": seen["repeated_numbers_total"], "overlapping_calls": seen["overlapping_calls"]}


def promises_held(figures: dict) -> bool:
    return not (figures["violations"] or figures["numbers_called_twice"] or figures["overlapping_calls"])


def runs_ended(sql: Psql) -> bool:
    return sql.value("SELECT count(*) FROM outbound_call_runs WHERE ended_at IS NULL") == "0"


def measure(server: Server, carrier_process: CarrierProcess, sql: Psql, made: list, runs: int, limit_s: float) -> dict:
    carrier, spent = carrier_process.carrier, Spent(sql, server=server, carrier=carrier_process)
    begun = time.monotonic()
    calls = start_runs(server.api(), made, runs)
    finished = True
    try:
        wait_for("all runs to end", lambda: runs_ended(sql), limit_s, 0.1)
    except TimeoutError:
        finished = False
    seconds = time.monotonic() - begun
    seen = carrier.observer()
    jobs = dict((row[0], int(row[1])) for row in sql.rows(
        "SELECT status, count(*) FROM outbound_call_jobs GROUP BY status"))
    return {"businesses": len(made), "runs": len(made) * runs, "calls_wanted": calls, "finished": finished,
            "seconds": round(seconds, 2), "calls": seen["calls"],
            "calls_per_second": round(seen["calls"] / seconds, 1), "jobs": jobs, **gaps(seen), **verdict(seen),
            "server_rss_mb": round(server.resident_bytes() / 2**20, 1),
            **spent.per_call(seen["calls"])}


def print_figures(figures: dict, as_json: bool):
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):28} {value}")
