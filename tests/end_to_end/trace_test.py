"""From a request's id to its run, its calls in the log, and the whole story of one of them."""

import re

from harness import World, fictional_leads, main


class TraceTest(World):
    def test_a_request_leads_to_its_calls(self):
        carrier = self.start_carrier()
        server = self.start_server(carrier)
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
            self.assertRegex(log, rf"Started call for lead={job['lead_id']} job={job['id']} call_sid={story['call_sid']}")
            events = story["events"]
            whats = [x["what"] for x in events]
            self.assertEqual([x["at"] for x in events], sorted(x["at"] for x in events))
            self.assertLessEqual({"queued", "run.create", "run_started", "claimed", "named", "ended", "finished"},
                                 set(whats))
            claimed = events[whats.index("claimed")]["detail"]
            # With one slot, each call but the first waits for the one before it.
            self.assertEqual(claimed["waited_for"], "slot" if place else None)
            if place:
                self.assertEqual(events[whats.index("slot_free")]["detail"]["held_by_job_id"], jobs[place - 1]["id"])
            self.assertEqual(events[-1]["detail"].get("status"), story["status"])


if __name__ == "__main__":
    main()
