"""Ends that are never told, requests without an answer, kills in between: the carrier is asked."""

from harness import LONG_LIFE, QUICK_LIFE, SHORT, World, fictional_leads, main, wait_for


class ReconcileTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier(QUICK_LIFE)
        self.sim = self.carrier.carrier
        self.server = self.start_server(self.carrier, changes=SHORT)
        self.api = self.server.api()
        self.business = self.new_business(self.api, ring_timeout_s=5)
        self.leads = self.api.import_leads(self.business["id"], fictional_leads(60))

    def start_run(self, leads: int) -> int:
        return self.new_run(self.api, self.business["id"], self.leads[:leads])

    def kill_and_start_again(self):
        self.server.kill()
        self.server = self.start_server(self.carrier, changes=SHORT, port=self.server.port)
        self.api = self.server.api()

    def metric(self, name: str) -> int:
        return self.api.metric(f"ringmaster_{name}_total")

    def assert_all_called_once(self, run: int, leads: int):
        ended = self.wait_for_run(self.api, self.business["id"], run)
        self.assertEqual((ended["status"], ended["completed"]), ("completed", leads), ended)
        self.wait_until_all_ended(self.sim)
        self.assertEqual(self.sim.caller(self.business["phone_e164"])["calls"], leads)
        self.assert_nobody_called_twice(self.sim)
        self.assert_limit_held(self.sim, self.business["phone_e164"])
        self.assertEqual(self.live_in_sql(self.business["id"]), 0)

    def test_lost_callbacks_hold_nothing_up(self):
        self.sim.set_faults(lost_completed=0.2, lost_all=0.2, silent_failure=0, stale_get=0.3, stale_ms=500)
        run = self.start_run(30)
        self.assert_all_called_once(run, 30)
        self.assertGreater(self.metric("calls_reconciled"), 0, "no callback was lost: nothing is proven")

    def test_requests_without_an_answer_are_found_or_made_again(self):
        self.sim.set_faults(create_error="any", create_error_after=0.2, create_error_before=0.2,
                            hold_ms=3000, lost_all=0.3)
        run = self.start_run(30)
        self.assert_all_called_once(run, 30)
        self.assertGreater(self.metric("calls_in_doubt"), 3)
        self.assertGreater(self.metric("calls_proven_absent"), 0)

    def test_calls_that_the_account_has_no_room_for_are_placed_again(self):
        self.sim.set_faults(concurrency_failed=1)
        run = self.start_run(6)
        wait_for("calls that failed for that", lambda: self.metric("calls_requeued") >= 3, 30)
        self.sim.set_faults(concurrency_failed=0)
        ended = self.wait_for_run(self.api, self.business["id"], run)
        self.assertEqual((ended["status"], ended["completed"]), ("completed", 6), ended)
        self.wait_until_all_ended(self.sim)
        self.assert_limit_held(self.sim, self.business["phone_e164"])
        self.assertEqual(self.live_in_sql(self.business["id"]), 0)

    def test_a_carrier_that_shows_calls_late_is_waited_for(self):
        self.sim.set_life(talk_ms="3000-4000")
        self.sim.set_faults(create_error="503", create_error_after=0.5, list_lag=1, get_lag=1, lag_ms=2000,
                            lost_all=0.7)
        run = self.start_run(12)
        self.assert_all_called_once(run, 12)
        self.assertEqual(self.metric("calls_proven_absent"), 0)

    def test_killed_again_and_again_under_faults_nobody_is_called_twice(self):
        self.sim.set_faults(create_error="any", create_error_after=0.15, create_error_before=0.15,
                            hold_ms=3000, lost_completed=0.2, lost_all=0.1)
        run = self.start_run(40)
        for round_ in range(5):
            wait_for("some calls", lambda: self.sim.observer()["calls"] >= 3 + 4 * round_, 60)
            self.kill_and_start_again()
            self.assertLessEqual(self.live_in_sql(self.business["id"]), 3)
        self.assert_all_called_once(run, 40)

    def test_a_call_that_is_up_while_the_server_is_down_ends_unheard_and_is_found_out(self):
        self.sim.set_life(talk_ms="1000")
        run = self.start_run(6)
        self.wait_for_talking(self.sim, self.business["id"], 3)
        self.server.kill()
        self.wait_until_all_ended(self.sim)
        self.sim.set_life(talk_ms="20-80")
        self.server = self.start_server(self.carrier, changes=SHORT, port=self.server.port)
        self.api = self.server.api()
        self.assert_all_called_once(run, 6)

    def test_a_call_that_appears_after_it_was_given_up_is_hung_up(self):
        self.api.patch(f"/businesses/{self.business['id']}", {"ring_timeout_s": 60})
        # Created, answered with an error, and neither shown nor told before the grace is over.
        self.sim.set_life(**{**LONG_LIFE, "setup_ms": "0", "ring_ms": "10000"})
        self.sim.set_faults(create_error="500", create_error_after=1, list_lag=1, get_lag=1, lag_ms=11000,
                            late_callbacks=1, late_ms=11000)
        run = self.start_run(1)
        wait_for("the create request", lambda: self.sim.observer()["calls"] == 1)
        wait_for("its error", lambda: self.metric("calls_in_doubt") == 1)
        self.sim.set_life(**LONG_LIFE)
        self.sim.set_faults(create_error_after=0, late_callbacks=0)
        wait_for("the second attempt", lambda: self.sim.observer()["calls"] == 2, 30)
        wait_for("the stray's end", lambda: self.sim.observer()["live"] == 1, 30)
        # Its answer webhook may have ended it a moment before the alarm.
        wait_for("the alarm", lambda: self.metric("strays_found") == 1, 30)
        self.server.wait_for_line("ALARM")
        wait_for("its end to be known", lambda: self.metric("strays_ended") == 1, 30)
        self.assertEqual(self.sql.value("SELECT count(*) FROM stray_calls WHERE ended_at IS NULL"), "0")
        now = self.run_now(self.api, self.business["id"], run)
        self.assertEqual((now["calling"], now["total"]), (1, 1))

    def test_hanging_up_is_repeated_until_it_is_done(self):
        self.sim.set_life(talk_ms="600000")
        self.sim.set_faults(cancel_404=0.5, cancel_21220=0.5, lost_all=1)
        run = self.start_run(6)
        self.wait_for_talking(self.sim, self.business["id"], 3)
        path = f"/businesses/{self.business['id']}/runs/{run}/stop"
        self.api.post(path, {"hang_up": True})
        self.assertEqual(self.sim.observer()["live"], 3)
        self.sim.set_faults(clear=True)
        self.wait_until_all_ended(self.sim)
        ended = self.wait_for_last_calls(self.api, self.business["id"], run)
        self.assertEqual((ended["status"], ended["completed"] + ended["failed"]), ("cancelled", 3))


if __name__ == "__main__":
    main()
