"""A session of the actor-shell in a real terminal (tmux): each command, while the server dials as fast as it may.

With RINGMASTER_RECORD=FILE all that the terminal has shown is kept there."""

import os
import pathlib
import re

from console_test import PATIENT, DoubtBase
from harness import LONG_LIFE, QUICK_LIFE, fictional_leads, main, wait_for
from server import PROGRAM, clean_environment
from tmux import Tmux

PROMPT = "ringmaster> "
NAMES = ("Circus Krone", "Big Top", "Grand Parade", "Flea Circus")
LOAD = 1500  # leads of each: more than are called until the end


def commands_in(help_text: str) -> set:
    """The names of the commands that `help` lists."""
    return set(re.findall(r"^  ([a-z-]+(?: [a-z-]+)?)(?= )", help_text, re.M))


def fit_to_keep(recorded: str) -> str:
    """Without keys and without most of what /metrics says."""
    recorded = re.sub(r"\brmk_\S+", "rmk_…", recorded)
    shown = re.compile(r"(^ringmaster> metrics\n(?:.*\n){8})(?:(?!ringmaster> ).*\n)+", re.M)
    return shown.sub(r"\1…\n", recorded) + "\n"


class ConsoleSessionTest(DoubtBase):
    changes = {**PATIENT, "carrier": {**PATIENT["carrier"], "calls_per_second": 1000}}

    def setUp(self):
        super().setUp()
        self.sim = self.carrier.carrier
        self.typed = []

    def start_doubts(self):
        """One call that is and one that never was, both in doubt."""
        self.doubtful = self.new_business(self.api, 9, name="Mystery Show", redial_in_doubt=False)["id"]
        first, second = self.api.import_leads(self.doubtful, fictional_leads(2, area=50))
        self.sim.set_life(**{**LONG_LIFE, "ring_ms": "50000"})
        self.sim.set_faults(create_error="500", create_error_after=1, list_lag=1, lag_ms=4000, lost_all=1)
        self.new_run(self.api, self.doubtful, [first])
        self.is_there = self.doubt()["job_id"]
        # No callback of the first call may tell its name, however soon all this is done.
        self.sim.set_faults(clear=True, create_error="500", create_error_before=1, lost_all=1)
        self.new_run(self.api, self.doubtful, [second])
        wait_for("two calls in doubt", lambda: len(self.ask("doubts")["doubts"]) == 2)
        self.never_was, = {x["job_id"] for x in self.ask("doubts")["doubts"]} - {self.is_there}
        self.sim.set_faults(clear=True)
        self.sid, = wait_for("the carrier to show the call", self.sids)

    def start_load(self):
        self.sim.set_life(**{**QUICK_LIFE, "talk_ms": "100-300"})
        self.busy, self.runs = [], []
        for number, name in enumerate(NAMES):
            business = self.new_business(self.api, number + 1, name=name)
            ids = self.api.import_leads(business["id"], fictional_leads(LOAD))
            self.busy.append(business)
            self.runs.append(self.new_run(self.api, business["id"], ids))
        wait_for("dialling", lambda: self.calls() > 50)

    def calls(self) -> int:
        return self.sim.observer()["calls"]

    def say(self, line: str, pattern: str) -> str:
        self.typed.append(line)
        shown = self.terminal.ask(line)
        self.assertTrue(re.search(pattern, shown, re.M), f"no {pattern!r} after {line}:\n{shown}")
        return shown

    def say_twice(self, line: str, word: str, pattern: str):
        """What is asked twice before it is done."""
        self.typed.append(line)
        term = self.terminal
        prompts = term.transcript().count("\n" + PROMPT.strip())
        term.type(line)
        term.press("Enter")
        term.wait_until("the question", lambda shown: shown.endswith("(yes/no)"))
        term.type("yes")
        term.press("Enter")
        term.wait_until("the second question", lambda shown: shown.endswith(f"type {word} once more:"))
        term.type(word)
        term.press("Enter")
        shown = term.wait_until("the next prompt", lambda shown: shown.endswith("\n" + PROMPT.strip()) and
                                shown.count("\n" + PROMPT.strip()) > prompts)
        said = shown[shown.rindex("once more:"):]
        self.assertTrue(re.search(pattern, said, re.M), f"no {pattern!r} after {line}:\n{said}")

    def interrupt(self):
        self.terminal.press("C-c")
        self.terminal.wait_until("the prompt", lambda shown: shown.endswith("\n" + PROMPT.strip()))

    def test_each_command_while_the_server_dials(self):
        self.start_doubts()
        self.start_load()
        self.terminal = Tmux(self.folder, [str(PROGRAM), "shell"], PROMPT, clean_environment(HOME=str(self.folder)))
        self.addCleanup(self.terminal.close)
        began = self.calls()
        help_text = self.say("help", "Begin with: server")
        for part in (self.of_the_node, self.of_businesses, self.tab_completes, self.of_doubts, self.of_keys,
                     self.what_goes_on):
            before = self.calls()
            part()
            self.assertGreater(self.calls(), before, f"no load during {part.__name__}")
        self.the_end()
        done = {" ".join(line.split()[:2]) for line in self.typed} | {line.split()[0] for line in self.typed}
        self.assertEqual(commands_in(help_text) - done, set(), "commands that nobody has given")
        self.assertGreater(self.calls() - began, 100)
        for business in self.busy:
            self.assert_limit_held(self.sim, business["phone_e164"], 4)
        self.assert_nobody_called_twice(self.sim)

    def of_the_node(self):
        self.say("server", r"^ready +yes")
        self.say("config", r"auth_token.*\*")
        self.say("overview", r"^active +\d")
        self.say("actors", rf"^business_supervisor +business={self.busy[0]['id']} ")
        self.say("carrier", r"^calls_placed +\d\d")
        self.say("carrier pace 900", r"^calls_per_second +900")
        self.say("database", r"^reconnects +0")
        self.say_twice("database accept", "database accept", "error: ")  # it is the known one
        self.say("metrics", r'^ringmaster_calls_live\{state="calling"\} [1-9]')
        self.say("log level debug", "debug")
        self.say("log level info", "info")
        self.say("audit", "carrier pace 900")

    def of_businesses(self):
        b, run = self.busy[0]["id"], self.runs[0]
        self.say("business find circus", r"Circus Krone(.|\n)*Flea Circus")
        self.say("business busy", r"Grand Parade +\+1\d+ +[0-3] +3")
        self.say(f"business show {b}", r"Circus Krone")
        self.say(f"business slots {b}", r"^ +1 (.|\n)*^ +3 ")
        self.say(f"business set-slots {b} 4", r"^max_outbound_calls +4")
        self.say(f"business suspend {b}", r"^suspended +yes")
        self.say(f"business unsuspend {b}", r"^suspended +no")
        self.say(f"runs list {b}", rf"^ *{run} +running +{LOAD}")
        self.say(f"runs show {b} {run}", r"^status +running")
        self.say(f"runs pause {b} {run}", r"^status +paused")
        self.say(f"runs resume {b} {run}", r"^status +running")
        self.say(f"reconcile {b}", rf"^business {b} +the carrier is asked about \d calls")
        job = self.sql.value(f"SELECT max(id) FROM outbound_call_jobs WHERE business_id = {b} AND status = 'queued'")
        self.say(f"job show {b} {job}", r"^status +queued")
        self.say(f"job why {b} {job}", r"^run +yes")
        self.say(f"job story {b} {job}", r"queued")
        self.say(f"restart {b}", r"^done +yes")

    def tab_completes(self):
        """Commands, ids and names."""
        term = self.terminal
        parade = self.busy[2]["id"]

        def tab(typed: str, becomes: str):
            term.type(typed)
            term.press("Tab")
            term.wait_until(becomes, lambda shown: shown.endswith(PROMPT + becomes))
        tab("busi", "business")
        tab("sh", "business show")
        tab("parad", f"business show {parade}")
        shown = term.ask("")
        self.assertIn("Grand Parade", shown)
        # Of several that fit each is shown with its name.
        term.type("business slots circ")
        term.press("Tab")
        shown = term.wait_until("the line again", lambda shown: shown.endswith(PROMPT + "business slots circ") and
                                shown.count(PROMPT + "business slots circ") == 2)
        for one in (0, 3):
            self.assertIn(f"\n{self.busy[one]['id']} {NAMES[one]}\n", shown)
        term.press("C-u")
        tab(f"runs show {parade} ", f"runs show {parade} {self.runs[2]}")
        self.assertRegex(term.ask(""), rf"(?m)^id +{self.runs[2]}$")

    def of_doubts(self):
        b = self.doubtful
        self.say("doubts", rf"^ +{b} +{self.is_there} (.|\n)*{self.never_was} ")
        self.say_twice(f"doubt adopt {b} {self.is_there} {self.sid}", str(self.is_there), "adopted")
        self.say_twice(f"doubt never-placed {b} {self.never_was}", str(self.never_was), "its slot is free")
        self.say(f"job requeue {b} {self.never_was}", r"^status +queued")

    def of_keys(self):
        b = self.busy[1]["id"]
        self.say(f"keys create {b} read nightwatch 7", r"rmk_")
        key, = re.findall(r"^ *(\d+) +read ", self.say(f"keys list {b}", "nightwatch"), re.M)
        self.say(f"keys rename {b} {key} daywatch", "daywatch")
        self.say(f"keys expire {b} {key} 3", "expires_at")
        self.say(f"keys rotate {b} {key} 1", r"rmk_")
        self.say_twice(f"keys revoke {b} {key}", key, r"^done +yes")

    def what_goes_on(self):
        term, b = self.terminal, self.busy[3]["id"]
        self.typed.append(f"watch business slots {b}")
        term.type(self.typed[-1])
        term.press("Enter")
        first = wait_for("the slots", lambda: "SLOT " in term.screen() and term.screen())
        wait_for("other calls in them", lambda: "SLOT " in term.screen() and term.screen() != first)
        self.interrupt()
        self.typed.append(f"tail {b}")
        term.type(self.typed[-1])
        term.press("Enter")
        term.wait_until("what happens", lambda shown: re.search(rf"tail {b}\n(.|\n)*^job ", shown, re.M))
        self.interrupt()
        self.say(f"runs stop {b} {self.runs[3]} hang-up", r"^status +cancelled")

    def the_end(self):
        self.say_twice("drain", "drain", r"draining +yes")
        self.assertEqual(self.server.wait(60), 0)
        self.terminal.type("quit")
        self.typed.append("quit")
        recorded = self.terminal.transcript()
        self.terminal.press("Enter")
        wait_for("the window to close", lambda: not self.terminal.alive())
        if os.environ.get("RINGMASTER_RECORD"):
            pathlib.Path(os.environ["RINGMASTER_RECORD"]).write_text(fit_to_keep(recorded))


if __name__ == "__main__":
    main()
