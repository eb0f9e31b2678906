"""A run from its creation to its end, alone and in competition."""

import threading

from harness import TERMINAL, ApiError, Psql, World, fictional_leads, fictional_number, main, wait_for


class RunTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier()
        self.server = self.start_server(self.carrier)
        self.api = self.server.api()

    def test_fifty_leads_are_each_called_once(self):
        business = self.new_business(self.api)
        leads = self.api.import_leads(business["id"], fictional_leads(50))
        run = self.new_run(self.api, business["id"], leads)
        ended = self.wait_for_run(self.api, business["id"], run)
        self.assertEqual((ended["status"], ended["completed"], ended["total"]), ("completed", 50, 50))
        self.assert_counts_add_up(ended)
        seen = self.carrier.carrier.caller(business["phone_e164"])
        self.assertEqual((seen["calls"], seen["live"], seen["highest"]), (50, 0, 3))
        self.assert_nobody_called_twice(self.carrier.carrier)
        jobs = list(self.api.pages(f"/businesses/{business['id']}/runs/{run}/jobs"))
        self.assertEqual({job["lead_id"] for job in jobs}, set(leads))
        self.assertEqual({(job["status"], job["outcome"], job["attempts"]) for job in jobs},
                         {("completed", "answered", 1)})
        self.assertEqual(len({job["call_sid"] for job in jobs}), 50)
        # Each create request had an answer that could be read: callbacks bring the name as well.
        self.assertIn("\nringmaster_calls_in_doubt_total 0\n", self.api.send("GET", "/metrics")[2])

    def test_every_way_a_call_can_end_is_told(self):
        self.carrier.carrier.set_life(answered=1, machine=1, busy=1, no_answer=1, failed=1)
        business = self.new_business(self.api)
        leads = self.api.import_leads(business["id"], fictional_leads(60))
        run = self.new_run(self.api, business["id"], leads)
        ended = self.wait_for_run(self.api, business["id"], run)
        self.assertEqual(ended["status"], "completed")
        jobs = list(self.api.pages(f"/businesses/{business['id']}/runs/{run}/jobs"))
        statuses = self.carrier.carrier.observer()["statuses"]
        outcomes = [job["outcome"] for job in jobs]
        for outcome, status in (("busy", "busy"), ("no_answer", "no-answer"), ("failed", "failed")):
            self.assertEqual(outcomes.count(outcome), statuses[status], outcome)
            self.assertGreater(statuses[status], 0, "the carrier was asked for all kinds of endings")
        self.assertEqual(ended["completed"], statuses["completed"])
        self.assertEqual(ended["failed"], 60 - statuses["completed"])

    def test_two_runs_and_direct_calls_share_the_three_slots(self):
        business = self.new_business(self.api)
        leads = self.api.import_leads(business["id"], fictional_leads(72))
        runs = [self.new_run(self.api, business["id"], leads[:30]),
                self.new_run(self.api, business["id"], leads[30:60])]
        highest, stop = [0], threading.Event()

        def watch():
            sql = Psql(self.database_url)
            while not stop.is_set():
                highest[0] = max(highest[0], self.live_in_sql(business["id"], sql))
            sql.close()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            waiting, refused = leads[60:], 0
            while waiting:
                try:
                    self.api.post(f"/businesses/{business['id']}/calls", {"lead_ids": waiting[:1]})
                    waiting = waiting[1:]
                except ApiError as error:
                    self.assertEqual((error.status, error.code), (409, "slots_full"), error)
                    refused += 1
                    states = [self.run_now(self.api, business["id"], run)["status"] for run in runs]
                    if all(state in TERMINAL for state in states):
                        wait_for("a free slot after the runs", lambda: self.live_in_sql(business["id"]) == 0)
            for run in runs:
                self.assertEqual(self.wait_for_run(self.api, business["id"], run)["completed"], 30)
            self.wait_until_all_ended(self.carrier.carrier)
        finally:
            stop.set()
            watcher.join()
        self.assertEqual(highest[0], 3)
        seen = self.carrier.carrier.caller(business["phone_e164"])
        self.assertEqual((seen["highest"], seen["calls"]), (3, 72))
        self.assertGreater(refused, 0, "the slots were never full: the test proves nothing")
        self.assert_nobody_called_twice(self.carrier.carrier)

    def test_direct_calls_take_their_slots_whole_or_not_at_all(self):
        self.carrier.carrier.set_life(talk_ms="600000")
        business = self.new_business(self.api)
        leads = self.api.import_leads(business["id"], fictional_leads(5))
        path = f"/businesses/{business['id']}/calls"
        answer = self.api.post(path, {"lead_ids": leads[:2]})
        self.assertEqual([call["lead_id"] for call in answer["calls"]], leads[:2])
        with self.assertRaises(ApiError) as refused:
            self.api.post(path, {"lead_ids": leads[2:4]})
        self.assertEqual((refused.exception.status, refused.exception.code), (409, "slots_full"))
        self.assertEqual(self.live_in_sql(business["id"]), 2)
        self.api.post(path, {"lead_ids": leads[4:]})
        self.assertEqual(self.live_in_sql(business["id"]), 3)
        wait_for("three calls at the carrier",
                 lambda: self.carrier.carrier.caller(business["phone_e164"])["live"] == 3)

    def test_businesses_do_not_wait_for_each_other(self):
        self.carrier.carrier.set_life(talk_ms="600000")
        slow = self.new_business(self.api, 0)
        run = self.new_run(self.api, slow["id"], self.api.import_leads(slow["id"], fictional_leads(20)))
        self.wait_for_talking(self.carrier.carrier, slow["id"], 3)
        self.carrier.carrier.set_life(talk_ms="0-50")
        quick = self.new_business(self.api, 1)
        other = self.new_run(self.api, quick["id"], self.api.import_leads(quick["id"], fictional_leads(20)))
        self.assertEqual(self.wait_for_run(self.api, quick["id"], other)["completed"], 20)
        self.assertEqual(self.run_now(self.api, slow["id"], run)["completed"], 0)
        self.assert_limit_held(self.carrier.carrier, slow["phone_e164"])

    def test_a_csv_file_becomes_a_finished_run(self):
        business = self.new_business(self.api)
        rows = [f"{lead['first_name']},{lead['phone']},{i}" for i, lead in enumerate(fictional_leads(10))]
        text = "\ufeffFirst_Name,Phone,External_ID\r\n" + "\r\n".join([*rows, "Nobody,12,bad"]) + "\r\n"
        summary = self.api.post(f"/businesses/{business['id']}/leads", text, {"Content-Type": "text/csv"})
        self.assertEqual((summary["imported"], summary["updated"]), (10, 0))
        self.assertEqual([(error["row"], error["field"]) for error in summary["errors"]], [(11, "phone")])
        run = self.api.post(f"/businesses/{business['id']}/runs", {"all": True})
        ended = self.wait_for_run(self.api, business["id"], run["run_id"])
        self.assertEqual((ended["status"], ended["completed"]), ("completed", 10))
        self.assertEqual(self.carrier.carrier.caller(business["phone_e164"])["calls"], 10)

    def test_a_number_that_two_leads_share_is_called_once(self):
        business = self.new_business(self.api)
        number = fictional_number(0, 0)
        twins = [{"phone": number, "first_name": name, "external_id": name} for name in ("Romulus", "Remus")]
        self.api.post(f"/businesses/{business['id']}/leads", twins + fictional_leads(3, first=1))
        run = self.api.post(f"/businesses/{business['id']}/runs", {"all": True})
        self.assertEqual((run["total"], run["skipped_count"]), (4, 1))
        self.assertEqual(run["skipped"][0]["reason"], "duplicate_number")
        self.assertEqual(self.wait_for_run(self.api, business["id"], run["run_id"])["completed"], 4)
        self.assert_nobody_called_twice(self.carrier.carrier)


if __name__ == "__main__":
    main()
