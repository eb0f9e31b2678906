"""A backup is taken in the middle of a run, calls go on, the server dies; the backup is restored, and
nobody is called twice, as the carrier counts."""

import csv
import pathlib
import subprocess

from harness import (QUICK_LIFE, SHORT, World, create_database, drop_database, fictional_leads, main, psql,
                     wait_for)
from server import ACCOUNT, PROGRAM, ROOT, TOKEN, clean_environment, write_settings

SETTINGS = {**SHORT, "reconciler": {**SHORT["reconciler"], "grace_s": 2, "skew_s": 1}}
LEADS = 30


class BackupTest(World):
    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier()
        self.server = self.start_server(self.carrier, changes=SETTINGS)
        self.api = self.server.api()
        self.business = self.new_business(self.api)
        self.id = self.business["id"]
        self.backup = self.folder / "one.dump"

    def script(self, name: str, *arguments, database_url: str = "") -> subprocess.CompletedProcess:
        env = clean_environment(
            DATABASE_URL=database_url or self.database_url, RINGMASTER_PROGRAM=PROGRAM,
            TWILIO_API_BASE_URL=self.carrier.url, TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN)
        return subprocess.run([ROOT / "scripts" / name, *map(str, arguments)], env=env, cwd=self.folder,
                              text=True, capture_output=True, timeout=120)

    def restore(self, *options, expected: int = 0) -> str:
        """What `scripts/restore` said."""
        done = self.script("restore", "--config", write_settings(self.folder, SETTINGS), *options, self.backup)
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def fresh_database(self):
        url = create_database(self.database_server_url(), f"{self.database_url.rpartition('/')[2]}_again")
        self.addCleanup(drop_database, self.database_server_url(), url.rpartition("/")[2])
        self.database_url = url

    def calls(self) -> int:
        return self.carrier.carrier.caller(self.business["phone_e164"])["calls"]

    def begin(self, leads: int = LEADS) -> int:
        ids = self.api.import_leads(self.id, fictional_leads(leads))
        return self.new_run(self.api, self.id, ids)

    def start_again(self):
        self.server = self.start_server(self.carrier, port=self.server.port, changes=SETTINGS)
        self.api = self.server.api()

    def take_backup(self):
        done = self.script("backup", self.backup)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.backup.stat().st_mode & 0o777, 0o600)

    def test_calls_made_after_the_backup_are_not_made_again(self):
        # Slow enough that the leads outlast the backup on any machine.
        self.carrier.carrier.set_life(**{**QUICK_LIFE, "talk_ms": "1000-1500"})
        run = self.begin()
        wait_for("some calls", lambda: self.calls() >= 6, 60)
        self.take_backup()  # in mid-run: the server goes on
        known = self.calls()
        wait_for("calls after the backup", lambda: self.calls() >= known + 6, 60)
        # The last three are still in progress when the server dies and while the backup is restored.
        self.carrier.carrier.set_life(talk_ms="600000")
        self.wait_for_talking(self.carrier.carrier, self.id, 3)
        self.server.kill()
        self.carrier.carrier.set_life(**QUICK_LIFE)
        made = self.calls()
        self.assertLess(made, LEADS)

        self.fresh_database()
        told = self.restore()
        report, = self.folder.glob("one.dump.calls-*.csv")
        self.assertEqual(report.stat().st_mode & 0o777, 0o600)
        with report.open() as rows:
            self.assertGreaterEqual(len(list(csv.DictReader(rows))), 6, told)

        self.start_again()
        now = self.run_now(self.api, self.id, run)
        self.assertEqual(now["status"], "paused", told)
        self.assert_counts_add_up(now)
        # Those that still talked are hung up, and until then they hold their slots.
        self.wait_until_all_ended(self.carrier.carrier)
        self.assertEqual(self.calls(), made, "a call started though everything is paused")
        self.api.post(f"/businesses/{self.id}/runs/{run}/resume")
        ended = self.wait_for_run(self.api, self.id, run)
        self.assertEqual(ended["completed"] + ended["failed"], LEADS, ended)
        self.assertEqual(self.calls(), LEADS, told)
        self.assert_nobody_called_twice(self.carrier.carrier)
        self.assert_limit_held(self.carrier.carrier, self.business["phone_e164"])
        audit = [entry["what"] for entry in self.api.get(f"/businesses/{self.id}/audit")["items"]]
        self.assertIn("run.pause", audit)

    def test_a_copy_is_not_called_from_until_stock_was_taken(self):
        self.begin(3)
        self.server.terminate()
        self.take_backup()
        self.fresh_database()
        # By hand, as somebody who has not read the manual.
        subprocess.run(["pg_restore", "--no-owner", "-d", self.database_url, self.backup], check=True, timeout=60)
        refused = self.start_server(self.carrier, port=self.server.port, changes=SETTINGS, ready=False)
        self.assertEqual(refused.wait(), 1)
        self.assertIn("ringmaster restored", refused.output())
        # A second try finds the database full, and keeps it when told to.
        self.assertIn("--replace", self.restore(expected=1))
        self.assertIn("_before_", self.restore("--replace"))
        self.start_again()
        kept = psql(self.database_server_url(), "SELECT datname FROM pg_database WHERE datname LIKE "
                    f"'{self.database_url.rpartition('/')[2]}\\_before\\_%'").split()[2]
        drop_database(self.database_server_url(), kept)

    def test_without_an_answer_of_the_carrier_nothing_starts(self):
        self.begin(3)
        self.server.terminate()
        self.take_backup()
        self.fresh_database()
        self.carrier.end()
        self.assertIn("no server starts on it yet", self.restore(expected=1))
        refused = self.start_server(self.carrier, port=self.server.port, changes=SETTINGS, ready=False)
        self.assertEqual(refused.wait(), 1)
        self.assertIn("ringmaster restored", refused.output())

    def test_a_database_in_use_is_not_restored_into(self):
        self.take_backup()
        self.assertIn("a server works", self.restore("--replace", expected=1))
        self.assertEqual(pathlib.Path(self.backup).exists(), True)


if __name__ == "__main__":
    main()
