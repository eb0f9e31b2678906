"""What the carrier, or somebody who pretends to be it, sends to the webhooks."""

import base64
import hashlib
import hmac
import urllib.parse

from harness import LONG_LIFE, World, fictional_leads, main, wait_for
from server import ACCOUNT, TOKEN

UNKNOWN_TOKEN = "00000000-0000-4000-8000-000000000000"


class WebhookTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier(LONG_LIFE)
        self.server = self.start_server(self.carrier)
        self.api = self.server.api()
        self.business = self.new_business(self.api)
        self.leads = self.api.import_leads(self.business["id"], fictional_leads(3))

    def post(self, hook: str, query: dict, fields: dict, token: str = TOKEN) -> tuple:
        """(status, body) of a callback signed with `token`; None: without a signature."""
        target = f"/webhook/voice/{hook}?{urllib.parse.urlencode(query)}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if token is not None:
            signed = self.server.url + target + "".join(name + fields[name] for name in sorted(fields))
            digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
            headers["X-Twilio-Signature"] = base64.b64encode(digest).decode()
        status, _, body = self.api.send("POST", target, urllib.parse.urlencode(fields), headers)
        return status, body

    def call_one(self) -> dict:
        """A live call's job, token included."""
        self.api.post(f"/businesses/{self.business['id']}/calls", {"lead_ids": self.leads[:1]})
        rows = wait_for("a call in progress", lambda: self.sql.rows(
            "SELECT id, dial_lock_token, call_sid, phone_e164 FROM outbound_call_jobs "
            "WHERE status = 'calling'"))
        return dict(zip(("id", "token", "sid", "phone"), rows[0]))

    def query(self, job: str, token: str) -> dict:
        return {"business": self.business["id"], "job": job, "token": token}

    def ended(self, job: dict) -> dict:
        return {"CallSid": job["sid"], "AccountSid": ACCOUNT, "CallStatus": "completed",
                "From": self.business["phone_e164"], "To": job["phone"], "CallDuration": "7",
                "SequenceNumber": "3"}

    def status_of(self, job: dict) -> str:
        return self.sql.value(f"SELECT status FROM outbound_call_jobs WHERE id = {job['id']}")

    def test_a_wrong_or_missing_signature_is_refused_and_counted(self):
        job = self.call_one()
        for token in ("not-the-token", None):
            for hook in ("status", "answer"):
                with self.subTest(token=token, hook=hook):
                    before = self.api.metric("ringmaster_callbacks_refused_total")
                    status, _ = self.post(hook, self.query(job["id"], job["token"]), self.ended(job), token)
                    self.assertEqual(status, 403)
                    self.assertEqual(self.api.metric("ringmaster_callbacks_refused_total"), before + 1)
        self.assertEqual(self.status_of(job), "calling")

    def test_a_signed_callback_of_an_unknown_job_or_token_changes_nothing_and_is_counted(self):
        job = self.call_one()
        for number, token in (("999999999", UNKNOWN_TOKEN), (job["id"], UNKNOWN_TOKEN)):
            with self.subTest(job=number):
                before = self.api.metric("ringmaster_callbacks_stale_total")
                status, _ = self.post("status", self.query(number, token), self.ended(job))
                self.assertEqual(status, 204)
                self.assertEqual(self.api.metric("ringmaster_callbacks_stale_total"), before + 1)
                status, body = self.post("answer", self.query(number, token), self.ended(job))
                self.assertEqual(status, 200)
                self.assertIn("<Hangup", body)
        self.assertEqual(self.status_of(job), "calling")

    def test_a_callback_ends_the_call_before_it_is_acknowledged_and_its_repeats_are_absorbed(self):
        job = self.call_one()
        query = self.query(job["id"], job["token"])
        self.assertEqual(self.post("status", query, self.ended(job))[0], 204)
        self.assertEqual(self.status_of(job), "completed")
        late = {**self.ended(job), "CallStatus": "ringing", "SequenceNumber": "1"}
        for fields in (self.ended(job), late, {**self.ended(job), "CallStatus": "no-answer"}):
            self.assertEqual(self.post("status", query, fields)[0], 204)
            self.assertEqual(self.status_of(job), "completed")
        self.assertEqual(self.live_in_sql(self.business["id"]), 0)

    def test_the_carrier_finds_no_forged_callback_accepted(self):
        self.carrier.carrier.set_life(talk_ms="20-80")
        self.carrier.carrier.set_faults(signature_wrong_token=0.2, signature_tampered=0.2,
                                        signature_missing=0.2, duplicate_same_token=0.3)
        leads = self.api.import_leads(self.business["id"], fictional_leads(30, area=3))
        run = self.new_run(self.api, self.business["id"], leads)
        self.assertEqual(self.wait_for_run(self.api, self.business["id"], run)["completed"], 30)

        def forged():
            return self.carrier.carrier.observer()["webhooks"]["forged"]

        # Each is counted when its last repetition has been answered.
        wait_for("forged callbacks", lambda: forged()["sent"] > 10, 60)
        self.assertEqual(forged()["ok"], 0, forged())


if __name__ == "__main__":
    main()
