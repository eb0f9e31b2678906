"""What the tests of the dashboard stand on: a business on a live server, and a browser before its page."""

from browser import Browser
from harness import LONG_LIFE, SCRIPT, World, fictional_leads, fictional_number

# Calls of half a second: long enough to be seen, short enough for a test.
SEEN_LIFE = {"answered": 1, "machine": 0, "busy": 0, "no_answer": 0, "failed": 0, "setup_ms": "20-50",
             "ring_ms": "50-150", "talk_ms": "200-500"}
ESCAPE, ENTER, TAB, LEFT = "\ue00c", "\ue007", "\ue004", "\ue012"


class DashboardWorld(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier(SEEN_LIFE)
        self.server = self.start_server(self.carrier)
        self.api = self.server.api()
        self.business = self.api.post("/businesses", {
            "name": "Circus", "phone_e164": fictional_number(59, 99), "default_script": SCRIPT,
            "time_zone": "Asia/Jerusalem"})
        self.browser = Browser(flags=["--accept-lang=en-US"])
        self.addCleanup(self.browser.end)

    def calls_last(self):
        """Until somebody hangs up."""
        self.carrier.carrier.set_life(**{name: str(value) for name, value in LONG_LIFE.items()})

    def sign_in(self, key: str = ""):
        self.browser.open(self.server.url + "/")
        self.browser.type("input[name=key]", key or self.business["api_key"])
        self.browser.click("button", "Sign in")

    def go(self, view: str):
        self.browser.run("location.hash = arguments[0]", f"#/b/{self.business['id']}/{view}")

    def leads(self, count: int) -> list:
        return self.api.import_leads(self.business["id"], fictional_leads(count))

    def leads_by_sql(self, count: int):
        """Many, quickly: "Lead 1" and so on."""
        self.sql.rows("INSERT INTO leads (business_id, phone_e164, first_name, last_name, external_id, created_at)"
                      f" SELECT {self.business['id']}, '+97252' || lpad(i::text, 7, '0'), 'Lead', i::text,"
                      f" 'X' || i, now() FROM generate_series(1, {count}) i")

    def search(self, text: str):
        self.browser.run("const box = document.querySelector('input[type=search]'); box.value = arguments[0];"
                         "box.dispatchEvent(new Event('input'))", text)

    def count_shown(self, name: str) -> int:
        return int(self.browser.run(
            "return document.querySelector(`[data-count=${arguments[0]}] dd`)?.innerText ?? '-1'", name))

    def live_shown(self) -> str:
        return self.browser.run("return document.querySelector('[data-name=capacity] b')?.innerText")

    def wait_for_lanes(self, state: str, lanes: int = 3):
        self.browser.wait(f"{lanes} lines {state}",
                          f"document.querySelectorAll('.lane[data-state={state}]').length == {lanes}")

    def wait_for_live(self, shown: str):
        self.browser.wait(f"{shown} calls", f"document.querySelector('[data-name=capacity] b')?.innerText == '{shown}'")
