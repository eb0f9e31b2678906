"""The dashboard's views one by one, in a real browser: what can be seen, picked, filtered and found."""

import datetime

import hashlib

from dashboard_world import ENTER, ESCAPE, LEFT, DashboardWorld
from harness import ADMIN_KEY, fictional_number, main

DROP = """const files = new DataTransfer();
files.items.add(new File([arguments[0]], 'dropped.csv', {type: 'text/csv'}));
document.querySelector('.drop').dispatchEvent(
    new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true}))"""


class DashboardViewsTest(DashboardWorld):
    # -- live ------------------------------------------------------------------------------------------

    def test_a_call_tells_all_about_itself_by_tap_and_by_keyboard(self):
        lead = self.leads(4)
        run = self.new_run(self.api, self.business["id"], lead[:3], name="Tickets")
        self.wait_for_run(self.api, self.business["id"], run)
        self.sign_in()
        self.browser.wait("three bars", "document.querySelectorAll('.bar.ended.answered').length == 3")
        self.browser.click(".bar.ended", "Ada Lovelace")
        for told in ("Ada Lovelace", "+1 201 555 0100", "answered", "Rang for", "Talked for", "Ended", "Tickets",
                     "went to its end"):
            self.browser.see(".call-card", told)
        self.browser.press(ESCAPE)
        self.browser.wait("the card to close", "!document.querySelector('.call-card')")
        self.assertIn("Ada", self.browser.run("return document.activeElement.ariaLabel"), "back where it was opened")
        self.calls_last()
        self.api.post(f"/businesses/{self.business['id']}/calls", {"lead_ids": lead[3:]})
        self.wait_for_lanes("calling", 1)
        # By keyboard: Tab reaches the newest call of a line, the arrows the others.
        self.browser.run("document.querySelector('.lane[data-state=calling] .bar.live').focus()")
        self.browser.press(ENTER)
        self.browser.see(".call-card", "It goes on")
        self.browser.see(".call-card", "direct call")
        self.browser.press(ESCAPE, LEFT)
        self.browser.wait("the call before", "document.activeElement.matches('.bar.ended')")

    def test_what_the_carrier_has_not_said_is_shown_as_doubt_to_the_business_and_the_operator(self):
        # The create request is answered with an error that says nothing about whether the call exists.
        self.carrier.carrier.set_faults(create_error="500", create_error_before=1)
        self.new_business(self.api, 1)
        self.sign_in(ADMIN_KEY)
        self.browser.wait("both", "document.querySelectorAll('.businesses .tr:not(.head)').length === 2")
        self.new_run(self.api, self.business["id"], self.leads(1))
        self.browser.see("[data-name=doubt_calls] b", "1")
        self.browser.see(".businesses .chip.in_doubt", "1")
        self.browser.choose(".tools select", "With calls in doubt")
        self.browser.wait("the one in doubt", "document.querySelectorAll('.businesses .tr:not(.head)').length === 1")
        self.browser.click(".businesses a", "Circus")
        self.wait_for_lanes("in_doubt", 1)
        self.browser.click(".bar.in_doubt")
        self.browser.see(".call-card", "has not said whether this call exists")

    # -- leads of any number ----------------------------------------------------------------------------

    def test_a_list_of_many_leads_opens_anywhere_and_all_but_some_are_called(self):
        self.leads_by_sql(20_000)
        self.calls_last()
        self.sign_in()
        self.browser.see(".lane")
        self.go("leads")
        self.browser.see("h1", "20,000")
        self.browser.see(".leads .tr", "Lead 1")
        self.browser.requests()
        self.browser.run("const box = document.querySelector('.rows'); box.scrollTop = box.scrollHeight")
        self.browser.see(".leads .tr", "Lead 20000")
        asked = [url for url, _ in self.browser.requests() if "/leads?" in url]
        self.assertLessEqual(len(asked), 3, "only what is looked at is read")
        self.assertLess(self.browser.run("return document.querySelectorAll('.leads .tr').length"), 60)
        self.browser.click(".picked label", "Select all 20,000")
        self.browser.click(".leads .tr:last-child input")
        self.browser.see(".picked b", "19,999 selected")
        self.browser.click("button", "Start a run")
        self.browser.click("dialog button.primary", "Start calling")
        self.browser.see(".run-full h1", "Run 1")
        self.assertEqual(self.run_now(self.api, self.business["id"], 1)["total"], 19_999)
        self.browser.run("const box = document.querySelector('.rows'); box.scrollTop = box.scrollHeight")
        self.browser.see(".jobs .tr", "Lead 19999")
        self.wait_for_lanes_of_run(3)

    def wait_for_lanes_of_run(self, calls: int):
        """The rows follow the calls without being read anew."""
        self.browser.run("document.querySelector('.rows').scrollTop = 0")
        self.browser.wait("the first rows in progress",
                          f"document.querySelectorAll('.jobs .tr .chip.calling').length == {calls}")

    def test_picks_stay_through_searches_and_a_lead_can_be_kept_from_calls(self):
        self.leads(40)
        self.sign_in()
        self.browser.see(".lane")
        self.go("leads")
        self.browser.see("h1", "40")
        for name in ("Ada Hopper", "Grace Turing"):
            self.search(name)
            self.browser.see(".leads .tr:last-child", name)
            self.browser.click(".leads .tr input[type=checkbox]")
        self.browser.see(".picked b", "2 selected")
        self.browser.click(".leads .tr a", "Grace Turing")
        self.browser.click("button", "Never call again")
        self.browser.see("h1 .chip", "do not call")
        self.browser.wait("no call", "document.querySelector('.actions .primary').disabled")
        self.go("leads")
        self.browser.click("button", "Start a run")
        self.browser.see("dialog blockquote", "Hello Ada")
        self.browser.type("input[name=name]", "Two")
        self.browser.click("dialog button.primary", "Start calling")
        self.browser.see(".run-full", "1 left out")
        self.browser.see(".run-full[data-status=completed]", "Finished")

    def test_a_csv_is_dropped_previewed_and_mended(self):
        self.sign_in()
        self.browser.see(".lane")
        self.go("start")
        self.browser.find(".drop")
        self.browser.run(DROP, "who,what\nAda,1\n")
        self.browser.see("[role=alert]", "no phone column")
        self.browser.run(DROP, f"Name,Phone\nAda Hopper,{fictional_number(3, 1)}\nGrace,12\n")
        self.browser.see(".errors", "Row 2")
        self.browser.see(".sample", "Ada")
        self.browser.click("button", "Import only")
        self.browser.see(".leads .tr", "Ada Hopper")
        self.assertEqual(self.sql.value("SELECT count(*) FROM leads"), "1")

    # -- history --------------------------------------------------------------------------------------------

    def test_the_history_is_filtered_by_outcome_run_and_the_days_of_the_business(self):
        leads = self.leads(5)
        self.new_run(self.api, self.business["id"], leads[:2], name="First")
        self.wait_for_run(self.api, self.business["id"], 1)
        self.carrier.carrier.set_life(answered="0", busy="1")
        self.new_run(self.api, self.business["id"], leads[2:], name="Second")
        self.wait_for_run(self.api, self.business["id"], 2)
        # One call of another day: of yesterday in Jerusalem, whatever day it is in London.
        self.sql.rows("UPDATE call_attempts SET started_at = started_at - interval '1 day',"
                      " ended_at = ended_at - interval '1 day' WHERE lead_id = %s" % leads[0])
        self.sql.rows("UPDATE outbound_call_runs SET created_at = created_at - interval '2 days'")
        self.sign_in()
        self.browser.see(".lane")
        self.go("history")

        def choose(name: str, option: str, calls: int):
            self.browser.choose(f"select[name={name}]", option)
            self.browser.wait(f"{calls} calls: {name} {option}",
                              f"document.querySelectorAll('.calls .rows .tr:not(.ghost)').length == {calls}")
        choose("outcome", "busy", 3)
        choose("outcome", "Any outcome", 5)
        choose("run", "First", 2)
        choose("time", "Yesterday", 1)
        choose("time", "Today", 1)
        choose("run", "Any run", 4)
        self.browser.click("button", "Export CSV")
        self.browser.see(".notice", "calls.csv")
        self.browser.click(".calls a", "Alan Lovelace")
        self.browser.see(".calls .tr", "busy")

    # -- who may what, and the same in the dark ----------------------------------------------------------------

    def test_times_are_those_of_the_business(self):
        lead = self.leads(1)
        self.new_run(self.api, self.business["id"], lead)
        self.wait_for_run(self.api, self.business["id"], 1)
        self.sql.rows("UPDATE call_attempts SET started_at = '2026-01-15 22:30:00+00'")
        self.browser.cdp("Emulation.setTimezoneOverride", timezoneId="America/New_York")
        self.sign_in()
        self.browser.see(".where", "there")
        self.go("history")
        self.browser.see(".calls .tr", "Jan 16, 12:30")  # in Jerusalem; 17:30 of the 15th in New York

    def test_a_key_that_may_only_look_is_offered_nothing_that_it_would_be_refused(self):
        self.calls_last()
        self.new_run(self.api, self.business["id"], self.leads(5))
        digest = hashlib.sha256(b"rmk_only_looks").hexdigest()
        self.sql.rows("INSERT INTO api_keys (key_sha256, business_id, role, created_at) VALUES"
                      f" (decode('{digest}', 'hex'), {self.business['id']}, 'read', now())")
        self.sign_in("rmk_only_looks")
        self.wait_for_lanes("calling")
        for view, seen in (("live", "Lines"), ("runs/1", "Run 1"), ("leads", "Leads"), ("leads/1", "Ada Lovelace")):
            self.go(view)
            self.browser.see("main", seen)
            offered = self.browser.run(
                "return [...document.querySelectorAll('main :is(button, a)')].map((e) => e.innerText)")
            for order in ("Pause", "Stop", "Start a run", "+ Start a run", "Call now", "Import CSV",
                          "Never call again"):
                self.assertNotIn(order, offered, view)

    def test_light_and_dark_are_chosen_and_kept(self):
        self.browser.look(1280, 860, dark=False)
        self.sign_in()
        self.browser.see(".lane")
        colour = "return getComputedStyle(document.documentElement).backgroundColor"
        light = self.browser.run(colour)
        self.browser.click("[aria-label='Light or dark']")
        self.browser.wait("the dark", f"(() => {{ {colour} }})() != '{light}'")
        self.browser.reload()
        self.browser.see(".lane")
        self.assertNotEqual(self.browser.run(colour), light)


if __name__ == "__main__":
    main()
