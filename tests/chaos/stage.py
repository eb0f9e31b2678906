"""What both runs of chaos stand on: a PostgreSQL of their own, the simulated carrier as a process of its
own that misbehaves, the server, and businesses whose runs go on through all of it."""

import argparse
import json
import pathlib
import random
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in ("tests/end_to_end", "scripts/lib"):
    sys.path.insert(0, str(ROOT / folder))

from database_server import DatabaseServer  # noqa: E402
from harness import (ADMIN_KEY, SCRIPT, SHORT, CarrierProcess, Psql, Server, create_database,  # noqa: E402
                     fictional_leads, fictional_number, life_options, migrate, wait_for, write_settings)
from server import ACCOUNT, TOKEN  # noqa: E402,F401

SETTINGS = {**{section: values for section, values in SHORT.items() if section != "database"},
            "reconciler": {**SHORT["reconciler"], "grace_s": 2, "skew_s": 1}}
LIFE = {"answered": 0.8, "machine": 0.05, "busy": 0.05, "no_answer": 0.05, "failed": 0.05,
        "setup_ms": "0-20", "ring_ms": "10-60", "talk_ms": "20-300"}
# Section 3 of the carrier's contract, as far as it leaves each person called once: what is late is less
# late than the grace.
FAULTS = {"create_error": "any", "create_error_after": 0.02, "create_error_before": 0.02, "hold_ms": 1500,
          "callback_before_answer": 0.05, "create_429": 0.005, "create_429_retry_after": 0.001, "burst": 3,
          "lost_completed": 0.05, "lost_all": 0.03, "late_callbacks": 0.05, "late_ms": 1000,
          "duplicate_same_token": 0.05, "duplicate_new_token": 0.05, "callbacks_reordered": 0.1,
          "reorder_ms": 200, "sequence_zero": 0.1, "ringing_missing": 0.1, "answered_twice": 0.1,
          "list_lag": 0.3, "get_lag": 0.1, "lag_ms": 500, "stale_get": 0.1, "stale_ms": 500,
          "page_shift": 0.1, "closed_keep_alive": 0.02}
# Durable, and after a crash its files are synced by one call: with one for each of a thousand its recovery
# takes seconds on a busy disk.
DATABASE = ("recovery_init_sync_method=syncfs",)
SPARE = 3  # leads of each business outside its run: the proof that all slots are free again
MOST_LEADS, MOST_BUSINESSES = 5000, 50


def bounded(most: int):
    def read(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from 1 to {most}")
        return value
    return read


def arguments(about: str, kills: int, leads: int) -> argparse.ArgumentParser:
    """What both runs can be told; the defaults are the short run's."""
    known = argparse.ArgumentParser(description=about, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    known.add_argument("--kills", type=bounded(200), default=kills, help="how often")
    known.add_argument("--leads", type=bounded(MOST_LEADS), default=leads, help="of all businesses together")
    known.add_argument("--businesses", type=bounded(MOST_BUSINESSES), default=20, help="each with one run")
    known.add_argument("--seed", type=int, default=1, help="draws the moments, and how calls go")
    known.add_argument("--seconds", type=bounded(1800), default=240, help="it has failed when not done by then")
    known.add_argument("--bar", type=float, help="fails when dialling resumes later than so many seconds")
    known.add_argument("--keep", action="store_true", help="keeps the server's log also when all went well")
    known.add_argument("--json", type=pathlib.Path, help="writes the figures to this file")
    return known


class Stage:
    def __init__(self, chosen):
        self.chosen, self.moments = chosen, random.Random(chosen.seed)
        self.deadline = time.monotonic() + chosen.seconds
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ringmaster-chaos."))
        self.database = self.carrier_process = self.server = None
        self.servers, self.made = 0, []

    def open(self):
        self.database = DatabaseServer(DATABASE)
        self.database.start()
        self.database_url = create_database(self.database.url, "chaos")
        migrate(self.database_url, self.folder, write_settings(self.folder, SETTINGS))
        self.carrier_process = CarrierProcess(self.folder, [*life_options(**LIFE), "--seed", self.chosen.seed])
        self.carrier = self.carrier_process.carrier
        self.start_server()
        self.server.wait_until_ready()
        self._fill()
        self.carrier.set_faults(**FAULTS)

    def start_server(self):
        """Starts one without waiting for it; always on the same port: there the carrier calls back."""
        port = self.server.port if self.server else 0
        self.server = Server(self.folder, self.database_url, ADMIN_KEY, port=port, carrier_url=self.carrier_process.url,
                             changes=SETTINGS, ready=False)
        self.servers += 1

    def kill_server(self):
        self.server.kill()
        self.server.end()  # closes what it left behind

    def _fill(self):
        api, count = self.server.api(), self.chosen.businesses
        for number in range(count):
            share = self.chosen.leads // count + (number < self.chosen.leads % count)
            business = api.post("/businesses", {
                "name": f"Chaos {number}", "default_script": SCRIPT, "ring_timeout_s": 5,
                "phone_e164": fictional_number(58, number)})["id"]
            self.made.append((business, api.import_leads(business, fictional_leads(share + SPARE))))

    def start_runs(self):
        api = self.server.api()
        for business, leads in self.made:
            api.post(f"/businesses/{business}/runs", {"lead_ids": leads[:-SPARE]})

    def seconds_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def calls(self) -> int:
        return self.carrier.observer("none")["calls"]

    def wait_for_calls(self, wanted: int):
        wait_for(f"{wanted} calls at the carrier", lambda: self.calls() >= wanted, self.seconds_left(), 0.01)

    def targets(self) -> list:
        """For each kill how many calls the carrier must have seen before it: spread over the whole run."""
        leads, kills = self.chosen.leads, self.chosen.kills
        return [int(leads * (n + self.moments.random()) / (kills + 1)) for n in range(kills)]

    def sql(self) -> Psql:
        return Psql(self.database_url)

    def wait_for_the_end(self):
        sql = self.sql()
        try:
            wait_for("all runs and calls to end", lambda: sql.value(
                "SELECT (SELECT count(*) FROM outbound_call_runs WHERE ended_at IS NULL)"
                " + (SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL)") == "0",
                self.seconds_left(), 0.1)
            wait_for("no live call at the carrier", lambda: self.carrier.observer("none")["live"] == 0,
                     self.seconds_left(), 0.1)
        finally:
            sql.close()

    def close(self, failed: bool):
        for program in (self.server, self.carrier_process):
            if program:
                program.end()
        if self.database:
            self.database.remove()
        if failed or self.chosen.keep:
            print(f"kept for reading: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder)


def play(chosen, scene) -> int:
    """Runs `scene(stage)`, which answers (figures, findings); prints them. The exit status."""
    stage, failed = Stage(chosen), True
    try:
        stage.open()
        begun = time.monotonic()
        figures, findings = scene(stage)
        figures = {**figures, "seconds": round(time.monotonic() - begun, 1)}
        resumed = figures["resumes"]
        if chosen.bar and not (resumed["measured"] and resumed["max_s"] < chosen.bar):
            findings.append(f"dialling resumed after {resumed['max_s']} s: the bar is {chosen.bar} s")
        failed = bool(findings)
    finally:
        stage.close(failed)
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):34} {value}")
    for finding in findings:
        print(f"FAILED: {finding}")
    if chosen.json:
        chosen.json.write_text(json.dumps({**figures, "findings": findings}, indent=2) + "\n")
    return 1 if failed else 0
