"""One call's whole story in a real browser: in order, in both languages, growing while the call lives."""

import time

from dashboard_world import ENTER, ESCAPE, SEEN_LIFE, TAB, DashboardWorld
from harness import main

TOLD = "return [...document.querySelectorAll('.story li[data-what]')].map((e) => e.dataset.what)"
OPEN = "document.querySelector('dialog[open]')"


class DashboardStoryTest(DashboardWorld):
    def read_story(self, sentence: str) -> list:
        """The events of the open dialog, once this is told."""
        self.browser.see(".story li", sentence)
        return self.browser.run(TOLD)

    def assert_in_order(self, told: list, whats: list):
        places = [told.index(what) for what in whats]
        self.assertEqual(places, sorted(places), told)

    def close(self):
        self.browser.press(ESCAPE)
        self.browser.wait("the dialog to close", f"!{OPEN}")

    def focused(self) -> str:
        return self.browser.run("return document.activeElement.getAttribute('aria-label')")

    def change_life(self, **life):
        self.carrier.carrier.set_life(**{name: str(value) for name, value in {**SEEN_LIFE, **life}.items()})

    # -- a call that has ended ------------------------------------------------------------------------

    def test_a_finished_call_is_told_from_the_queue_to_its_end_in_both_languages(self):
        run = self.new_run(self.api, self.business["id"], self.leads(2), name="Tickets")
        self.wait_for_run(self.api, self.business["id"], run)
        self.sign_in()
        self.browser.see(".lane")
        self.go("history")
        self.browser.click(".calls .tr button[aria-label$='Ada Lovelace']")
        told = self.read_story("Done")
        self.assert_in_order(told, ["queued", "claimed", "posted", "callback", "ended", "finished"])
        self.assertEqual(told.count("callback"), 4)
        for sentence in ("Put in the queue", "by the admin key", "POST", "HTTP 201", "ringing", "in progress",
                         "Ended: answered", "talked for"):
            self.browser.see(".story li", sentence)
        self.assertRegex(self.browser.run("return document.querySelector('.story time').innerText"),
                         r"^\d+:\d\d:\d\d\.\d [AP]M$")
        self.assertTrue(self.browser.run("return [...document.querySelectorAll('.since')].every((e) =>"
                                         r" /^\+(\d+ ms|\d+\.\d s|\d+:\d\d)$/.test(e.innerText))"))
        self.close()
        self.browser.wait("the focus where it was",
                          "document.activeElement.matches('button[aria-label$=\"Ada Lovelace\"]')")

        self.browser.click("button", "עברית")
        self.go(f"runs/{run}")
        self.browser.click(".jobs .tr button[aria-label$='Grace Lovelace']")
        told = self.read_story("הושלמה")
        self.assert_in_order(told, ["queued", "claimed", "posted", "callback", "ended", "finished"])
        for sentence in ("נכנסה לתור", "POST", "מצלצל", "הסתיימה: נענתה"):
            self.browser.see(".story li", sentence)
        latin = self.browser.run("return [...document.querySelectorAll('.story :is(time bdi, .since bdi, .code)')]"
                                 ".map((e) => getComputedStyle(e).direction)")
        self.assertEqual(set(latin), {"ltr"})
        # The time is on the right, what happened to the left of it.
        self.assertTrue(self.browser.run(
            "const [time, text] = document.querySelectorAll('.story li > :is(time, div)');"
            "return time.getBoundingClientRect().left > text.getBoundingClientRect().right"))
        self.close()
        self.assertEqual(self.focused(), "מהלך השיחה אל Grace Lovelace")
        self.assertEqual(self.browser.complaints(), [])

    def test_attempts_and_days_are_told_apart_and_what_is_unknown_by_its_own_name(self):
        self.change_life(answered=0, busy=1)
        run = self.new_run(self.api, self.business["id"], self.leads(1))
        self.wait_for_run(self.api, self.business["id"], run)
        self.sql.rows("UPDATE call_attempts SET started_at = started_at - interval '1 day',"
                      " ended_at = ended_at - interval '1 day', course = NULL")
        self.sql.rows("UPDATE outbound_call_runs SET created_at = created_at - interval '1 day'")
        self.sql.rows("UPDATE outbound_call_jobs SET created_at = created_at - interval '1 day'")
        self.api.post(f"/businesses/{self.business['id']}/runs/{run}/jobs/1/requeue", {})
        self.wait_for_run(self.api, self.business["id"], run)
        self.sql.rows("INSERT INTO audit_log (at, who, business_id, what, subject, detail) SELECT max(ended_at),"
                      f" 'key 3', {self.business['id']}, 'run.sing', {run}, '{{\"song\": \"low\"}}' FROM call_attempts")
        self.sign_in()
        self.browser.see(".lane")
        self.go("leads/1")
        self.browser.click(".calls .tr .to-story")
        told = self.read_story("run.sing")
        self.browser.see(".story li[data-what='run.sing']", "song: low · by key 3")
        self.browser.see(".story li", "once more")
        self.browser.see(".story .busy", "Ended: busy")
        self.assertEqual(told.count("ended"), 2)
        self.assertEqual(self.browser.run("return [...document.querySelectorAll('.story .try')]"
                                          ".map((e) => e.innerText.trim())"), ["Try 1", "Try 2"])
        self.assertEqual(self.browser.run("return document.querySelectorAll('.story .day').length"), 2)

    # -- a call that goes on --------------------------------------------------------------------------

    def test_the_story_of_a_live_call_grows_while_it_is_open_and_asks_nothing_when_it_is_closed(self):
        self.change_life(setup_ms="500-600", ring_ms="4000", talk_ms=600000)
        leads = self.leads(2)[:1]
        self.sign_in()  # before the call rings: a slow machine takes its time
        run = self.new_run(self.api, self.business["id"], leads)
        self.wait_for_lanes("ringing", 1)
        # By keyboard alone: the bar, its card, the button in it.
        self.browser.run("document.querySelector('.bar.live').focus()")
        self.browser.press(ENTER)
        self.browser.wait("the card", "document.activeElement.closest('.call-card')")
        self.browser.press(TAB)
        self.browser.requests()
        began = time.monotonic()
        self.browser.press(ENTER)
        before = self.read_story("It goes on")
        self.assertNotIn("ended", before)
        self.browser.see(".story li", "in progress")
        self.assertGreater(len(self.browser.run(TOLD)), len(before))
        self.api.post(f"/businesses/{self.business['id']}/runs/{run}/stop", {"hang_up": True})
        told = self.read_story("Ended: answered")
        self.assert_in_order(told, ["queued", "claimed", "posted", "callback", "run.stop", "ended", "finished"])
        self.browser.wait("no more to come", "!document.querySelector('.goes-on')")
        self.browser.see(".whose .chip", "answered")
        asked = [url for url, _ in self.browser.requests() if url.endswith("/calls/1")]
        self.assertLessEqual(len(asked), 2 + time.monotonic() - began)
        self.close()
        self.browser.wait("the focus on the bar", "document.activeElement.matches('.bar')")
        # Another one is opened, and goes on when nobody looks any more.
        run = self.new_run(self.api, self.business["id"], [2])
        self.wait_for_lanes("ringing", 1)
        self.browser.click(".bar.live")
        self.browser.click(".call-card button", "Story")
        self.read_story("It goes on")
        self.close()
        self.browser.requests()
        self.wait_for_lanes("calling", 1)
        self.api.post(f"/businesses/{self.business['id']}/runs/{run}/stop", {"hang_up": True})
        self.wait_for_live("0/3")
        self.browser.see(".recent li", "Grace Lovelace")
        self.assertEqual([url for url, _ in self.browser.requests() if "/calls/" in url], [])

    def test_on_a_phone_it_is_a_sheet_that_scrolls_in_itself(self):
        run = self.new_run(self.api, self.business["id"], self.leads(1))
        self.wait_for_run(self.api, self.business["id"], run)
        self.browser.look(390, 700, phone=True, still=True)
        self.sign_in()
        self.browser.see(".lane")
        for view in ("history", f"runs/{run}"):
            self.go(view)
            self.browser.click(".tr .to-story")
            self.browser.see(".story li", "Done")
            left, right, bottom = self.browser.run(
                f"const box = {OPEN}.getBoundingClientRect(); return [box.left, box.right, box.bottom]")
            self.assertEqual((left, right, bottom), (0, 390, 700))
            self.assertTrue(self.browser.run("const list = document.querySelector('.story');"
                                             "return list.scrollHeight > list.clientHeight"
                                             " && list.scrollWidth == list.clientWidth"))
            self.browser.find("dialog footer button", "Close")
            self.browser.click("dialog footer button", "Close")
            self.browser.wait("the dialog to close", f"!{OPEN}")
            self.browser.wait("the focus where it was", "document.activeElement.matches('.to-story')")


if __name__ == "__main__":
    main()
