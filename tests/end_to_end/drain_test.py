"""SIGTERM in the middle of the work: gently, twice, and without a database. Nothing is lost either way."""

import http.client
import os
import signal
import threading

from database_proxy import DatabaseProxy
from harness import QUICK_LIFE, SHORT, ApiError, World, fictional_leads, main, wait_for

LEADS = 60


class DrainTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier({**QUICK_LIFE, "talk_ms": "100-400"})
        self.sim = self.carrier.carrier
        self.proxy = DatabaseProxy(self.database_url)
        self.addCleanup(self.proxy.close)
        self.server = self.start()
        self.businesses = []
        for number in range(3):
            business = self.new_business(self.server.api(), number, ring_timeout_s=5)
            leads = self.server.api().import_leads(business["id"], fictional_leads(LEADS))
            self.businesses.append((business, leads))

    def start(self, **more):
        return self.start_server(self.carrier, changes=SHORT, database_url=self.proxy.url, **more)

    def start_again(self):
        """On the same port: the calls that are under way call back there."""
        self.server = self.start(port=self.server.port)

    def start_runs(self):
        for business, leads in self.businesses:
            self.new_run(self.server.api(), business["id"], leads)

    def wait_for_calls(self, calls: int):
        wait_for(f"{calls} calls", lambda: self.sim.observer()["calls"] >= calls, 60, 0.005)

    def claims_in_sql(self) -> int:
        """How many calls were committed before they were placed."""
        return int(self.sql.value("SELECT (SELECT count(*) FROM call_attempts)"
                                  " + (SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL)"))

    def assert_nothing_is_lost(self):
        """The next server brings every run to its end, each lead called once."""
        self.start_again()
        wait_for("all runs to end", lambda: self.sql.value(
            "SELECT (SELECT count(*) FROM outbound_call_runs WHERE ended_at IS NULL)"
            " + (SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL)") == "0", 120, 0.1)
        self.wait_until_all_ended(self.sim)
        self.assertEqual(self.sql.value("SELECT count(*) FROM outbound_call_jobs WHERE status = 'completed'"),
                         str(len(self.businesses) * LEADS))
        self.assertEqual(self.sim.observer()["calls"], len(self.businesses) * LEADS)
        self.assert_nobody_called_twice(self.sim)
        for business, _ in self.businesses:
            self.assert_limit_held(self.sim, business["phone_e164"])

    def assert_given_back(self):
        self.assertEqual(self.sql.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
                                        " (SELECT oid FROM pg_database WHERE datname = current_database())"), "0",
                         "ownership was not given back")

    def test_sigterm_under_load_finishes_what_is_in_flight(self):
        self.sim.set_faults(callback_before_answer=0.5, duplicate_new_token=0.2, callbacks_reordered=0.3)
        self.start_runs()
        self.wait_for_calls(30)
        self.assertEqual(self.server.terminate(), 0)
        calls = self.sim.observer()["calls"]
        self.assertLess(calls, 3 * LEADS, "the runs were over: nothing is proven")
        self.assert_given_back()
        # Every request in flight was answered and written: no call is unknown, none was not committed.
        self.assertLessEqual(calls, self.claims_in_sql())
        self.assertEqual(self.sql.value("SELECT count(*) FROM outbound_call_jobs WHERE status = 'dialing'"), "0")
        self.wait_until_all_ended(self.sim)
        self.assertEqual(self.sim.observer()["calls"], calls, "a call started after the end")
        self.assert_nothing_is_lost()

    def test_a_second_sigterm_ends_it_at_once(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM),
                              (signal.SIGTERM, signal.SIGINT)):
            with self.subTest(first=first, second=second):
                if self.server.process.poll() is not None:
                    self.start_again()
                # The carrier answers no create request: draining waits for them.
                self.sim.set_faults(create_error="hold", create_error_after=1, hold_ms=600000)
                if first == second:
                    self.start_runs()
                before = self.sim.observer()["calls"]
                self.wait_for_calls(before + 3)
                self.server.process.send_signal(first)
                self.server.wait_for_line("[Stop] Draining")
                self.server.process.send_signal(second)
                self.assertEqual(self.server.wait(), -second, "not ended by the second signal")
                self.assertNotIn("[Stop] Done", self.server.output())
                self.assertLessEqual(self.sim.observer()["calls"], self.claims_in_sql())
                self.sim.set_faults(create_error_after=0)
        self.assert_nothing_is_lost()

    def test_what_was_acknowledged_while_it_ended_is_done(self):
        acknowledged, refused, begun = [], [], threading.Barrier(len(self.businesses) + 1)

        def order(business: dict, leads: list):
            """Creates a run of one lead again and again, until nobody answers any more."""
            api = self.server.api()
            begun.wait()
            try:
                for lead in leads:
                    try:
                        acknowledged.append((business["id"], self.new_run(api, business["id"], [lead])))
                    except ApiError as error:
                        refused.append((error.status, error.code))
            except (OSError, http.client.HTTPException):
                pass  # it has ended

        people = [threading.Thread(target=order, args=each) for each in self.businesses]
        for person in people:
            person.start()
        begun.wait()
        wait_for("some runs", lambda: len(acknowledged) >= 6, 60, 0.002)
        self.assertEqual(self.server.terminate(), 0)
        for person in people:
            person.join()
        self.assertLess(len(acknowledged), 3 * LEADS, "all was ordered before the end: nothing is proven")
        self.assertEqual([answer for answer in refused if answer != (503, "stopping")
                          and answer != (503, "not_ready")], [])
        kept = {(int(business), int(run)) for business, run in
                self.sql.rows("SELECT business_id, id FROM outbound_call_runs")}
        self.assertEqual(set(acknowledged) - kept, set(), "acknowledged and lost")
        self.start_again()
        for business, run in acknowledged:
            self.assertEqual(self.wait_for_run(self.server.api(), business, run)["completed"], 1)
        self.assert_nobody_called_twice(self.sim)

    def test_sigterm_without_a_database_ends_and_loses_nothing(self):
        for gone in (self.proxy.cut, self.proxy.stand_still):
            with self.subTest(how=gone.__name__):
                if self.server.process.poll() is not None:
                    self.start_again()
                else:
                    self.start_runs()
                self.wait_for_calls(self.sim.observer()["calls"] + 6)
                gone()
                self.server.wait_for_line("can't be stored" if gone == self.proxy.cut else "[BulkCall] Started call")
                self.assertEqual(self.server.terminate(), 0)
                self.proxy.move_on()
                self.proxy.mend()
                self.wait_until_all_ended(self.sim)
                self.assertLessEqual(self.sim.observer()["calls"], self.claims_in_sql())
        self.assert_nothing_is_lost()

    def test_a_server_that_waits_for_the_ownership_ends_at_a_word(self):
        folder, self.folder = self.folder, self.folder / "second"
        os.mkdir(self.folder)
        second = self.start(ready=False)
        self.folder = folder
        second.wait_for_line("Another server works on this database")
        self.assertEqual(second.terminate(), 0)


if __name__ == "__main__":
    main()
