"""The PostgreSQL server dies and its standby is promoted, in the middle of a run: Ringmaster goes over to it
by itself if nothing that it saw committed is missing there, and else waits for a person."""

import json
import signal
import subprocess

from harness import QUICK_LIFE, SHORT, Psql, World, fictional_leads, main, psql, wait_for  # first: it finds the rest

from database_server import PASSWORD, DatabaseServer, as_owner
from server import ACCOUNT, PROGRAM, TOKEN, clean_environment, write_settings

LEADS = 150


class Standby(DatabaseServer):
    """Follows another server from the moment of its making."""

    def __init__(self, primary: DatabaseServer):
        self.primary = primary
        super().__init__(primary.settings)

    def _initialize(self):
        done = subprocess.run(
            [*as_owner(), self.bin / "pg_basebackup", f"--pgdata={self.data}", f"--dbname={self.primary.url}",
             "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"],
            cwd="/", text=True, capture_output=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"pg_basebackup: {done.stderr}")

    def start(self, timeout: float = 60):
        if not self.data.exists():
            raise RuntimeError("the copy is not there")
        super().start(timeout)

    @staticmethod
    def make_folder():
        folder = DatabaseServer.make_folder()
        folder.chmod(0o777)  # the user postgres makes the data's folder in it
        return folder


class StandbyTest(World):
    def database_server_url(self) -> str:
        self.primary = DatabaseServer(("fsync=off", "max_connections=60", "wal_keep_size=256MB"))
        self.addCleanup(self.primary.remove)
        self.primary.start()
        return self.primary.url

    def setUp(self):
        super().setUp()
        self.addCleanup(self.restore_primary)
        self.standby = Standby(self.primary)
        self.addCleanup(self.standby.remove)
        self.standby.start()
        name = self.database_url.rpartition("/")[2]
        self.both = (f"postgresql://ringmaster:{PASSWORD}@127.0.0.1:{self.primary.port},127.0.0.1:"
                     f"{self.standby.port}/{name}?target_session_attrs=read-write")
        self.promoted_url = self.standby.url.rpartition("/")[0] + "/" + name
        self.carrier = self.start_carrier({**QUICK_LIFE, "talk_ms": "300-600"})
        self.sim = self.carrier.carrier
        self.begin()

    def restore_primary(self):
        """The database can be dropped where it was made: nothing waits for a standby."""
        if self.primary.process.poll() is not None:
            self.primary.start()
        psql(self.primary.url, "ALTER SYSTEM RESET synchronous_standby_names")
        psql(self.primary.url, "SELECT pg_reload_conf()")

    def begin(self):
        self.server = self.start_server(self.carrier, database_url=self.both, changes=SHORT)
        self.api = self.server.api()
        self.business = self.new_business(self.api, ring_timeout_s=5)
        leads = self.api.import_leads(self.business["id"], fictional_leads(LEADS))
        self.run_id = self.new_run(self.api, self.business["id"], leads)
        wait_for("dialling", lambda: self.calls() >= 6, 60, 0.005)

    def calls(self) -> int:
        return self.sim.observer("none")["calls"]

    def wait_for_standby(self):
        """Until each commit waits for it."""
        psql(self.primary.url, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        psql(self.primary.url, "SELECT pg_reload_conf()")
        wait_for("the standby to be synchronous", lambda: self.sql.value(
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1", 60)

    def promote(self):
        psql(self.standby.url, "SELECT pg_promote()")
        self.sql.close()
        self.sql = Psql(self.promoted_url)
        self.addCleanup(self.sql.close)

    def waits_for(self) -> str:
        checks = json.loads(self.api.send("GET", "/readyz")[2])["checks"]
        return checks["database_server"]["message"]

    def assert_each_called_once(self):
        ended = self.wait_for_run(self.api, self.business["id"], self.run_id)
        self.assertEqual((ended["status"], ended["completed"]), ("completed", LEADS), ended)
        self.wait_until_all_ended(self.sim)
        self.assertEqual(self.calls(), LEADS)
        self.assert_nobody_called_twice(self.sim)
        self.assert_limit_held(self.sim, self.business["phone_e164"])
        self.assertEqual(self.live_in_sql(self.business["id"]), 0)

    def test_a_promoted_standby_that_has_every_commit_is_gone_over_to(self):
        self.wait_for_standby()
        more = self.calls() + 6
        wait_for("calls that the standby has", lambda: self.calls() >= more, 60, 0.005)
        self.primary.stop(signal.SIGQUIT)
        self.promote()
        self.server.wait_until_ready()
        self.assertLess(self.calls(), LEADS, "the run was over: nothing is proven")
        self.assert_each_called_once()
        self.assertEqual(self.sql.value("SELECT who FROM audit_log WHERE what = 'database.server'"), "ringmaster")

    def test_a_promoted_standby_that_lacks_a_commit_waits_for_a_person(self):
        self.standby.stop()
        more = self.calls() + 6
        wait_for("calls that the standby does not know", lambda: self.calls() >= more, 60, 0.005)
        self.primary.stop(signal.SIGQUIT)
        self.standby.start()
        self.promote()
        wait_for("the server to wait", lambda: "database accept" in self.waits_for(), 60)
        self.assertIn("lacks changes that were committed", self.waits_for())
        self.wait_until_all_ended(self.sim)
        silent = self.calls()
        self.assertLess(silent, LEADS, "the run was over: nothing is proven")
        status, _, text = self.api.send("POST", f"/api/v1/businesses/{self.business['id']}/runs", {"all": True})
        self.assertEqual((status, json.loads(text)["error"]["code"]), (503, "database_changed"))
        self.assertEqual(self.calls(), silent)
        shell = [PROGRAM, "shell", "--socket", self.folder / "var" / "ringmaster.sock", "--yes", "-c", "database accept"]
        done = subprocess.run(shell, cwd=self.folder, text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.server.wait_until_ready()
        wait_for("dialling", lambda: self.calls() > silent, 60)

    def test_after_a_restart_only_taking_stock_makes_a_promoted_standby_one_to_call_from(self):
        self.standby.stop()
        more = self.calls() + 6
        wait_for("calls that the standby does not know", lambda: self.calls() >= more, 60, 0.005)
        self.server.kill()
        self.primary.stop(signal.SIGQUIT)
        self.standby.start()
        self.promote()
        self.wait_until_all_ended(self.sim)
        made = self.calls()
        self.server = self.start_server(self.carrier, database_url=self.both, changes=SHORT, port=self.server.port,
                                        ready=False)
        self.server.wait_for_line("another PostgreSQL server answers than before")
        done = subprocess.run(
            [PROGRAM, "restored", "--config", write_settings(self.folder, SHORT)], cwd=self.folder, text=True,
            capture_output=True, timeout=120, env=clean_environment(
                DATABASE_URL=self.both, TWILIO_API_BASE_URL=self.carrier.url, TWILIO_ACCOUNT_SID=ACCOUNT,
                TWILIO_AUTH_TOKEN=TOKEN))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.server.wait_until_ready()
        self.assertEqual(self.calls(), made)
        self.api = self.server.api()
        self.api.post(f"/businesses/{self.business['id']}/runs/{self.run_id}/resume", {})
        self.assert_each_called_once()


if __name__ == "__main__":
    main()
