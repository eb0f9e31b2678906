"""The dashboard in a real browser, on the real server with the simulated carrier."""

from dashboard_world import ENTER, ESCAPE, TAB, DashboardWorld
from harness import ADMIN_KEY, fictional_number, main, wait_for


class DashboardTest(DashboardWorld):
    # -- signing in, and what the page loads ---------------------------------------------------------

    def test_the_page_asks_for_a_key_keeps_it_for_the_tab_and_loads_little_and_from_nobody_else(self):
        self.browser.requests()
        self.browser.open(self.server.url + "/")
        self.browser.type("input[name=key]", "rmk_wrong")
        self.browser.click("button", "Sign in")
        self.browser.see("[role=alert]", "not known")
        self.sign_in()
        self.browser.see(".lane-name", "Line 3")
        loaded = [one for one in self.browser.requests() if one[0].startswith("http")]
        self.assertEqual([url for url, _ in loaded if not url.startswith(self.server.url)], [])
        page = sum(size for url, size in loaded if "/api/" not in url)
        self.assertGreater(page, 10_000)
        self.assertLess(page, 100_000)
        self.assertEqual(self.browser.run("return [localStorage.getItem('key'), document.cookie]"), [None, ""])
        # What the page's own policy forbids would be told here; only the refused key is.
        self.assertEqual([c for c in self.browser.complaints() if "401" not in c], [])
        self.browser.reload()
        self.browser.see(".lane-name", "Line 3")
        self.browser.click("[aria-label='Sign out']")
        self.browser.find("input[name=key]")
        self.assertIsNone(self.browser.run("return sessionStorage.getItem('key')"))

    # -- CSV with bad rows to a finished run -----------------------------------------------------------

    def test_a_csv_with_bad_rows_becomes_a_finished_run(self):
        file = self.folder / "people.csv"
        file.write_text("שם פרטי,שם משפחה,טלפון,עיר\n" + "".join(
            f"Lead,{i},{fictional_number(1, i)},Haifa\n" for i in range(12)) +
            f"נועה,כהן,12,\nAgain,Same,{fictional_number(1, 3)},\n")
        self.sign_in()
        self.browser.see(".lane")
        self.go("leads/import")
        self.browser.find(".drop")
        self.browser.put_file("input[type=file]", file)
        self.browser.see(".errors", "too short")
        self.browser.see(".errors", "the same number")
        self.browser.see(".columns", "טלפון")
        self.browser.see(".columns .unused", "not used")
        self.assertEqual([self.count_shown(n) for n in ("fresh", "known", "wrong_rows", "would_call")],
                         [12, 0, 2, 12])
        self.assertEqual(self.count_shown("doubled"), 1)
        self.assertEqual(self.sql.value("SELECT count(*) FROM leads"), "0", "a preview keeps nothing")
        self.browser.click("button", "Import and start")
        self.browser.type("input[name=name]", " now")
        self.browser.click("dialog button.primary", "Start")
        self.browser.see(".run-full h1", "people now")
        self.browser.see(".run-full[data-status=completed]", "Finished")
        self.browser.wait("the outcomes", "document.querySelector('[data-outcome=answered] b')?.innerText == '12'")
        self.assertEqual((self.count_shown("completed"), self.count_shown("failed")), (12, 0))
        self.browser.see(".jobs .tr", "answered")
        self.browser.click("button", "Export CSV")
        exported = self.browser.downloads / "run-1.csv"
        wait_for("the exported file", exported.exists)
        self.assertEqual(len(exported.read_text("utf-8-sig").splitlines()), 13)
        self.assert_nobody_called_twice(self.carrier.carrier)
        self.go("history")
        self.browser.see(".calls .tr", "people now")

    def close_dialog(self):
        """By Escape; once more when an answer that was on its way has opened it again."""
        def closed():
            self.browser.press(ESCAPE)
            return not self.browser.run("return document.querySelector('dialog[open]')")
        wait_for("the dialog to close", closed, 20, 0.2)

    # -- live ------------------------------------------------------------------------------------------

    def test_a_reload_in_mid_run_shows_the_same_and_stop_stops(self):
        self.calls_last()
        run = self.new_run(self.api, self.business["id"], self.leads(30))
        self.sign_in()
        self.wait_for_lanes("calling")
        names = "return [...document.querySelectorAll('.lane-name')].map((e) => e.innerText)"
        before = self.browser.run(names)
        self.assertEqual(self.live_shown(), "3/3")
        self.browser.reload()
        self.wait_for_lanes("calling")
        self.assertEqual(self.browser.run(names), before)
        self.go(f"runs/{run}")
        self.browser.see("button", "Why not now?")
        self.browser.click("button", "Why not now?")
        self.browser.see(".gates .holds", "3 of 3")
        self.close_dialog()
        self.browser.click("button", "Pause")
        self.browser.see(".run-full[data-status=paused] .chip", "paused")
        self.browser.click("button", "Resume")
        self.browser.see(".run-full[data-status=running] .chip", "running")
        self.browser.click("button", "Stop")
        self.browser.click("dialog button", "Stop and hang up")
        self.browser.see(".run-full[data-status=cancelled]", "cancelled")
        self.wait_for_last_calls(self.api, self.business["id"], run)
        self.browser.wait("27 cancelled", "document.querySelector('[data-count=cancelled] dd')?.innerText == '27'")
        self.wait_until_all_ended(self.carrier.carrier)
        self.go("live")
        self.wait_for_live("0/3")
        self.assertEqual(self.carrier.carrier.observer()["calls"], 3)

    def test_a_killed_server_is_told_and_the_page_comes_back_by_itself(self):
        self.calls_last()
        self.new_run(self.api, self.business["id"], self.leads(6))
        self.sign_in()
        self.wait_for_lanes("calling")
        self.server.kill()
        self.browser.see(".banner[role=alert]", "lost")
        self.start_server(self.carrier, port=self.server.port)
        self.browser.wait("the banner to go", "!document.querySelector('.banner')")
        self.wait_for_live("3/3")
        self.assertEqual(self.carrier.carrier.observer()["calls"], 3, "nobody was called again")

    def test_leads_are_searched_picked_across_pages_and_called_directly(self):
        self.leads(700)
        self.calls_last()
        self.sign_in()
        self.browser.see(".lane")
        self.go("leads")
        self.browser.see("h1", "700")
        self.assertLess(self.browser.run("return document.querySelectorAll('.leads .tr').length"), 60)
        self.browser.run("document.querySelector('.rows').scrollTop = 46 * 690")
        self.browser.see(".leads .tr:not(.ghost)", "0199")  # the last hundred
        self.browser.click(".picked label", "Select all 700")
        self.browser.see(".picked b", "700 selected")
        self.browser.click("button", "Clear")
        self.browser.type("input[type=search]", "Ada Lovelace")
        self.browser.find("[data-total='7']")
        self.browser.click(".leads .tr input[type=checkbox]")
        self.browser.click("button", "Call now")
        self.wait_for_live("1/3")
        self.browser.click(".bar.live", "Ada Lovelace")
        self.browser.click(".call-card a", "Open this lead")
        self.browser.see("h2", "All calls of this lead")
        self.browser.see(".calls .tr", "direct call")

    # -- the operator, and Hebrew ------------------------------------------------------------------------

    def test_the_operator_finds_one_business_among_many(self):
        self.sql.rows("INSERT INTO businesses (name, phone_e164, created_at) SELECT 'Shop ' || i,"
                      " '+97231' || lpad(i::text, 6, '0'), now() FROM generate_series(1, 5000) i")
        self.sign_in(ADMIN_KEY)
        self.browser.see("[data-name=businesses] b", "5,001")
        self.browser.see(".health", "Everything is well")
        self.browser.type("input[type=search]", "Shop 4321")
        self.browser.see(".businesses a", "Shop 4321")
        self.browser.click(".businesses a", "Shop 4321")
        self.browser.see(".where", "Shop 4321")
        self.browser.see(".lanes", "Lines")

    def test_hebrew_is_mirrored_and_numbers_read_from_the_left(self):
        self.api.post(f"/businesses/{self.business['id']}/leads",
                      [{"phone": fictional_number(2, 7), "name": "נועה כהן"}])
        self.sign_in()
        self.browser.click("button", "עברית")
        self.browser.see(".tabs a", "אנשי קשר")
        self.assertEqual(self.browser.run("return [document.documentElement.dir, document.documentElement.lang]"),
                         ["rtl", "he"])
        self.browser.see(".lane-slot", "3")
        self.assertGreater(self.browser.run(
            "return document.querySelector('.lane-slot').getBoundingClientRect().left"), 640)
        self.go("leads")
        self.browser.see(".leads .tr", "נועה כהן")
        self.assertEqual(self.browser.run(
            "const b = document.querySelector('.leads .tr:not(.head) bdi.num');"
            "return [b.dir, b.innerText, getComputedStyle(b).direction]"), ["ltr", "+1 203 555 0107", "ltr"])
        self.browser.reload()
        self.browser.see(".tabs a", "אנשי קשר")

    def test_it_works_on_a_phone_and_by_keyboard_alone(self):
        self.browser.look(390, 844, phone=True, still=True)
        self.browser.open(self.server.url + "/")
        self.browser.find("input[name=key]")
        self.browser.run("document.querySelector('input[name=key]').focus()")
        self.browser.press(*self.business["api_key"], ENTER)
        self.browser.see(".lane")
        self.assertEqual(self.browser.run("return document.documentElement.scrollWidth"), 390)
        self.browser.run("document.activeElement.blur()")
        for _ in range(12):
            self.browser.press(TAB)
            if self.browser.run("return document.activeElement.getAttribute('href')?.endsWith('/runs')"):
                break
        self.browser.press(ENTER)
        self.browser.see("h1", "Runs")
        nameless = """return [...document.querySelectorAll('button, input, select, a')].filter((e) =>
            !(e.innerText || e.ariaLabel || e.getAttribute('aria-label') || e.closest('label')?.innerText)).length"""
        for view in ("live", "leads", "runs", "history", "start"):
            self.go(view)
            self.browser.see("h1")
            self.assertEqual(self.browser.run(nameless), 0, view)
            self.assertEqual(self.browser.run("return document.documentElement.scrollWidth"), 390, view)


if __name__ == "__main__":
    main()
