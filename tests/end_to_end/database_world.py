"""A world whose PostgreSQL may be broken: a server of its own, seen by Ringmaster through a proxy, and runs
that are under way when it happens."""

import json
import signal

from harness import QUICK_LIFE, SHORT, Psql, World, fictional_leads, wait_for  # first: it finds the rest

from database_proxy import DatabaseProxy
from database_server import DatabaseServer

BUSINESSES, LEADS = 3, 60
CONNECTIONS = 40
# Of fsync nothing here depends: the machine goes on.
SETTINGS = ("fsync=off", f"max_connections={CONNECTIONS}")


class DatabaseWorld(World):
    """The server dials when a test begins, and is never restarted."""

    @classmethod
    def setUpClass(cls):
        cls.database = cls.make_database()
        cls.addClassCleanup(cls.database.remove)
        cls.database.start()

    @classmethod
    def make_database(cls) -> DatabaseServer:
        return DatabaseServer(SETTINGS)

    def database_server_url(self) -> str:
        return self.database.url

    def setUp(self):
        super().setUp()
        self.addCleanup(self.make_sure_it_runs)
        self.carrier = self.start_carrier({**QUICK_LIFE, "talk_ms": "100-300"})
        self.sim = self.carrier.carrier
        self.prepare()
        self.proxy = DatabaseProxy(self.database_url)
        self.addCleanup(self.proxy.close)
        self.server = self.start_server(self.carrier, database_url=self.proxy.url, changes=SHORT)
        self.api = self.server.api()
        self.businesses = []
        for number in range(BUSINESSES):
            business = self.new_business(self.api, number, ring_timeout_s=5)
            leads = self.api.import_leads(business["id"], fictional_leads(LEADS))
            self.businesses.append(business)
            self.new_run(self.api, business["id"], leads)
        wait_for("dialling", lambda: self.calls() >= 12, 60, 0.005)

    def prepare(self):
        """What has to be done to the database before the server starts."""

    def make_sure_it_runs(self):
        if self.database.process.poll() is None:
            self.database.process.send_signal(signal.SIGCONT)
        else:
            self.database.start()

    # -- while it is broken -------------------------------------------------------------------------

    def new_sql(self) -> Psql:
        """psql's session ended with the server that it spoke to."""
        self.sql.close()
        self.sql = Psql(self.database_url)
        self.addCleanup(self.sql.close)
        return self.sql

    def calls(self) -> int:
        return self.sim.observer("none")["calls"]

    def readiness(self) -> tuple:
        """(status, {check: message of what is not well})"""
        status, _, text = self.api.send("GET", "/readyz")
        checks = json.loads(text)["checks"]
        return status, {name: check["message"] for name, check in checks.items() if not check["ok"]}

    def wait_until_it_waits_for(self, *parts: str) -> dict:
        """Until /readyz answers 503 and one of its sentences says this."""
        def told():
            status, waits = self.readiness()
            return status == 503 and waits if any(part in message for message in waits.values() for part in parts) \
                else None
        try:
            return wait_for(f"/readyz to say {parts}", told, 60, 0.05)
        except TimeoutError as late:
            raise AssertionError(f"{late}; it says {self.readiness()}") from late

    def wait_for_refused_callbacks(self, since: int = 0):
        """Until a callback of the carrier was answered 503; `since`: a count of the server's lines."""
        def refused() -> bool:
            return any("can't be stored now" in line or "No answer for a callback" in line
                       for line in self.server.lines[since:] if line)
        try:
            wait_for("a refused callback", refused, 60)
        except TimeoutError as late:
            told = "\n".join(line for line in self.server.lines[-30:] if line)
            raise AssertionError(f"{late}; {self.calls()} calls, {self.readiness()}\n{told}") from late

    def assert_nothing_starts(self):
        """No call lives any more that began before, and none begins."""
        wait_for("the last calls to end", lambda: self.sim.observer("none")["live"] == 0, 60)
        self.silent_since = self.calls()
        self.assertLess(self.silent_since, BUSINESSES * LEADS, "the runs were over: nothing is proven")

    def assert_an_end_is_asked_for_once(self):
        """What the carrier said of a call is kept until it can be written: nobody asks again meanwhile."""
        def given_up() -> int:
            told = self.sim.observer("none")["webhooks"]["status"]
            return told["refused"] + told["errors"] + told["silent"]
        # All its attempts take three seconds: more than two periods of asking.
        wait_for("the carrier to give a callback up", lambda: given_up() > 0, 60)
        asked = [line.rpartition("call_sid=")[2] for line in self.server.lines
                 if line and "No callback told that the call has ended" in line]
        self.assertEqual(len(asked), len(set(asked)), "ends that were known were asked for")

    # -- and afterwards -----------------------------------------------------------------------------

    def wait_until_ready(self):
        wait_for("ready", lambda: self.readiness()[0] == 200, 60, 0.05)

    def assert_everything_is_done(self):
        """By the same server, each lead called once, all that the carrier said taken."""
        self.wait_until_ready()
        sql = self.new_sql()
        wait_for("all runs to end", lambda: sql.value(
            "SELECT (SELECT count(*) FROM outbound_call_runs WHERE ended_at IS NULL)"
            " + (SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL)") == "0", 120, 0.1)
        self.wait_until_all_ended(self.sim)
        total = BUSINESSES * LEADS
        self.assertEqual(sql.value("SELECT count(*) FROM outbound_call_jobs WHERE status = 'completed'"), str(total))
        self.assertEqual(self.calls(), total)
        self.assertEqual(sql.value("SELECT count(DISTINCT call_sid) FROM outbound_call_jobs"), str(total))
        self.assertEqual(sql.value("SELECT count(*) FROM stray_calls"), "0", "a call that was not committed")
        self.assert_nobody_called_twice(self.sim)
        for business in self.businesses:
            self.assert_limit_held(self.sim, business["phone_e164"])
        self.assertIsNone(self.server.process.poll(), "the server has ended")
