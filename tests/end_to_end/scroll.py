"""Load, not a test: how smoothly the page scrolls through a list of many leads and a run of as many.
Prints the time between two frames while it scrolls, and how long the list's other end takes to appear."""

import argparse
import sys
import time
import unittest

from dashboard_world import DashboardWorld

MOST_LEADS = 1_000_000
SCROLL = """const box = document.querySelector('.rows'), [step, frames] = arguments, times = [];
let last = 0;
window.measured = null;
function tick(now) {
  if (last) times.push(now - last);
  last = now;
  box.scrollTop += step;
  if (times.length < frames) requestAnimationFrame(tick);
  else window.measured = times;
}
requestAnimationFrame(tick);"""


class Scroll(DashboardWorld):
    leads_wanted = 100_000

    def scroll(self, name: str, step: int, frames: int = 240):
        self.browser.run(SCROLL, step, frames)
        self.browser.wait("the frames", "window.measured", 60)
        times = sorted(self.browser.run("return window.measured"))
        p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
        print(f"{name}, {step} px a frame: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {times[-1]:.1f} ms")

    def jump(self, name: str):
        begun = time.monotonic()
        self.browser.run("const box = document.querySelector('.rows'); box.scrollTop = box.scrollHeight")
        self.browser.see(".rows .tr", f"Lead {self.leads_wanted}")
        print(f"{name}, from one end to the other: {1000 * (time.monotonic() - begun):.0f} ms")

    def test_scrolling(self):
        self.leads_by_sql(self.leads_wanted)
        self.sql.rows("ANALYZE")
        self.sign_in()
        self.browser.see(".lane")
        run = self.api.post(f"/businesses/{self.business['id']}/runs", {"all": True})["run_id"]
        for view, rows in (("leads", ".leads .tr"), (f"runs/{run}", ".jobs .tr")):
            self.go(view)
            self.browser.see(rows, "Lead 1")
            for step in (120, 3000):
                self.scroll(view, step)
            self.jump(view)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--leads", type=int, default=100_000, choices=range(1, MOST_LEADS + 1), metavar="N")
    Scroll.leads_wanted = arguments.parse_args().leads
    return 0 if unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
