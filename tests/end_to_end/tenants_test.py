"""One business sees, changes and slows nothing of another's."""

from harness import ApiError, World, fictional_leads, main


class TenantsTest(World):
    def test_another_business_s_things_do_not_exist(self):
        carrier = self.start_carrier()
        server = self.start_server(carrier)
        admin = server.api()
        mine, theirs = self.new_business(admin, 0), self.new_business(admin, 1)
        api, other = server.api(mine["api_key"]), server.api(theirs["api_key"])
        lead = other.import_leads(theirs["id"], fictional_leads(1))[0]
        run = self.new_run(other, theirs["id"], [lead])
        self.wait_for_run(other, theirs["id"], run)
        job = next(other.pages(f"/businesses/{theirs['id']}/runs/{run}/jobs"))["id"]
        there = f"/businesses/{theirs['id']}"
        requests = [("GET", there, None), ("PATCH", there, {"name": "taken"}),
                    ("GET", f"{there}/leads", None), ("GET", f"{there}/leads/{lead}", None),
                    ("DELETE", f"{there}/leads/{lead}", None), ("POST", f"{there}/leads", []),
                    ("GET", f"{there}/runs", None), ("GET", f"{there}/runs/{run}", None),
                    ("GET", f"{there}/runs/{run}/jobs", None), ("POST", f"{there}/runs/{run}/stop", {}),
                    ("POST", f"{there}/runs/{run}/jobs/{job}/requeue", {}),
                    ("POST", f"{there}/calls", {"lead_ids": [lead]}), ("GET", f"{there}/calls", None),
                    ("GET", f"{there}/slots", None), ("POST", f"{there}/runs", {"lead_ids": [lead]})]
        for method, path, body in requests:
            with self.subTest(method=method, path=path):
                status, _, foreign = api.send(method, "/api/v1" + path, body)
                self.assertEqual(status, 404, foreign)
                nowhere = path.replace(there, "/businesses/987654321")
                status, _, unknown = api.send(method, "/api/v1" + nowhere, body)
                self.assertEqual((status, unknown), (404, foreign), "it tells that the other exists")
        # With their own business in the path, another's ids are as good as none.
        own = f"/businesses/{mine['id']}"
        for method, path, body in (("GET", f"{own}/leads/{lead}", None), ("GET", f"{own}/runs/{run}", None),
                                   ("POST", f"{own}/runs/{run}/stop", {})):
            with self.subTest(method=method, path=path):
                self.assertEqual(api.send(method, "/api/v1" + path, body)[0], 404)
        with self.assertRaises(ApiError):
            self.new_run(api, mine["id"], [lead])
        self.assertEqual(carrier.carrier.observer()["calls"], 1)
        self.assertEqual(other.get(there)["name"], theirs["name"])

    def test_without_a_key_nothing_is_shown(self):
        server = self.start_server(self.start_carrier())
        for key in ("wrong-key", ""):
            api = server.api()
            api.key = key
            for path in ("/businesses", "/businesses/1", "/businesses/1/runs"):
                with self.subTest(key=key, path=path):
                    self.assertEqual(api.send("GET", "/api/v1" + path)[0], 401)


if __name__ == "__main__":
    main()
