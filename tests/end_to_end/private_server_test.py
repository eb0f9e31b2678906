"""Backup and restore of what scripts/run keeps under var/, by somebody who has set nothing: each step by its
script, and what the scripts say."""

import shutil
import signal
import subprocess

from harness import Api, World, fictional_leads, free_port, main, wait_for
from server import PROGRAM, ROOT, clean_environment

LEADS = 9


class PrivateServerTest(World):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o711)  # PostgreSQL's user passes through
        self.checkout = self.folder / "checkout"
        for name in ("scripts", "config"):
            shutil.copytree(ROOT / name, self.checkout / name)
        (self.checkout / "build").mkdir()
        (self.checkout / "build" / "ringmaster").symlink_to(PROGRAM)
        # It is built, and all packages are there.
        for name in ("packages", "build"):
            (self.checkout / "scripts" / name).write_text("#!/bin/sh\n")
        self.addCleanup(self.remove_data)
        self.port = free_port()
        self.running = None

    def remove_data(self):
        data = self.checkout / "var" / "postgres" / "data"
        if data.is_symlink():  # the checkout can't be reached by PostgreSQL's user
            shutil.rmtree(data.resolve().parent, ignore_errors=True)

    def script(self, name: str, *arguments, expected=0) -> str:
        """What it said."""
        done = subprocess.run([self.checkout / "scripts" / name, *map(str, arguments)], env=clean_environment(),
                              cwd=self.folder, text=True, capture_output=True, timeout=180)
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def start(self):
        self.running = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", self.checkout / "scripts" / "run", "--no-demo", "--port",
             str(self.port)], env=clean_environment(), cwd=self.folder, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.addCleanup(self.stop)
        said = ""
        for line in self.running.stdout:
            said += line
            if "Serving until Ctrl-C" in line:
                break
        else:
            self.fail(said)
        self.api = Api(f"http://127.0.0.1:{self.port}", (self.checkout / "var" / "admin_key").read_text().strip())
        self.addCleanup(self.api.close)

    def stop(self):
        if self.running.stdout.closed:
            return
        if self.running.poll() is None:
            self.running.send_signal(signal.SIGINT)
        self.running.stdout.read()  # to its end
        self.assertEqual(self.running.wait(60), 0)
        self.running.stdout.close()

    def test_backup_and_restore_of_the_private_database(self):
        self.start()
        business = self.new_business(self.api)["id"]
        run = self.new_run(self.api, business, self.api.import_leads(business, fictional_leads(LEADS)))
        wait_for("a call to be over", lambda: self.run_now(self.api, business, run)["completed"] > 0, 60)
        self.assertRegex(self.script("backup"),
                         r"^The database is in \S+/var/backups/ringmaster-[\d-]+\.dump \(\d+K\)\.\n$")
        backup, = (self.checkout / "var" / "backups").iterdir()
        self.assertEqual(backup.stat().st_mode & 0o777, 0o600)
        self.assertIn("is there already", self.script("backup", backup, expected=1))
        self.assertIn("a server works on the database ringmaster: stop it first",
                      self.script("restore", backup, expected=1))
        self.stop()
        # The database's own server is started for as long as a script needs it.
        self.assertIn("the database ringmaster is not empty: --replace renames it",
                      self.script("restore", backup, expected=1))
        said = self.script("restore", "--replace", backup)
        self.assertRegex(said, r"What was there is kept in the database ringmaster_before_\d{14}\.")
        self.assertIn("Restored. Start the server, look at the paused runs", said)
        self.assertNotIn("ERROR", said)
        self.start()
        self.assertEqual(self.run_now(self.api, business, run)["status"], "paused")
        self.api.post(f"/businesses/{business}/runs/{run}/resume")
        ended = self.wait_for_run(self.api, business, run)
        self.assertEqual((ended["status"], ended["total"]), ("completed", LEADS))
        self.assert_counts_add_up(ended)
        self.stop()


if __name__ == "__main__":
    main()
