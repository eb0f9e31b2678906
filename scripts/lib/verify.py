"""The four tests of the verification guide, live: 50 leads in one run, a second run and direct calls
compete for the business's three slots, while the guide's own SQL and log searches watch."""

import argparse
import http.client
import os
import pathlib
import subprocess
import sys
import threading
import time

from client import Api, ApiError, Carrier, Psql, fictional_leads, fictional_number, free_port, psql
from server import Server, create_database, drop_database, migrate, write_settings

LIMIT, LEADS, OTHER_LEADS, DIRECT_CALLS = 3, 50, 20, 8

# As in the guide, letter by letter.
ACTIVE_CALLS = """SELECT 
    business_id,
    COUNT(*) as active_count,
    GROUP_CONCAT(status) as statuses
FROM outbound_call_jobs
WHERE status IN ('dialing', 'calling')
GROUP BY business_id;"""
PROGRESSION = """
SELECT 
    status, 
    COUNT(*) as count 
FROM outbound_call_jobs 
WHERE run_id = YOUR_RUN_ID 
GROUP BY status;
"""
DUPLICATES = """SELECT 
    lead_id,
    COUNT(*) as call_count,
    GROUP_CONCAT(call_sid) as call_sids
FROM outbound_call_jobs
WHERE run_id = YOUR_RUN_ID
GROUP BY lead_id
HAVING COUNT(*) > 1;"""
CONTEXT_SEARCH, LIMIT_SEARCH = r"context\|bulkcall", r"active\|limit\|concurrency"


class Report:
    """What was seen; `failed` when anything was wrong."""

    def __init__(self):
        self.failed = False

    def title(self, text: str):
        print(f"\n{text}", flush=True)

    def check(self, good: bool, text: str):
        self.failed = self.failed or not good
        print(f"  {'PASS' if good else 'FAIL'}  {text}", flush=True)

    def note(self, text: str):
        print(f"        {text}", flush=True)


class Watcher(threading.Thread):
    """Calls `sample` again and again until told to end; keeps what it raised."""

    def __init__(self, sample, every: float):
        super().__init__(daemon=True)
        self._sample, self._every = sample, every
        self._ended = threading.Event()
        self.samples, self.error = 0, None

    def run(self):
        try:
            while not self._ended.is_set():
                self._sample()
                self.samples += 1
                self._ended.wait(self._every)
        except Exception as error:  # told by finish(), in the main thread
            self.error = error

    def finish(self) -> int:
        """Ends it; the number of samples."""
        self._ended.set()
        self.join(60)
        if self.error:
            raise self.error
        return self.samples


class Verification:
    def __init__(self, server: Server, carrier_url: str, database_url: str, log: pathlib.Path):
        self.server, self.carrier_url, self.database_url, self.log = server, carrier_url, database_url, log
        self.report = Report()
        self.highest_in_sql, self.busiest_row = 0, None
        self.progression = []  # of the first run: {status: count}, each change once
        self.highest_at_carrier = 0
        self.direct_jobs, self.direct_refused = [], 0

    def prepare(self):
        self.api = self.server.api()
        self.caller_id = fictional_number(0, 99)
        self.business = self.api.post("/businesses", {
            "name": "Verification", "phone_e164": self.caller_id, "max_outbound_calls": LIMIT,
            "default_script": {"say": {"text": "Hello {first_name}", "language": "en-US"}}})["id"]
        leads = self.api.import_leads(
            self.business, fictional_leads(LEADS + OTHER_LEADS + DIRECT_CALLS, area=1))
        self.leads, rest = leads[:LEADS], leads[LEADS:]
        self.other_leads, self.direct_leads = rest[:OTHER_LEADS], rest[OTHER_LEADS:]

    # -- what watches, each in a thread of its own ---------------------------------------------------

    def watch_active(self):
        for row in self.active_psql.rows(ACTIVE_CALLS):
            if int(row[1]) > self.highest_in_sql:
                self.highest_in_sql, self.busiest_row = int(row[1]), row

    def watch_progression(self):
        # One psql each time, as `watch` runs it.
        counts = {}
        for line in psql(self.database_url, PROGRESSION.replace("YOUR_RUN_ID", str(self.run))).splitlines():
            parts = [part.strip() for part in line.split("|")]
            if len(parts) == 2 and parts[1].isdigit():
                counts[parts[0]] = int(parts[1])
        if not self.progression or self.progression[-1] != counts:
            self.progression.append(counts)

    def watch_carrier(self):
        self.highest_at_carrier = max(self.highest_at_carrier,
                                      self.carrier.caller(self.caller_id)["live"])

    def call_directly(self):
        """The competitor: asks for one direct call after another, whenever a slot may be free."""
        if len(self.direct_jobs) == len(self.direct_leads):
            return
        lead = self.direct_leads[len(self.direct_jobs)]
        try:
            answer = self.direct_api.post(f"/businesses/{self.business}/calls", {"lead_ids": [lead]})
            self.direct_jobs.append(answer["calls"][0]["job_id"])
        except ApiError as error:
            if error.code != "slots_full":
                raise
            self.direct_refused += 1

    # -- the course ------------------------------------------------------------------------------------

    def run_of(self, leads: list, name: str) -> int:
        return self.api.post(f"/businesses/{self.business}/runs",
                             {"name": name, "lead_ids": leads, "concurrency": LIMIT})["run_id"]

    def go(self):
        self.active_psql, self.carrier, self.direct_api = (
            Psql(self.database_url), Carrier(self.carrier_url), self.server.api())
        self.run = self.run_of(self.leads, "the 50 leads")
        self.watchers = {"active": Watcher(self.watch_active, 0.005),
                         "progression": Watcher(self.watch_progression, 0.1),
                         "carrier": Watcher(self.watch_carrier, 0.01),
                         "direct": Watcher(self.call_directly, 0.05)}
        for watcher in self.watchers.values():
            watcher.start()
        self.other_run = self.run_of(self.other_leads, "a second run")
        print(f"Run {self.run} ({LEADS} leads), run {self.other_run} ({OTHER_LEADS} leads) and "
              f"{DIRECT_CALLS} direct calls of business {self.business} compete for {LIMIT} slots ...",
              flush=True)
        self.wait_for_end()
        self.samples = {name: watcher.finish() for name, watcher in self.watchers.items()}
        self.watch_progression()

    def wait_for_end(self, limit_s: float = 300):
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            runs = [self.api.get(f"/businesses/{self.business}/runs/{run}")
                    for run in (self.run, self.other_run)]
            active = self.api.get(f"/businesses/{self.business}/slots")["active"]
            dead = [watcher.error for watcher in self.watchers.values() if watcher.error]
            if dead:
                raise dead[0]
            if (all(run["status"] in ("completed", "failed", "cancelled") for run in runs)
                    and len(self.direct_jobs) == len(self.direct_leads) and active == 0):
                return
            time.sleep(0.1)
        self.report.check(False, f"not everything ended within {limit_s:.0f} s: "
                                 f"{[(run['status'], run['counts']) for run in runs]}")

    def grep(self, pattern: str) -> list:
        found = subprocess.run(["grep", "-i", pattern, str(self.log)], text=True, capture_output=True)
        return found.stdout.splitlines()

    # -- the guide's four tests --------------------------------------------------------------------------

    def test_1(self):
        self.report.title(f'Test 1: request context (grep -i "{CONTEXT_SEARCH}" logs/app.log)')
        lines = self.grep(CONTEXT_SEARCH)
        for run in (self.run, self.other_run):
            wanted = f"[BulkCall] Starting run {run} with concurrency={LIMIT}"
            self.report.check(any(wanted in line for line in lines), wanted)
        wanted = "[BulkCall] Started call for lead="
        started = [line for line in lines if wanted in line]
        calls = LEADS + OTHER_LEADS + DIRECT_CALLS
        self.report.check(len(started) >= LEADS, f"{wanted}...  ({len(started)} lines, {calls} calls)")
        if started:
            self.report.note(started[0])
        broken = "Working outside of request context"
        self.report.check(not any(broken in line for line in lines), f'no "{broken}"')

    def test_2(self):
        self.report.title("Test 2: at most 3 active calls of the business (the guide's SQL)")
        self.report.check(0 < self.highest_in_sql <= LIMIT,
                          f"active_count <= {LIMIT} in {self.samples['active']} samples; highest "
                          f"{self.highest_in_sql}: {'|'.join(self.busiest_row or ())}")
        lines = self.grep(LIMIT_SEARCH)
        for wanted in (f"Business {self.business} at max outbound limit ({LIMIT}/{LIMIT}), waiting...",
                       f"[FillSlots] Filling slots for business={self.business}"):
            self.report.check(any(wanted in line for line in lines), wanted)
        self.report.note(f"direct calls: {len(self.direct_jobs)} accepted, {self.direct_refused} times "
                         "refused because all slots were taken")
        seen = self.carrier.caller(self.caller_id)
        self.report.check(seen["highest"] <= LIMIT and self.highest_at_carrier <= LIMIT,
                          f"at the carrier: highest {seen['highest']} calls at once "
                          f"({self.samples['carrier']} looks, and its own count of every call)")
        self.report.check(seen["highest"] == LIMIT, f"all {LIMIT} slots were in use")

    def test_3(self):
        self.report.title("Test 3: the queue goes from 50 to 0, 3 at a time (the guide's SQL)")
        queued = [counts.get("queued", 0) for counts in self.progression]
        live = [counts.get("dialing", 0) + counts.get("calling", 0) for counts in self.progression]
        totals = {sum(counts.values()) for counts in self.progression}
        for counts in self.progression[:3] + self.progression[-3:]:
            self.report.note(", ".join(f"{status}: {counts[status]}" for status in sorted(counts)))
        self.report.check(totals == {LEADS}, f"the counts add up to {LEADS} each time "
                                             f"({len(self.progression)} different pictures)")
        self.report.check(max(live) <= LIMIT, f"never more than {LIMIT} dialing or calling: {max(live)}")
        self.report.check(queued == sorted(queued, reverse=True) and queued[0] >= LEADS - LIMIT,
                          f"queued only falls, from {queued[0]}")
        last = self.progression[-1]
        ended = last.get("completed", 0) + last.get("failed", 0)
        self.report.check(queued[-1] == live[-1] == 0 and ended == LEADS,
                          f"at the end queued 0, live 0, {last.get('completed', 0)} completed, "
                          f"{last.get('failed', 0)} failed (busy, no answer, ...)")

    def test_4(self):
        self.report.title("Test 4: no lead is called twice (the guide's SQL)")
        for run in (self.run, self.other_run):
            found = psql(self.database_url, DUPLICATES.replace("YOUR_RUN_ID", str(run)))
            self.report.check("(0 rows)" in found, f"run {run}: {' '.join(found.split())}")
        seen = self.carrier.observer(self.caller_id)
        repeated = seen["repeated_numbers"]
        self.report.check(not repeated, f"at the carrier no number was called twice {repeated or ''}")
        calls, leads = self.carrier.caller(self.caller_id)["calls"], LEADS + OTHER_LEADS + DIRECT_CALLS
        self.report.check(calls == leads, f"at the carrier {calls} calls for {leads} leads")

    def tests(self) -> int:
        self.prepare()
        self.go()
        for test in (self.test_1, self.test_2, self.test_3, self.test_4):
            test()
        print(f"\n{'FAILED' if self.report.failed else 'PASSED'}", flush=True)
        return 1 if self.report.failed else 0


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", required=True, type=pathlib.Path, help="works in it: logs, settings")
    chosen = arguments.parse_args()
    server_url, name = os.environ["RINGMASTER_TEST_DATABASE_URL"], f"ringmaster_verify_{os.getpid()}"
    database_url = create_database(server_url, name)
    changes = {"database": {"allow_fsync_off": True}}
    try:
        migrate(database_url, chosen.folder, write_settings(chosen.folder, changes))
        carrier_port = free_port()
        server = Server(chosen.folder, database_url, "verification-" + os.urandom(16).hex(), changes=changes,
                        options=["--carrier", "simulated", "--carrier-port", carrier_port])
        try:
            return Verification(server, f"http://127.0.0.1:{carrier_port}", database_url,
                                chosen.folder / "logs" / "app.log").tests()
        finally:
            server.end()
    finally:
        drop_database(server_url, name)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ApiError, OSError, http.client.HTTPException, RuntimeError, TimeoutError) as problem:
        sys.exit(f"verify: {problem}")
