"""The actor-shell against a live server: every command, who is let in, and calls in doubt by hand."""

import base64
import json
import os
import socket
import stat
import struct
import subprocess
import urllib.request

from harness import LONG_LIFE, UNSAFE_BUT_FAST, World, fictional_leads, main, wait_for
from server import ACCOUNT, PROGRAM, TOKEN, clean_environment


class ConsoleBase(World):
    changes = UNSAFE_BUT_FAST

    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier(LONG_LIFE)
        self.server = self.start_server(self.carrier, changes=self.changes)
        self.api = self.server.api()
        self.business = self.new_business(self.api)["id"]
        self.socket = self.folder / "var" / "ringmaster.sock"

    def shell(self, *arguments, text=None) -> subprocess.CompletedProcess:
        return subprocess.run([str(PROGRAM), "shell", *arguments], cwd=self.folder, env=clean_environment(),
                              input=text, text=True, capture_output=True, timeout=60)

    def ask(self, command: str, *more):
        """The result of a command; fails with its words when it is refused."""
        done = self.shell("--json", *more, "-c", command)
        answer = json.loads(done.stdout)
        self.assertTrue(answer["ok"], (command, answer))
        self.assertEqual(done.returncode, 0)
        return answer["result"]

    def refused(self, command: str, *more) -> str:
        done = self.shell("--json", *more, "-c", command)
        self.assertNotEqual(done.returncode, 0)
        return json.loads(done.stdout)["error"]["code"]

    def talk(self) -> socket.socket:
        talk = socket.socket(socket.AF_UNIX)
        self.addCleanup(talk.close)
        talk.settimeout(30)
        talk.connect(str(self.socket))
        return talk

    def frame(self, talk: socket.socket) -> dict:
        size, = struct.unpack(">I", self.read(talk, 4))
        return json.loads(self.read(talk, size))

    def read(self, talk: socket.socket, size: int) -> bytes:
        got = b""
        while len(got) < size:
            more = talk.recv(size - len(got))
            self.assertTrue(more, "the connection ended")
            got += more
        return got

    def start_run(self, leads: int) -> int:
        ids = self.api.import_leads(self.business, fictional_leads(leads))
        run = self.new_run(self.api, self.business, ids)
        self.wait_for_talking(self.carrier.carrier, self.business, 3)
        return run


class ConsoleTest(ConsoleBase):
    def test_each_command_answers_while_calls_are_live(self):
        run, b = self.start_run(20), self.business
        about = self.ask("server")
        self.assertEqual((about["pid"], about["ready"]), (self.server.pid, True))
        config = json.dumps(self.ask("config"))
        self.assertNotIn(self.server.admin_key, config)
        self.assertNotIn("simulated-carrier-token", config)
        self.assertEqual(self.ask("overview")["active"], 3)
        self.assertEqual([x["id"] for x in self.ask("business find 0")["items"]], [b])
        self.assertEqual([x["active"] for x in self.ask("business busy")["items"]], [3])
        self.assertEqual(self.ask(f"business show {b}")["max_outbound_calls"], 3)
        slots = self.ask(f"business slots {b}")["items"]
        self.assertEqual([x["state"] for x in slots], ["calling"] * 3)
        self.assertEqual([x["id"] for x in self.ask(f"runs list {b}")["items"]], [run])
        self.assertEqual(self.ask(f"runs show {b} {run}")["calling"], 3)
        job = slots[0]["job_id"]
        self.assertEqual(self.ask(f"job show {b} {job}")["status"], "calling")
        self.assertIn("gates", self.ask(f"job why {b} {job}"))
        story = [x["what"] for x in self.ask(f"job story {b} {job}")["events"]]
        self.assertEqual([x for x in story if x in ("queued", "claimed", "named")], ["queued", "claimed", "named"])
        kinds = {x["kind"]: x for x in self.ask("actors")["actors"]}
        self.assertLessEqual({"admin", "business_supervisor", "bulk_store", "carrier", "event_feed",
                              "reconciler", "run", "store", "switchboard"}, set(kinds))
        self.assertGreater(kinds["business_supervisor"]["handled"], 0)
        self.assertEqual(kinds["run"]["key"], f"business={b} run={run}")
        self.assertEqual(self.ask("carrier")["calls_placed"], 3)
        self.assertEqual(self.ask("carrier pace 12.5")["calls_per_second"], 12.5)
        self.assertEqual(self.ask("carrier")["calls_per_second"], 12.5)
        self.assertGreater(self.ask("database")["commit"]["count"], 0)
        self.assertIn("ringmaster_slots_held 3\n", self.ask("metrics"))
        self.assertEqual(self.ask("log level debug")["level"], "debug")
        self.assertEqual(self.ask("doubts")["doubts"], [])
        for which in (b, "all"):  # those that are being asked about already are not asked about again
            wait_for("all three to be asked about",
                     lambda: "3 calls" in self.ask(f"reconcile {which}")[f"business {b}"])
        self.assertEqual(self.ask(f"runs pause {b} {run}")["status"], "paused")
        self.assertEqual(self.ask(f"runs resume {b} {run}")["status"], "running")
        self.assertTrue(self.ask(f"restart {b}")["done"])

        def slots_again():
            answer = json.loads(self.shell("--json", "-c", f"business slots {b}").stdout)
            return answer["ok"] and [x["state"] for x in answer["result"]["items"]] == ["calling"] * 3
        wait_for("the supervisor to know its slots again", slots_again)
        self.assertEqual(self.ask(f"business set-slots {b} 4")["max_outbound_calls"], 4)
        self.assertTrue(self.ask(f"business suspend {b}")["suspended"])
        self.assertFalse(self.ask(f"business unsuspend {b}")["suspended"])
        self.assertEqual(self.ask(f"runs stop {b} {run} hang-up")["status"], "cancelled")
        self.wait_for_last_calls(self.api, b, run)
        self.assert_nobody_called_twice(self.carrier.carrier)
        done = [x["what"] for x in self.ask(f"audit {b}")["items"] if x["who"] == f"console uid={os.getuid()}"]
        self.assertEqual(done, ["run.stop", "business.change", "business.change", "business.change",
                                "run.resume", "run.pause"])
        commands = [x["detail"]["command"] for x in self.ask("audit")["items"] if x["what"] == "console"]
        self.assertLessEqual({"carrier pace 12.5", "log level debug", f"restart {b}"}, set(commands))

    def test_tables_for_people_and_exit_codes_for_scripts(self):
        self.start_run(5)
        shown = self.shell("-c", f"business slots {self.business}")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout.splitlines()[0], r"^SLOT +STATE +PROGRESS +JOB")
        self.assertEqual(len(shown.stdout.splitlines()), 4)
        self.assertNotIn("\x1b", shown.stdout)
        wrong = self.shell("-c", "runs pause 1")
        self.assertEqual((wrong.returncode, "RUN is missing" in wrong.stderr), (2, True))
        refused = self.shell("-c", "runs pause 1 999999")
        self.assertEqual((refused.returncode, "error: " in refused.stderr), (1, True))
        several = self.shell(text="server\nhelp doubts\nnonsense\n")
        self.assertEqual(several.returncode, 2)
        self.assertIn("carrier's own console", several.stdout)
        nobody = self.shell("--socket", str(self.folder / "none.sock"), "-c", "server")
        self.assertEqual((nobody.returncode, "no server listens" in nobody.stderr), (1, True))

    def test_the_socket_is_private_and_what_is_malformed_is_refused(self):
        self.assertEqual(stat.S_IMODE(self.socket.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.socket.parent.stat().st_mode), 0o700)
        for payload, code in ((b"no json", "malformed"), (b'{"version":2,"command":[]}', "version"),
                              (b'{"version":1,"command":[1]}', "malformed"),
                              (b'{"version":1,"command":["fly"]}', "wrong_usage")):
            talk = self.talk()
            talk.sendall(struct.pack(">I", len(payload)) + payload)
            self.assertEqual(self.frame(talk)["error"]["code"], code)
        talk = self.talk()
        talk.sendall(struct.pack(">I", 1 << 30))
        self.assertEqual(self.frame(talk)["error"]["code"], "too_large")
        self.assertEqual(talk.recv(1), b"")
        self.assertEqual(self.ask("server")["ready"], True)

    def test_another_user_is_turned_away(self):
        if os.getuid() != 0:
            self.skipTest("only root can become another user")
        # The mode alone would do; the kernel's word is asked for besides.
        for path in (self.folder, self.socket.parent):
            path.chmod(0o755)
        self.socket.chmod(0o666)
        probe = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
                 "sys.exit(len(s.recv(1)))")
        # From within the folder: who may look into its parents does not matter.
        done = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", "python3", "-c", probe,
                               "var/ringmaster.sock"], cwd=self.folder, timeout=60)
        self.assertEqual(done.returncode, 0, "it was answered, or could not connect")
        wait_for("the log to tell", lambda: "[Console] Refused a connection of uid=65534" in
                 (self.folder / "logs" / "app.log").read_text())

    def test_tail_tells_what_happens(self):
        talk = self.talk()
        wish = json.dumps({"version": 1, "command": ["tail", str(self.business)]}).encode()
        talk.sendall(struct.pack(">I", len(wish)) + wish)
        self.assertEqual(self.frame(talk)["event"], "present")
        run = self.start_run(3)
        seen = self.frame(talk)
        while seen["event"] != "job":
            seen = self.frame(talk)
        self.assertEqual(seen["data"]["run_id"], run)
        wish = json.dumps({"version": 1, "command": ["server"]}).encode()
        talk.sendall(struct.pack(">I", len(wish)) + wish)
        while "event" in seen:
            seen = self.frame(talk)
        self.assertGreater(seen["result"]["events"], 1)
        self.assertEqual(self.frame(talk)["result"]["pid"], self.server.pid)

    def test_drain_is_asked_twice_and_ends_the_server(self):
        done = self.shell("-c", "drain")
        self.assertEqual((done.returncode, "Nothing was done" in done.stderr), (1, True))
        self.assertTrue(self.ask("server")["ready"])
        self.assertTrue(self.ask("drain", "--yes")["draining"])
        self.assertEqual(self.server.wait(60), 0)
        self.assertFalse(self.socket.exists())


# The carrier is asked about a call in doubt once, and then not for an hour.
PATIENT = {**UNSAFE_BUT_FAST, "dialing": {"send_deadline_s": 1},
           "carrier": {"connect_time_ms": 500, "answer_time_ms": 1000},
           "reconciler": {"grace_s": 3600, "first_pause_ms": 60000, "longest_pause_ms": 600000}}


class DoubtBase(ConsoleBase):
    changes = PATIENT

    def doubt(self) -> dict:
        def one():
            found = self.ask("doubts")["doubts"]
            return found[0] if found else None
        return wait_for("a call in doubt", one)

    def sids(self) -> list:
        """As somebody finds them who looks at the carrier's own console."""
        login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        url = f"{self.carrier.url}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Basic {login}"})) as got:
            return [call["sid"] for call in json.load(got)["calls"]]


class DoubtTest(DoubtBase):
    def test_a_call_that_was_found_at_the_carrier_is_adopted(self):
        # It rings all the time: whoever answers it would name it to us.
        self.carrier.carrier.set_life(**{**LONG_LIFE, "ring_ms": "50000"})
        self.carrier.carrier.set_faults(create_error="500", create_error_after=1, list_lag=1, lag_ms=8000,
                                        lost_all=1)
        run = self.new_run(self.api, self.business, self.api.import_leads(self.business, fictional_leads(1)))
        doubt = self.doubt()
        sid, = wait_for("the carrier to show the call", self.sids)
        order = f"doubt adopt {self.business} {doubt['job_id']} "
        self.assertEqual(self.refused(order + sid), "confirm")
        self.assertEqual(self.refused(f"doubt adopt {self.business} 999999 {sid}", "--yes"), "not_done")
        self.assertTrue(self.ask(order + sid, "--yes")["done"])
        self.assertEqual(self.ask("doubts")["doubts"], [])
        slot = self.ask(f"business slots {self.business}")["items"][0]
        self.assertEqual((slot["state"], slot["call_sid"], slot["run_id"]), ("calling", sid, run))
        self.assertEqual(self.refused(order + sid, "--yes"), "not_done")
        self.assertEqual(self.sql.rows("SELECT what, subject, who FROM audit_log WHERE what LIKE 'doubt%'"),
                         [["doubt.adopt", str(doubt["job_id"]), f"console uid={os.getuid()}"]])
        self.ask(f"runs stop {self.business} {run} hang-up")
        self.wait_until_all_ended(self.carrier.carrier)
        # No callback tells it: it is found out because somebody asks now.
        self.assertIn("1 calls", self.ask(f"reconcile {self.business}")[f"business {self.business}"])
        self.wait_for_last_calls(self.api, self.business, run)

    def test_a_call_that_never_was_frees_its_slot_on_a_persons_word(self):
        self.carrier.carrier.set_faults(create_error="500", create_error_before=1)
        run = self.new_run(self.api, self.business, self.api.import_leads(self.business, fictional_leads(1)))
        job = self.doubt()["job_id"]
        self.carrier.carrier.set_faults(clear=True)
        order = f"doubt never-placed {self.business} {job}"
        self.assertEqual(self.refused(order), "confirm")

        def taken():
            done = self.shell("--json", "--yes", "-c", order)
            answer = json.loads(done.stdout)
            return answer["ok"] or (self.assertIn("on its way", answer["error"]["message"]), False)[1]
        wait_for("its request to be surely over", taken)
        self.wait_for_talking(self.carrier.carrier, self.business, 1)
        self.assertEqual(self.carrier.carrier.observer()["calls"], 1)
        self.assertEqual(self.sql.rows("SELECT what, subject FROM audit_log WHERE what LIKE 'doubt%'"),
                         [["doubt.never_placed", str(job)]])
        self.ask(f"runs stop {self.business} {run} hang-up")
        self.wait_for_last_calls(self.api, self.business, run)


if __name__ == "__main__":
    main()
