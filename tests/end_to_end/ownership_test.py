"""Two servers on one database, and a database that goes away or stands still."""

import json

from database_proxy import DatabaseProxy
from harness import ApiError, LONG_LIFE, World, fictional_leads, main, wait_for


class OwnershipTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier()
        self.one = self.start_server(self.carrier)
        self.business = self.new_business(self.one.api())
        self.id = self.business["id"]
        self.leads = self.one.api().import_leads(self.id, fictional_leads(12))

    def take_from(self, server, to):
        """The session that holds the server's ownership dies; the other server is quicker."""
        server.process.send_signal(19)  # SIGSTOP: it does not win it back
        self.sql.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid IN"
                       " (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
                       "  (SELECT oid FROM pg_database WHERE datname = current_database()))")
        to.wait_for_line("listening on")
        server.process.send_signal(18)
        server.wait_for_line("nothing is written until it is taken again")

    def test_a_server_that_lost_the_ownership_refuses_changes_and_goes_on_when_it_has_it_again(self):
        second = self.start_second(self.carrier)
        self.take_from(self.one, second)
        with self.assertRaises(ApiError) as refused:
            self.new_run(self.one.api(), self.id, self.leads[:3])
        self.assertEqual((refused.exception.status, refused.exception.code), (503, "not_owner"))
        self.assertEqual(self.sql.value("SELECT count(*) FROM outbound_call_runs"), "0")
        self.assertEqual(self.one.api().send("GET", "/readyz")[0], 503)
        self.assertEqual(self.one.api().get(f"/businesses/{self.id}")["id"], self.id)
        run = self.new_run(second.api(), self.id, self.leads[:6])
        # Its calls report to it while it has the ownership.
        self.assertEqual(self.wait_for_run(second.api(), self.id, run)["completed"], 6)

        self.carrier.carrier.set_life(**LONG_LIFE)
        left = self.new_run(second.api(), self.id, self.leads[6:])
        self.wait_for_talking(self.carrier.carrier, self.id, 3)
        second.kill()
        self.one.wait_for_line("Taken again")
        wait_for("ready", lambda: self.one.api().send("GET", "/readyz")[0] == 200, 30)
        # It knows of the other one's calls and run: stopping both takes effect at the carrier.
        self.one.api().post(f"/businesses/{self.id}/runs/{left}/stop", {"hang_up": True})
        self.wait_until_all_ended(self.carrier.carrier)
        self.assert_limit_held(self.carrier.carrier, self.business["phone_e164"])
        self.assert_nobody_called_twice(self.carrier.carrier)

    def test_a_waiting_server_says_what_it_waits_for(self):
        second = self.start_second(self.carrier).api()
        self.assertEqual(second.send("GET", "/healthz")[0], 200)
        status, _, text = second.send("GET", "/readyz")
        self.assertEqual(status, 503)
        checks = json.loads(text)["checks"]
        self.assertTrue(checks["database"]["ok"])
        self.assertIn("Another server works on this database", checks["ownership"]["message"])
        status, _, text = second.send("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertIn("\nringmaster_waiting 1\n", text)
        self.assertEqual(second.send("GET", "/api/v1/businesses")[0], 503)

    def test_a_waiting_server_lives_through_a_restart_of_the_database(self):
        second = self.start_second(self.carrier)
        for _ in range(3):
            self.sql.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname ="
                           " current_database() AND application_name = 'ringmaster ownership' AND pid NOT IN"
                           " (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)")
            line = second.wait_for_line("can't be taken")
        self.assertIn("(PostgreSQL: ", line, "not what PostgreSQL says of it")
        self.assertEqual(self.one.terminate(), 0)
        second.wait_for_line("listening on")
        self.assertEqual(second.terminate(), 0)

    def test_a_database_that_stands_still_does_not_keep_the_server_from_ending(self):
        self.assertEqual(self.one.terminate(), 0)
        proxy = DatabaseProxy(self.database_url)
        self.addCleanup(proxy.close)
        server = self.start_server(self.carrier, database_url=proxy.url)
        proxy.stand_still()
        wait_for("not ready", lambda: server.api().send("GET", "/readyz")[0] == 503, 40)
        server.terminate(25)  # in time, whatever its status


if __name__ == "__main__":
    main()
