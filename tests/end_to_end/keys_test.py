"""Keys in the life of a server: made at the console, replaced without a gap, revoked while somebody listens, limited."""

import http.client
import json
import threading

from console_test import ConsoleBase
from harness import UNSAFE_BUT_FAST, ApiError, main, wait_for


class KeysTest(ConsoleBase):
    changes = {**UNSAFE_BUT_FAST, "limits": {"requests_per_second": 1, "burst": 200}}

    def status(self, key: str) -> int:
        return self.server.api(key).send("GET", f"/api/v1/businesses/{self.business}")[0]

    def test_a_key_s_whole_life(self):
        b = self.business
        old = self.ask(f'keys create {b} operate "Night import" 30')
        self.assertEqual((old["role"], self.status(old["api_key"])), ("operate", 200))
        listed = {x["id"]: x for x in self.ask(f"keys list {b}")["items"]}
        self.assertEqual(listed[old["id"]]["name"], "Night import")
        wait_for("its use to be noted", lambda: any(x["last_used_at"] for x in
                                                    self.ask(f"keys list {b}")["items"] if x["id"] == old["id"]))
        # A program that asks all the time meets no gap while its key is replaced.
        fresh = self.ask(f"keys rotate {b} {old['id']} 1")
        self.assertEqual([self.status(x["api_key"]) for x in (old, fresh)], [200, 200])
        self.assertEqual(fresh["replaces"]["id"], old["id"])
        self.assertEqual(self.ask(f"keys rename {b} {fresh['id']} Import")["name"], "Import")
        self.assertIsNone(self.ask(f"keys expire {b} {fresh['id']} never")["expires_at"])

        ended = threading.Event()

        def listen():
            host = self.server.url.split("//")[1]
            stream = http.client.HTTPConnection(host, timeout=60)
            stream.request("GET", f"/api/v1/businesses/{b}/events",
                           headers={"Authorization": f"Bearer {fresh['api_key']}"})
            stream.getresponse().read()
            stream.close()
            ended.set()
        threading.Thread(target=listen, daemon=True).start()
        wait_for("the stream to be open", lambda: "ringmaster_event_listeners 1\n" in self.ask("metrics"))
        revoked = self.shell("--json", "--yes", "-c", f"keys revoke {b} {fresh['id']}")
        self.assertEqual(revoked.returncode, 0, revoked.stdout + revoked.stderr)
        wait_for("the revoked key to be refused", lambda: self.status(fresh["api_key"]) == 401)
        self.assertTrue(ended.wait(30), "the stream outlived its key")
        self.assertEqual(self.status(old["api_key"]), 200)
        done = [x["what"] for x in self.ask(f"audit {b}")["items"] if x["what"].startswith("key.")]
        self.assertEqual(done, ["key.revoke", "key.change", "key.change", "key.rotate", "key.create"])
        for key in (old, fresh):
            self.assertNotIn(key["api_key"], self.server.output() + json.dumps(self.ask("audit")))

    def test_a_key_of_the_whole_server_and_its_limit(self):
        key = self.ask('keys create server read "On call"')["api_key"]
        api = self.server.api(key)
        self.assertEqual(api.send("GET", "/api/v1/overview")[0], 200)
        with self.assertRaises(ApiError) as refused:
            api.patch(f"/businesses/{self.business}", {"name": "x"})
        self.assertEqual((refused.exception.status, refused.exception.code), (403, "role_needed"))
        self.assertIn("role admin", str(refused.exception))

        def limited():
            status, headers, text = api.send("GET", "/api/v1/me")
            if status == 200:
                return False
            self.assertEqual((status, json.loads(text)["error"]["code"]), (429, "rate_limited"))
            self.assertEqual(headers["Retry-After"], "1")
            return True
        self.assertTrue(any(limited() for _ in range(1_000)), "nobody was limited")
        self.assertEqual(self.server.api().send("GET", "/api/v1/me")[0], 200)
        self.assertRegex(self.ask("metrics"), r'http_limited_total\{by="key"\} [1-9]')


if __name__ == "__main__":
    main()
