"""What every end-to-end test stands on: a fresh database, the real server, the simulated carrier.

Tests run by scripts/test, which sets RINGMASTER_TEST_DATABASE_URL (a superuser's URL of the
maintenance database) and RINGMASTER_PROGRAM."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))

from client import (Api, ApiError, Carrier, Psql, fictional_leads, fictional_number,  # noqa: E402,F401
                    free_port, psql, wait_for)
from server import (PROGRAM, CarrierProcess, Program, Server, create_database,  # noqa: E402,F401
                    drop_database, life_options, migrate, write_settings)

ADMIN_KEY = "end-to-end-admin-key-0123456789abcdef"
SCRIPT = {"say": {"text": "Hello {first_name}", "language": "en-US"}}
TERMINAL = ("completed", "failed", "cancelled")
UNSAFE_BUT_FAST = {"database": {"allow_fsync_off": True}}
# Everything that usually takes a minute takes seconds.
SHORT = {**UNSAFE_BUT_FAST, "dialing": {"send_deadline_s": 1},
         "carrier": {"connect_time_ms": 500, "answer_time_ms": 1000},
         "reconciler": {"grace_s": 4, "skew_s": 2, "ring_margin_s": 1, "talk_poll_s": 1,
                        "first_pause_ms": 100, "longest_pause_ms": 500}}
# Calls that take about a tenth of a second, all of them answered.
QUICK_LIFE = {"answered": 1, "machine": 0, "busy": 0, "no_answer": 0, "failed": 0, "setup_ms": "0-10",
              "ring_ms": "10-30", "talk_ms": "20-80"}
# Calls that last until somebody hangs up.
LONG_LIFE = {**QUICK_LIFE, "talk_ms": "600000"}


class World(unittest.TestCase):
    """One fresh database and a working folder per test; ends what the test started."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ringmaster-e2e."))
        self.addCleanup(self._remove_folder)
        server_url = self.database_server_url()
        name = f"e2e_{os.getpid()}_{id(self):x}"
        self.database_url = create_database(server_url, name)
        self.addCleanup(drop_database, server_url, name)
        migrate(self.database_url, self.folder, write_settings(self.folder, UNSAFE_BUT_FAST))
        self.programs = []
        self.addCleanup(self._end_programs)
        self.sql = Psql(self.database_url)
        self.addCleanup(self.sql.close)

    def database_server_url(self) -> str:
        server_url = os.environ.get("RINGMASTER_TEST_DATABASE_URL")
        if not server_url:
            self.fail("RINGMASTER_TEST_DATABASE_URL is not set: run this through scripts/test")
        return server_url

    def _remove_folder(self):
        # A failed test's log is what tells why.
        outcome = self._outcome.result
        if any(test is self for test, _ in outcome.errors + outcome.failures):
            print(f"kept for reading: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder)

    def _end_programs(self):
        for program in reversed(self.programs):
            program.end()

    # -- starting -----------------------------------------------------------------------------------

    def start_carrier(self, life: dict = None, options=(), port=0) -> CarrierProcess:
        carrier = CarrierProcess(self.folder, [*life_options(**(life or QUICK_LIFE)), *options], port)
        self.programs.append(carrier)
        return carrier

    def start_server(self, carrier: CarrierProcess, ready=True, **more) -> Server:
        server = Server(self.folder, more.pop("database_url", self.database_url), ADMIN_KEY,
                        carrier_url=carrier.url if carrier else "", ready=ready,
                        changes=more.pop("changes", UNSAFE_BUT_FAST), **more)
        self.programs.append(server)
        return server

    def start_second(self, carrier: CarrierProcess) -> Server:
        """Another one on the same database: it waits."""
        folder, self.folder = self.folder, self.folder / "second"
        self.folder.mkdir()
        second = self.start_server(carrier, ready=False)
        self.folder = folder
        second.wait_for_line("Another server works on this database")
        return second

    # -- what tests do again and again --------------------------------------------------------------

    def new_business(self, api: Api, number: int = 0, **more) -> dict:
        """`number` tells businesses apart: each has its own caller ID."""
        return api.post("/businesses", {"name": f"Business {number}", "default_script": SCRIPT,
                                        "phone_e164": fictional_number(59 - number // 50, 50 + number % 50),
                                        **more})

    def new_run(self, api: Api, business: int, leads: list, **more) -> int:
        return api.post(f"/businesses/{business}/runs", {"lead_ids": leads, **more})["run_id"]

    def run_now(self, api: Api, business: int, run: int) -> dict:
        return api.get(f"/businesses/{business}/runs/{run}")

    def wait_for_run(self, api: Api, business: int, run: int, timeout: float = 120) -> dict:
        """The run when it has ended."""
        def ended():
            now = self.run_now(api, business, run)
            return now if now["status"] in TERMINAL else None
        return wait_for(f"run {run} to end", ended, timeout, 0.05)

    def wait_for_last_calls(self, api: Api, business: int, run: int) -> dict:
        """An ended run when its last live call has ended too: a stopped run lets them finish."""
        def over():
            now = self.run_now(api, business, run)
            live = now["dialing"] + now["calling"]
            return now if now["status"] in TERMINAL and live == 0 else None
        return wait_for(f"the last calls of run {run}", over, 60)

    def live_in_sql(self, business: int, sql: Psql = None) -> int:
        return int((sql or self.sql).value(
            "SELECT count(*) FROM outbound_call_jobs WHERE status IN ('dialing', 'calling') "
            f"AND business_id = {business}"))

    def wait_for_talking(self, carrier: Carrier, business: int, calls: int):
        """Until that many calls of the business are live and all of them talk."""
        def talking():
            sids = self.sql.rows("SELECT call_sid FROM outbound_call_jobs WHERE status = 'calling' "
                                 f"AND business_id = {business}")
            return len(sids) == calls and all(carrier.call(sid)["twiml"] for (sid,) in sids)
        wait_for(f"{calls} calls that talk", talking, 60)

    def wait_until_all_ended(self, carrier: Carrier, timeout: float = 60):
        wait_for("no live call at the carrier", lambda: carrier.observer()["live"] == 0, timeout)

    def assert_counts_add_up(self, run: dict):
        self.assertEqual(run["total"], sum(run[name] for name in (
            "queued", "dialing", "calling", "completed", "failed", "cancelled")), run)

    def assert_nobody_called_twice(self, carrier: Carrier):
        seen = carrier.observer()
        self.assertEqual(seen["repeated_numbers"], [])
        self.assertEqual(seen["overlapping_calls"], 0)

    def assert_limit_held(self, carrier: Carrier, caller_id: str, limit: int = 3):
        self.assertLessEqual(carrier.caller(caller_id)["highest"], limit)


def main():
    unittest.main(verbosity=2)
