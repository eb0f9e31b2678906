"""Pause, resume and stop; after their answer no new call starts."""

from harness import LONG_LIFE, World, fictional_leads, main, wait_for


class OrdersTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier()
        self.server = self.start_server(self.carrier)
        self.api = self.server.api()
        self.business = self.new_business(self.api)
        self.path = f"/businesses/{self.business['id']}/runs"

    def calls(self) -> int:
        return self.carrier.carrier.caller(self.business["phone_e164"])["calls"]

    def start_run(self, leads: int) -> int:
        ids = self.api.import_leads(self.business["id"], fictional_leads(leads))
        return self.new_run(self.api, self.business["id"], ids)

    def test_a_paused_run_starts_no_call_and_goes_on_when_resumed(self):
        run = self.start_run(40)
        wait_for("some calls", lambda: self.calls() >= 6)
        paused = self.api.post(f"{self.path}/{run}/pause")
        self.assertEqual(paused["status"], "paused")
        calls = self.calls()
        self.wait_until_all_ended(self.carrier.carrier)
        wait_for("the ends of all calls to be noted", lambda: self.live_in_sql(self.business["id"]) == 0)
        # Another run's calls come and go meanwhile: time for a mistaken call of the paused one.
        other = self.new_run(self.api, self.business["id"], self.api.import_leads(
            self.business["id"], fictional_leads(6, area=5)))
        self.assertEqual(self.wait_for_run(self.api, self.business["id"], other)["completed"], 6)
        self.assertEqual(self.calls(), calls + 6)
        now = self.run_now(self.api, self.business["id"], run)
        self.assertEqual((now["status"], now["completed"], now["queued"]), ("paused", calls, 40 - calls))
        self.assertEqual(self.api.post(f"{self.path}/{run}/resume")["status"], "running")
        ended = self.wait_for_run(self.api, self.business["id"], run)
        self.assertEqual((ended["status"], ended["completed"]), ("completed", 40))
        self.assert_nobody_called_twice(self.carrier.carrier)

    def test_a_stopped_run_cancels_the_queued_and_lets_live_calls_finish(self):
        run = self.start_run(60)
        wait_for("some calls", lambda: self.calls() >= 6)
        stopped = self.api.post(f"{self.path}/{run}/stop")
        calls = self.calls()
        self.assertEqual(stopped["queued"], 0)
        ended = self.wait_for_last_calls(self.api, self.business["id"], run)
        self.assertEqual(ended["status"], "cancelled")
        self.assertEqual((ended["completed"], ended["cancelled"]), (calls, 60 - calls))
        self.assertEqual(self.calls(), calls)

    def test_stop_with_hang_up_ends_the_live_calls(self):
        self.carrier.carrier.set_life(**LONG_LIFE)
        run = self.start_run(10)
        wait_for("three live calls",
                 lambda: self.carrier.carrier.caller(self.business["phone_e164"])["live"] == 3)
        self.api.post(f"{self.path}/{run}/stop", {"hang_up": True})
        ended = self.wait_for_last_calls(self.api, self.business["id"], run)
        self.assertEqual((ended["status"], ended["cancelled"]), ("cancelled", 7))
        self.assertEqual(ended["completed"] + ended["failed"], 3)
        seen = self.carrier.carrier.caller(self.business["phone_e164"])
        self.assertEqual((seen["live"], seen["calls"]), (0, 3))

    def test_a_raised_limit_takes_effect_at_once_and_a_lowered_one_as_calls_end(self):
        self.carrier.carrier.set_life(**LONG_LIFE)
        self.start_run(10)

        def live():
            return self.carrier.carrier.caller(self.business["phone_e164"])["live"]

        wait_for("three live calls", lambda: live() == 3)
        self.api.patch(f"/businesses/{self.business['id']}", {"max_outbound_calls": 1})
        self.assertEqual(live(), 3)
        self.api.patch(f"/businesses/{self.business['id']}", {"max_outbound_calls": 4})
        other = self.new_run(self.api, self.business["id"], self.api.import_leads(
            self.business["id"], fictional_leads(5, area=5)))
        wait_for("a fourth live call", lambda: live() == 4)
        self.assertEqual(self.run_now(self.api, self.business["id"], other)["calling"]
                         + self.run_now(self.api, self.business["id"], other)["dialing"], 1)
        self.assert_limit_held(self.carrier.carrier, self.business["phone_e164"], 4)


if __name__ == "__main__":
    main()
