"""An attacker's hour against the real server, from outside: a business's key at most, and everything that
can be sent. What each attempt got is told in config/SECURITY.md. (Requests that two parsers read
differently, times and limits of single connections: tests/http; signatures: tests/twilio.)"""

import json
import os
import pathlib
import re
import socket
import struct
import time
import urllib.parse

from harness import (LONG_LIFE, ADMIN_KEY, SCRIPT, World, fictional_leads, fictional_number, main, wait_for)
from server import ACCOUNT

EVIL = ['=cmd|"/c calc"!A1', "+1+1", "-2+3", "@SUM(1)", "\u202eevil", "</Say><Dial>+19005550100</Dial><Say>"]


class AttackTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier(LONG_LIFE)
        self.server = self.start_server(self.carrier)
        self.admin = self.server.api()
        self.mine, self.theirs = self.new_business(self.admin, 0), self.new_business(self.admin, 1)
        self.api, self.other = self.server.api(self.mine["api_key"]), self.server.api(self.theirs["api_key"])
        self.addCleanup(self.check_that_it_still_stands)

    def check_that_it_still_stands(self):
        self.assertIsNone(self.server.process.poll(), "the server has ended")
        log = (self.folder / "logs" / "app.log").read_text(errors="strict")
        self.assertNotIn("ALARM", log)
        for secret in (ADMIN_KEY, self.mine["api_key"], self.theirs["api_key"]):
            self.assertNotIn(secret, log)
        for line in log.splitlines():
            self.assertRegex(line, r"^\[?20\d\d-", "a log line that is not the server's own")
        self.assertFalse(re.search(r"[\x00-\x08\x0b-\x1f\x7f]", log), "a control character in the log")

    def raw(self, request: bytes, whole: bool = True) -> bytes:
        """All that comes back on one connection."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as link:
            try:
                link.sendall(request)
                if whole:
                    link.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before all of it was sent
            answer = b""
            while True:
                try:
                    part = link.recv(65536)
                except ConnectionResetError:
                    return answer
                if not part:
                    return answer
                answer += part

    def head(self, method: str, path: str, *headers: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: a", f"Authorization: Bearer {self.mine['api_key']}",
                 *headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    # -- other tenants ----------------------------------------------------------------------------------

    def their_things(self) -> dict:
        lead = self.other.import_leads(self.theirs["id"], fictional_leads(1))[0]
        run = self.new_run(self.other, self.theirs["id"], [lead])
        job = wait_for("a job", lambda: list(self.other.pages(
            f"/businesses/{self.theirs['id']}/runs/{run}/jobs")))[0]["id"]
        key = self.other.get(f"/businesses/{self.theirs['id']}/keys")["items"][0]["id"]
        return {"lead_id": lead, "run_id": run, "job_id": job, "key_id": key}

    def test_no_route_shows_or_changes_anything_of_another_business(self):
        things = self.their_things()
        before = self.sql.rows("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ("
                               "SELECT l::text AS t FROM leads l UNION ALL SELECT b::text FROM businesses b "
                               "UNION ALL SELECT r::text FROM outbound_call_runs r) t")
        walked = 0
        for path, operations in json.loads(self.api.send("GET", "/api/openapi.json")[2])["paths"].items():
            wanted = re.findall(r"{(\w+)}", path)
            if "business_id" not in wanted:
                continue
            for method in {"get", "post", "patch", "put", "delete"} & set(operations):
                for owner in ("theirs", "mine"):
                    if owner == "mine" and len(wanted) == 1:
                        continue  # one's own
                    ids = {**{name: things.get(name) for name in wanted},
                           "business_id": getattr(self, owner)["id"]}
                    with self.subTest(method=method, path=path, owner=owner):
                        body = {} if method in ("post", "patch", "put") else None
                        status, _, told = self.api.send(method.upper(), path.format(**ids), body)
                        nowhere = {name: 987654321 for name in wanted}
                        if owner == "mine":
                            nowhere["business_id"] = ids["business_id"]
                        missing = self.api.send(method.upper(), path.format(**nowhere), body)
                        self.assertEqual((status, told), (missing[0], missing[2]), "it tells that it exists")
                        self.assertEqual(status, 404, told)
                        walked += 1
        self.assertGreater(walked, 30)
        after = self.sql.rows("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ("
                              "SELECT l::text AS t FROM leads l UNION ALL SELECT b::text FROM businesses b "
                              "UNION ALL SELECT r::text FROM outbound_call_runs r) t")
        self.assertEqual(before, after)

    def test_what_is_the_admin_s_alone_is_no_business_s(self):
        for method, path in (("POST", "/businesses"), ("GET", "/businesses"), ("GET", "/audit"), ("GET", "/overview"),
                             ("GET", "/overview/businesses")):
            with self.subTest(method=method, path=path):
                status, _, told = self.api.send(method, "/api/v1" + path, {} if method == "POST" else None)
                self.assertIn(status, (403, 404), told)

    def test_an_idempotency_key_or_a_cursor_of_another_opens_nothing(self):
        key = {"Idempotency-Key": "the-same"}
        leads = [fictional_leads(3), fictional_leads(2, area=1)]
        theirs = self.other.post(f"/businesses/{self.theirs['id']}/leads", leads[0], key)
        mine = self.api.post(f"/businesses/{self.mine['id']}/leads", leads[1], key)
        self.assertEqual((theirs["imported"], mine["imported"]), (3, 2))
        cursor = self.other.get(f"/businesses/{self.theirs['id']}/leads?limit=1")["next_cursor"]
        status, _, page = self.api.send(
            "GET", f"/api/v1/businesses/{self.mine['id']}/leads?cursor={urllib.parse.quote(cursor)}")
        if status == 200:
            seen = {lead["phone_e164"] for lead in json.loads(page)["items"]}
            self.assertLessEqual(seen, {lead["phone"] for lead in leads[1]})
        for forged in ("l1' OR 1=1", "l99999999999999999999", "\x00", "%00", "x" * 5000):
            status, _, told = self.api.send(
                "GET", f"/api/v1/businesses/{self.mine['id']}/leads?cursor={urllib.parse.quote(forged)}")
            with self.subTest(forged=forged[:30]):
                self.assertEqual(status, 400, told)

    # -- keys ---------------------------------------------------------------------------------------------

    def test_keys_are_neither_guessed_nor_smuggled(self):
        good = self.mine["api_key"]
        answers = set()
        for guess in [good[:-1], good + "0", good.upper(), ADMIN_KEY[:-1], "", " ", "null", "0", "' OR 1=1--",
                      *(f"{good[:-4]}{i:04x}" for i in range(100))]:
            status, _, told = self.api.send("GET", f"/api/v1/businesses/{self.mine['id']}", None, {"Authorization": f"Bearer {guess}"})
            self.assertIn(status, (401, 429), told)
            answers.add((status, re.sub(r'"(request_id|id)":"[^"]*"', "", told)))
        self.assertLessEqual(len(answers), 4, "a wrong key is told more than that it is wrong")
        path = f"/api/v1/businesses/{self.mine['id']}"
        for trick in ([f"X-Api-Key: {good}"], [f"Cookie: key={good}"], [f"Authorization: Basic {good}"],
                      [f"Authorization: Bearer wrong", f"Authorization: Bearer {good}"],
                      [f"Authorization: Bearer {good}", "Authorization: Bearer wrong"],
                      [f"Authorization: Bearer {good} {good}"], [f"Proxy-Authorization: Bearer {good}"]):
            with self.subTest(trick=trick):
                request = "\r\n".join([f"GET {path} HTTP/1.1", "Host: a", *trick]) + "\r\n\r\n"
                self.assertRegex(self.raw(request.encode()), rb"^HTTP/1.1 4(00|01|29) ")
        for query in (f"?key={good}", f"?api_key={good}", f"?access_token={good}"):
            request = f"GET {path}{query} HTTP/1.1\r\nHost: a\r\n\r\n"
            self.assertRegex(self.raw(request.encode()), rb"^HTTP/1.1 4(00|01|29) ")

    # -- headers and framing ------------------------------------------------------------------------------

    def test_headers_of_proxies_and_frameworks_change_nothing(self):
        lead = self.api.import_leads(self.mine["id"], fictional_leads(1))[0]
        path = f"/api/v1/businesses/{self.mine['id']}/leads/{lead}"
        for header in ("X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE", "X-Original-URL: /metrics",
                       "X-Rewrite-URL: /metrics", "X-Forwarded-Host: evil.example", "X-Forwarded-For: 127.0.0.1",
                       "Forwarded: for=127.0.0.1;host=evil.example", "Upgrade: h2c", "Connection: Authorization",
                       "Transfer-Encoding : chunked", "Range: bytes=0-1", "Origin: https://evil.example"):
            with self.subTest(header=header):
                answer = self.raw(self.head("GET", path, header))
                self.assertRegex(answer, rb"^HTTP/1.1 (200|400) ")
                self.assertNotIn(b"evil.example", answer)
                self.assertNotIn(b"Access-Control-Allow-Origin", answer)
        self.assertEqual(self.api.get(f"/businesses/{self.mine['id']}/leads/{lead}")["id"], lead)

    def test_one_request_is_never_two(self):
        path = f"/api/v1/businesses/{self.mine['id']}/leads"
        inner = self.head("POST", path, "Content-Type: application/json", "Content-Length: 26")
        inner += b'[{"phone":"+12025550199"}]'
        length = str(len(inner))
        plain = ["Content-Type: application/json"]
        for headers, body in (
                ([f"Content-Length: {length}", "Transfer-Encoding: chunked"], b"0\r\n\r\n" + inner),
                (["Transfer-Encoding: chunked", f"Content-Length: {length}"], b"0\r\n\r\n" + inner),
                (["Content-Length: 0", f"Content-Length: {length}"], inner),
                (["Content-Length: 0,0"], inner), (["Content-Length: +0"], inner),
                (["Transfer-Encoding: xchunked"], b"0\r\n\r\n" + inner),
                (["Transfer-Encoding: chunked, identity"], b"0\r\n\r\n" + inner),
                (["Transfer-Encoding:\x0bchunked"], b"0\r\n\r\n" + inner),
                (["X: a\r\n Content-Length: 0"], inner), (["X: a\nContent-Length: 0"], inner),
                (["Transfer-Encoding: chunked"], b"0\n\r\n" + inner),
                (["Transfer-Encoding: chunked"], b"-1\r\n\r\n" + inner),
                (["Transfer-Encoding: chunked"], b"fffffffffffffffff\r\n" + inner),
                (["Transfer-Encoding: chunked"], b"0;\nx\r\n\r\n" + inner)):
            with self.subTest(headers=headers, body=body[:12]):
                answer = self.raw(self.head("POST", path, *plain, *headers) + body)
                self.assertRegex(answer, rb"^HTTP/1.1 400 ")
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
        self.assertEqual(self.api.get(f"/businesses/{self.mine['id']}/leads")["items"], [])

    def test_too_much_of_anything_is_refused_at_once(self):
        leads = f"/api/v1/businesses/{self.mine['id']}/leads"
        for request, status in (
                (self.head("POST", f"/api/v1/businesses/{self.mine['id']}/runs", "Content-Type: application/json",
                           "Content-Length: 99999999999"), b"413"),
                (self.head("GET", leads + "?search=" + "x" * 100_000), b"431"),
                (self.head("GET", leads, *(f"X{i}: y" for i in range(1000))), b"431"),
                (self.head("GET", leads + "?" + "&".join(f"a{i}=1" for i in range(900)), "Connection: close"),
                 b"400"),
                (self.head("POST", "/webhook/voice/status?business=1&job=1&token=x",
                           "Content-Type: application/x-www-form-urlencoded", "Content-Length: 70000"), b"413")):
            with self.subTest(request=request[:80]):
                self.assertRegex(self.raw(request, whole=False), rb"^HTTP/1.1 " + status)
        for body in ("[" * 100_000, '{"a":' * 5_000, "1e999999", '{"name":"' + "x" * 60_000 + '"}', "\ufeff{}",
                     '{"lead_ids":[' + ",".join(["1"] * 20_000) + ',"x"]}', '{"lead_ids":[9223372036854775808]}'):
            with self.subTest(body=body[:30]):
                status, _, told = self.api.send("POST", f"/api/v1/businesses/{self.mine['id']}/runs", body,
                                                {"Content-Type": "application/json"})
                self.assertIn(status, (400, 413), told)
                self.assertLess(len(told), 1_000)

    def test_connections_that_hardly_say_anything_keep_nobody_waiting(self):
        slow = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(400)]
        try:
            for link in slow:
                link.sendall(b"GET /api/v1/businesses HTTP/1.1\r\nHost: a\r\nX: ")
            began = time.monotonic()
            for _ in range(20):
                self.api.get(f"/businesses/{self.mine['id']}")
            self.assertEqual(self.admin.send("GET", "/healthz")[0], 200)
            self.assertLess(time.monotonic() - began, 20)  # it would be 400 × 10 s, one after another
        finally:
            for link in slow:
                link.close()

    # -- files --------------------------------------------------------------------------------------------

    def test_no_path_leads_out_of_the_dashboard(self):
        for path in ("/dashboard/../../../../etc/passwd", "/dashboard/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
                     "/dashboard//etc/passwd", "/dashboard/..%2f..%2fetc%2fpasswd", "/dashboard/app.js%00.html",
                     "/dashboard/..\\..\\etc\\passwd", "/dashboard/%c0%ae%c0%ae/etc/passwd", "/dashboard/",
                     "/dashboard/app.js/..;/x", "http://a/dashboard/../etc/passwd", "/var/admin_key",
                     "/config/ringmaster.json", "/.git/config", "/logs/app.log", "/etc/passwd"):
            with self.subTest(path=path):
                answer = self.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                self.assertRegex(answer, rb"^HTTP/1.1 4(00|04) ")
                self.assertNotIn(b"root:", answer)

    def test_the_page_may_not_be_framed_sniffed_or_fed_from_elsewhere(self):
        status, headers, _ = self.admin.send("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        _, headers, _ = self.api.send("GET", "/api/v1/businesses")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")

    # -- texts that others will run -----------------------------------------------------------------------

    def test_texts_from_outside_run_nowhere(self):
        leads = [{"phone": fictional_number(0, i), "first_name": text, "notes": text}
                 for i, text in enumerate(EVIL)]
        ids = self.api.import_leads(self.mine["id"], leads)
        status, _, told = self.api.send("POST", f"/api/v1/businesses/{self.mine['id']}/leads", [
            {"phone": fictional_number(0, 90), "first_name": "a\r\n[2026-01-01] ALARM: forged\x1b[31m"}])
        self.assertNotIn('"imported":1', told.replace(" ", ""), "a line end in a name")
        run = self.new_run(self.api, self.mine["id"], [ids[-1]], name="x\u2028[2026] ALARM?", script=SCRIPT)
        self.wait_for_talking(self.carrier.carrier, self.mine["id"], 1)
        sid = self.sql.value(f"SELECT call_sid FROM outbound_call_jobs WHERE run_id = {run}")
        document = json.dumps(self.carrier.carrier.call(sid)["twiml"])
        self.assertIn("&lt;/Say&gt;", document)
        self.assertNotIn("<Dial", document)
        exported = self.api.send("GET", f"/api/v1/businesses/{self.mine['id']}/calls", None,
                                 {"Accept": "text/csv"})[2]
        for row in exported.splitlines():
            for cell in row.split(","):
                self.assertFalse(re.match(r'"?[=@\t-]|"?\+(?!\d+$)', cell), cell)

    def test_a_script_leads_to_no_place_but_what_it_may_name(self):
        for script in ({"twiml_url": "file:///etc/passwd"}, {"twiml_url": "https://user:pw@a.example/"},
                       {"twiml_url": "http://a.example/\r\nX: y"}, {"play": {"url": "javascript:alert(1)"}},
                       {"stream": {"url": "https://a.example/"}}, {"dial": {"number": "1; rm -rf"}},
                       {"say": {"text": "x", "language": "en\"/><Dial>"}}, {"say": {"text": "x" * 10_000}},
                       {"say": {"text": "x"}, "dial": {"number": "+12025550101"}}, {"redirect": "x"}):
            with self.subTest(script=script):
                status, _, told = self.api.send("PATCH", f"/api/v1/businesses/{self.mine['id']}",
                                                {"default_script": script})
                self.assertEqual(status, 400, told)

    # -- the carrier's voice ------------------------------------------------------------------------------

    def test_callbacks_are_not_believed_for_headers_or_for_nothing(self):
        fields = urllib.parse.urlencode({"CallSid": "CA1", "AccountSid": ACCOUNT, "CallStatus": "completed"})
        target = "/webhook/voice/status?business=1&job=1&token=00000000-0000-4000-8000-000000000000"
        form = "Content-Type: application/x-www-form-urlencoded"
        for headers in ([], ["X-Twilio-Signature: "], ["X-Twilio-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA="],
                        ["X-Twilio-Signature: x", "X-Forwarded-Host: evil.example"],
                        ["I-Twilio-Idempotency-Token: x"], ["Authorization: Bearer " + ADMIN_KEY]):
            with self.subTest(headers=headers):
                answer = self.raw(self.head("POST", target, form, f"Content-Length: {len(fields)}", *headers) +
                                  fields.encode())
                self.assertRegex(answer, rb"^HTTP/1.1 403 ")

    # -- the console's socket -------------------------------------------------------------------------------

    def test_the_console_is_the_server_s_user_s_alone(self):
        path = self.folder / "var" / "ringmaster.sock"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(path.parent.stat().st_mode & 0o077, 0)
        if os.geteuid() == 0:
            os.chmod(self.folder, 0o711)
            os.chmod(path.parent, 0o711)  # even if its folder were open
            child = os.fork()
            if child == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                refused = 1
                try:
                    with socket.socket(socket.AF_UNIX) as link:
                        link.connect(str(path))
                except PermissionError:
                    refused = 0
                os._exit(refused)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_frames_that_make_no_sense_end_their_connection_alone(self):
        path = str(self.folder / "var" / "ringmaster.sock")
        for sent in (b"\xff\xff\xff\xff", b"\0\0\0\0", struct.pack(">I", 5) + b"{}{}{", b"GET / HTTP/1.1\r\n\r\n",
                     struct.pack(">I", 60_000) + b"[" * 60_000):
            with self.subTest(sent=sent[:8]):
                with socket.socket(socket.AF_UNIX) as link:
                    link.settimeout(20)
                    link.connect(path)
                    link.sendall(sent)
                    link.shutdown(socket.SHUT_WR)
                    while link.recv(65536):
                        pass
        self.assertTrue(pathlib.Path(path).exists())


if __name__ == "__main__":
    main()
