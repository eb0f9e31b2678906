"""PostgreSQL goes away, stands still, refuses or is full while calls are made: none starts that was not
committed, no callback is lost, and the server goes on by itself and says what it waits for."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

from database_world import CONNECTIONS, SETTINGS, DatabaseWorld
from harness import Psql, main, psql, wait_for
from database_server import DatabaseServer

END_SESSIONS = ("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND application_name LIKE 'ringmaster%'")


class DatabaseAwayTest(DatabaseWorld):
    def break_and_mend(self, how: signal.Signals):
        self.database.stop(how)
        self.wait_until_it_waits_for("can't be reached")
        self.wait_for_refused_callbacks()
        self.assert_nothing_starts()
        self.assert_an_end_is_asked_for_once()
        self.assertEqual(self.calls(), self.silent_since)
        self.database.start()
        self.assert_everything_is_done()

    def test_stopped_fast(self):
        self.break_and_mend(signal.SIGINT)

    def test_stopped_at_once(self):
        self.break_and_mend(signal.SIGQUIT)

    def test_killed(self):
        self.break_and_mend(signal.SIGKILL)

    def test_a_short_interruption_is_bridged_by_the_carriers_retries(self):
        for _ in range(3):
            lines = len(self.server.lines)
            self.proxy.cut()
            self.wait_for_refused_callbacks(lines)
            self.proxy.mend()
            calls = self.calls()
            wait_for("dialling to go on", lambda: self.calls() > calls + 3, 60)
        self.assert_everything_is_done()
        told = self.sim.observer()["webhooks"]["status"]
        self.assertGreater(told["retries"], 0)
        self.assertGreater(told["ok"], 0)


class DatabaseRefusesTest(DatabaseWorld):
    def test_read_only_for_new_sessions(self):
        name = self.database_url.rpartition("/")[2]
        self.sql.rows(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        self.sql.rows(END_SESSIONS)
        self.wait_until_it_waits_for("read-only")
        self.wait_for_refused_callbacks()
        self.assert_nothing_starts()
        self.assertEqual(self.calls(), self.silent_since)
        # This session began before. Those that began meanwhile stay read-only, and the server must know.
        self.sql.rows(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        self.assert_everything_is_done()

    def test_read_only_for_the_sessions_there_are(self):
        for statement in ("SELECT pg_reload_conf()", "ALTER SYSTEM RESET default_transaction_read_only"):
            self.addCleanup(psql, self.database.url, statement)
        self.sql.rows("ALTER SYSTEM SET default_transaction_read_only = on")
        self.sql.rows("SELECT pg_reload_conf()")
        self.wait_until_it_waits_for("read-only")
        self.wait_for_refused_callbacks()
        self.assert_nothing_starts()
        self.assertEqual(self.calls(), self.silent_since)
        self.sql.rows("ALTER SYSTEM RESET default_transaction_read_only")
        self.sql.rows("SELECT pg_reload_conf()")
        self.assert_everything_is_done()

    def test_refuses_its_user(self):
        name = self.database_url.rpartition("/")[2]
        other = Psql(self.database.url)
        self.addCleanup(other.close)
        other.rows(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        other.rows(END_SESSIONS)
        self.wait_until_it_waits_for("can't be reached")
        self.server.wait_for_line("not currently accepting connections")
        self.wait_for_refused_callbacks()
        self.assert_nothing_starts()
        self.assertEqual(self.calls(), self.silent_since)
        other.rows(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        self.assert_everything_is_done()

    def test_out_of_connections(self):
        self.proxy.cut()
        others = []
        try:
            # Whoever comes now gets none, not even one of those kept for administrators.
            for _ in range(CONNECTIONS):
                others.append(Psql(self.database.url))

            def none_left():
                asked = subprocess.run(["psql", self.database.url, "-X", "-c", "SELECT 1"], text=True,
                                       capture_output=True)
                if "too many clients" in asked.stderr:
                    return True
                # Some came while the server's own sessions were still there, and were turned away.
                others.append(Psql(self.database.url))
                return False

            wait_for("no connection to be left", none_left, 30)
            self.proxy.mend()
            self.server.wait_for_line("too many clients")
            self.wait_until_it_waits_for("can't be reached")
            self.wait_for_refused_callbacks()
            self.assert_nothing_starts()
            self.assertEqual(self.calls(), self.silent_since)
        finally:
            for other in others:
                other.close()
        self.assert_everything_is_done()


class DatabaseSlowTest(DatabaseWorld):
    def test_slow(self):
        self.proxy.delay_s = 0.05
        calls = self.calls()
        wait_for("calls all the same", lambda: self.calls() > calls + 30, 60)
        self.assertEqual(self.readiness()[0], 200)
        self.proxy.delay_s = 0.0
        self.assert_everything_is_done()

    def test_a_lock_that_others_hold(self):
        other = Psql(self.database_url)
        self.addCleanup(other.close)
        other.rows("BEGIN")
        other.rows("LOCK TABLE outbound_call_jobs IN ACCESS EXCLUSIVE MODE")
        self.wait_until_it_waits_for("something holds a lock")
        self.wait_for_refused_callbacks()
        self.assert_nothing_starts()
        self.assertEqual(self.calls(), self.silent_since)
        other.rows("COMMIT")
        self.assert_everything_is_done()

    def test_standing_still(self):
        frozen = [self.database.process.pid, *self.database.backends()]
        for process in frozen:
            os.kill(process, signal.SIGSTOP)
        try:
            self.wait_until_it_waits_for("does not answer")
            self.assert_nothing_starts()
            self.assertEqual(self.calls(), self.silent_since)
        finally:
            for process in frozen:
                os.kill(process, signal.SIGCONT)
        self.assert_everything_is_done()

    def test_standing_still_until_it_is_given_up(self):
        self.proxy.stand_still()
        self.wait_until_it_waits_for("does not answer")
        self.wait_for_refused_callbacks()
        self.assert_nothing_starts()
        self.server.wait_for_line("[Store] the database is lost")
        self.assertEqual(self.calls(), self.silent_since)
        self.proxy.move_on()
        self.assert_everything_is_done()


def fill(disk: pathlib.Path) -> pathlib.Path:
    """A file that takes all that is left of it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            pass  # it is full
    return filler


def small_disk(megabytes: int, later) -> pathlib.Path:
    """A disk of its own, which `later` (addCleanup and the like) takes away."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root can mount a small disk")
    disk = DatabaseServer.make_folder()
    later(disk.rmdir)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", disk], check=True)
    later(subprocess.run, ["umount", "--lazy", disk], check=True)
    return disk


class TablesFullTest(DatabaseWorld):
    """The tables are on a disk of a few megabytes."""

    def prepare(self):
        self.disk = small_disk(48, self.addCleanup)
        tables = self.disk / "tables"
        tables.mkdir(0o700)
        shutil.chown(tables, "postgres", "postgres")
        self.sql.close()
        name = self.database_url.rpartition("/")[2]
        psql(self.database.url, f"CREATE TABLESPACE small LOCATION '{tables}'")
        self.addCleanup(psql, self.database.url, "DROP TABLESPACE small")
        psql(self.database.url, f"ALTER DATABASE {name} SET TABLESPACE small")
        # By then the proxy is closed, so no session is in the way.
        self.addCleanup(psql, self.database.url, f"ALTER DATABASE {name} SET TABLESPACE pg_default")
        self.new_sql()

    def test_disk_full(self):
        filler = fill(self.disk)
        self.wait_until_it_waits_for("its disk is full")
        self.wait_for_refused_callbacks()
        self.assert_nothing_starts()
        self.assertEqual(self.calls(), self.silent_since)
        filler.unlink()
        self.assert_everything_is_done()


class LogFullTest(DatabaseWorld):
    """All that PostgreSQL has is on a small disk, its log too: without room for that it ends by itself."""

    @classmethod
    def make_database(cls) -> DatabaseServer:
        cls.disk = small_disk(160, cls.addClassCleanup)
        return DatabaseServer(SETTINGS, cls.disk)

    def test_disk_full(self):
        filler = fill(self.disk)
        self.addCleanup(filler.unlink, missing_ok=True)
        # The rest of its present segment would do for all the runs. PostgreSQL may end before it answers.
        with contextlib.suppress(RuntimeError):
            self.sql.rows("SELECT pg_switch_wal()")
        self.wait_until_it_waits_for("can't be reached")
        self.wait_for_refused_callbacks()
        self.assert_nothing_starts()
        self.assertEqual(self.calls(), self.silent_since)
        filler.unlink()
        wait_for("PostgreSQL to be back", self.is_back, 60)
        self.assert_everything_is_done()

    def is_back(self) -> bool:
        """It may have found no room just before, and be ending only now."""
        self.make_sure_it_runs()
        return self.database.accepts()


if __name__ == "__main__":
    main()
