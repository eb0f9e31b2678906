"""The server ends, gently or not, in the middle of a run and starts again."""

from harness import QUICK_LIFE, World, fictional_leads, main, wait_for


class RestartTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier()
        self.server = self.start_server(self.carrier)
        self.api = self.server.api()

    def start_run(self, number: int, leads: int) -> tuple:
        """(business, run)"""
        business = self.new_business(self.api, number)
        ids = self.api.import_leads(business["id"], fictional_leads(leads))
        return business, self.new_run(self.api, business["id"], ids)

    def figures(self, business: dict) -> dict:
        return self.carrier.carrier.caller(business["phone_e164"])

    def start_again(self):
        """On the same port: the calls that are under way call back there."""
        self.server = self.start_server(self.carrier, port=self.server.port)
        self.api = self.server.api()

    def three_calls_in_progress(self, business: dict):
        """From now on calls take seconds; waits until three of those are in progress."""
        self.carrier.carrier.set_life(talk_ms="8000")
        self.wait_for_talking(self.carrier.carrier, business["id"], 3)
        self.carrier.carrier.set_life(**QUICK_LIFE)

    def assert_run_ends_with_each_lead_called_once(self, business: dict, run: int, leads: int):
        ended = self.wait_for_run(self.api, business["id"], run)
        self.assertEqual((ended["status"], ended["completed"]), ("completed", leads))
        self.assertEqual(self.figures(business)["calls"], leads)
        self.assert_limit_held(self.carrier.carrier, business["phone_e164"])
        self.assert_nobody_called_twice(self.carrier.carrier)

    def test_after_sigterm_the_run_goes_on_to_its_end(self):
        business, run = self.start_run(0, 30)
        self.three_calls_in_progress(business)
        calls = self.figures(business)["calls"]
        self.assertEqual(self.server.terminate(), 0)
        self.assertEqual(self.sql.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
                                        " (SELECT oid FROM pg_database WHERE datname = current_database())"), "0",
                         "ownership was not given back")
        self.assertEqual(self.figures(business)["calls"], calls, "a call started after the end")
        self.start_again()
        self.assert_run_ends_with_each_lead_called_once(business, run, 30)

    def test_after_kill_the_run_goes_on_to_its_end(self):
        business, run = self.start_run(0, 30)
        self.three_calls_in_progress(business)
        self.server.kill()
        self.start_again()
        now = self.run_now(self.api, business["id"], run)
        self.assert_counts_add_up(now)
        self.assertLessEqual(now["dialing"] + now["calling"], 3)
        self.assert_run_ends_with_each_lead_called_once(business, run, 30)

    def test_killed_at_any_moment_nobody_is_called_twice(self):
        businesses = []
        for round_ in range(4):
            # All kinds of moments: claimed, sent, answered by the carrier, in progress.
            business, _ = self.start_run(round_, 20)
            businesses.append(business)
            wait_for("some calls", lambda: self.figures(business)["calls"] >= 2 + 2 * round_, 60)
            self.server.kill()
            self.start_again()
        # A whole run of another business goes by: time in which a mistaken call would be made.
        other, run = self.start_run(9, 20)
        self.assert_run_ends_with_each_lead_called_once(other, run, 20)
        for business in businesses:
            self.assert_limit_held(self.carrier.carrier, business["phone_e164"])
            self.assertLessEqual(self.live_in_sql(business["id"]), 3)
        self.assert_nobody_called_twice(self.carrier.carrier)


if __name__ == "__main__":
    main()
