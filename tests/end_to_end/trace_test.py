"""From a request's id to its run, its calls in the log, and the whole story of one of them."""

import re

from harness import LONG_LIFE, UNSAFE_BUT_FAST, World, fictional_leads, main, wait_for


class TraceTest(World):
    def test_a_request_leads_to_its_calls(self):
        carrier = self.start_carrier()
        server = self.start_server(carrier, changes={**UNSAFE_BUT_FAST, "log": {"level": "debug"}})
        api = server.api()
        business = self.new_business(api, max_outbound_calls=1)["id"]
        leads = api.import_leads(business, fictional_leads(3))
        run = api.post(f"/businesses/{business}/runs", {"lead_ids": leads}, {"X-Request-Id": "order-77"})["run_id"]
        self.wait_for_run(api, business, run)
        log = server.output()
        self.assertRegex(log, rf"a run was ordered business={business} run={run} leads=3 request=order-77")
        self.assertRegex(log, rf"POST /api/v1/businesses/{business}/runs answered 201 by=\"admin key\" request=order-77")
        jobs = list(api.pages(f"/businesses/{business}/runs/{run}/jobs"))
        for place, job in enumerate(jobs):
            story = api.get(f"/businesses/{business}/calls/{job['id']}")
            self.assertRegex(log, rf"Started call for lead={job['lead_id']} job={job['id']} "
                                  rf"call_sid={story['call_sid']} .* request=order-77")
            self.assertEqual(story["request_id"], "order-77")
            events = story["events"]
            whats = [x["what"] for x in events]
            self.assertEqual([x["at"] for x in events], sorted(x["at"] for x in events))
            self.assertLessEqual({"queued", "run.create", "run_started", "slot_granted", "claimed", "posted",
                                  "carrier_answer", "named", "script_asked", "callback", "ended", "finished"},
                                 set(whats))
            # Each callback that the carrier sent, with its number.
            told = {int(x["detail"]["sequence"]): x["detail"]["status"] for x in events if x["what"] == "callback"}
            self.assertEqual(told, {0: "initiated", 1: "ringing", 2: "in-progress", 3: "completed"})
            claimed = events[whats.index("claimed")]["detail"]
            # With one slot, each call but the first waits for the one before it.
            self.assertEqual(claimed["waited_for"], "slot" if place else None)
            if place:
                self.assertEqual(events[whats.index("slot_free")]["detail"]["held_by_job_id"], jobs[place - 1]["id"])
            self.assertEqual(events[-1]["detail"].get("status"), story["status"])
            # In every line of the call, the carrier's and the callbacks' among them.
            lines = [x for x in log.splitlines() if f" job={job['id']} " in x and "[Api]" not in x]
            self.assertGreaterEqual(len(lines), 2 + len(told), lines)
            for line in lines:
                self.assertRegex(line, r" request=order-77( |$)")

    def test_a_direct_call_comes_of_its_own_request_and_is_told_while_it_lives(self):
        carrier = self.start_carrier(LONG_LIFE)
        server = self.start_server(carrier)
        api = server.api()
        business = self.new_business(api)["id"]
        lead = api.import_leads(business, fictional_leads(1))[0]
        job = api.post(f"/businesses/{business}/calls", {"lead_ids": [lead]},
                       {"X-Request-Id": "order-78"})["calls"][0]["job_id"]

        def answered():
            story = api.get(f"/businesses/{business}/calls/{job}")
            talks = [x for x in story["events"] if x["detail"].get("status") == "in-progress"]
            return story if talks else None
        story = wait_for("the answer in the story of a live call", answered, 60)
        self.assertEqual((story["status"], story["request_id"]), ("calling", "order-78"))
        for what in ("slot_granted", "posted", "carrier_answer"):
            self.assertEqual([x["what"] for x in story["events"]].count(what), 1, what)
        started = next(x for x in story["events"] if x["what"] == "call.start")
        self.assertEqual(started["request_id"], "order-78")
        audit = api.get(f"/businesses/{business}/audit")["items"]
        self.assertEqual({x["request_id"] for x in audit if x["what"] == "call.start"}, {"order-78"})


if __name__ == "__main__":
    main()
