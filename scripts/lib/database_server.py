"""A private PostgreSQL that may be killed: its data are thrown away at the end. For tests that break it."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from client import free_port, wait_for

PASSWORD = "for-one-test-only"


def programs() -> pathlib.Path:
    """The folder of the newest installed PostgreSQL's programs."""
    found = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres")
             if path.parts[-3].isdigit()]
    if not found:
        raise SystemExit("PostgreSQL is not installed: run scripts/packages")
    return max(found, key=lambda folder: int(folder.parts[-2]))


def as_owner() -> list:
    """PostgreSQL refuses to run as root and then runs as the user postgres."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.geteuid() == 0 else []


class DatabaseServer:
    """Listens on 127.0.0.1 alone, on the same port after each start. `settings`: ("name=value", …)."""

    def __init__(self, settings=(), folder: pathlib.Path = None):
        """`folder`: where its data go; it is the caller's then."""
        self.bin, self.settings, self.process = programs(), list(settings), None
        self._made_here = folder is None
        self.folder = folder or self.make_folder()
        self.data = self.folder / "data"
        self.port = free_port()
        self.url = f"postgresql://ringmaster:{PASSWORD}@127.0.0.1:{self.port}/postgres"
        self.log = self.folder / "log"
        self._initialize()

    @staticmethod
    def make_folder() -> pathlib.Path:
        """One that the user postgres can reach, also when the checkout is below a closed folder."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="ringmaster-postgres."))
        folder.chmod(0o711)
        if subprocess.run([*as_owner(), "test", "-x", folder]).returncode != 0:
            folder.rmdir()
            os.makedirs("/var/lib/ringmaster", 0o755, exist_ok=True)
            folder = pathlib.Path(tempfile.mkdtemp(prefix="test.", dir="/var/lib/ringmaster"))
            folder.chmod(0o711)
        return folder

    def _initialize(self):
        password = self.folder / "password"
        password.write_text(PASSWORD)
        self.data.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres", "postgres")
        quick = "fsync=off" in self.settings  # SCRAM means to be slow
        done = subprocess.run(
            [*as_owner(), self.bin / "initdb", f"--pgdata={self.data}", "--username=ringmaster", "--encoding=UTF8",
             "--locale=C.UTF-8", f"--auth={'md5' if quick else 'scram-sha-256'}",
             f"--pwfile={password}", *(["--no-sync"] if quick else [])],
            cwd="/", text=True, capture_output=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"initdb: {done.stdout}{done.stderr}")

    def launch(self):
        """Starts it without waiting for anything."""
        options = [part for setting in ("listen_addresses=127.0.0.1", f"port={self.port}",
                                        "unix_socket_directories=", "log_min_messages=warning",
                                        *self.settings) for part in ("-c", setting)]
        owner = as_owner()
        head = [*owner[:-1], "--pdeathsig", "INT", "--"] if owner else ["setpriv", "--pdeathsig", "INT", "--"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen([*head, self.bin / "postgres", "-D", self.data, *options], cwd="/",
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def accepts(self) -> bool:
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def start(self, timeout: float = 60):
        """Starts it until it accepts connections. After a kill it refuses as long as a session of the
        killed one is left: then it is started again."""
        self.launch()

        def up() -> bool:
            if self.process.poll() is not None:
                self.launch()
            return self.accepts()
        try:
            wait_for("PostgreSQL to accept connections", up, timeout)
        except TimeoutError as late:
            raise RuntimeError(f"{late}\n{self.log.read_text()[-4000:]}") from late

    def stop(self, how: signal.Signals = signal.SIGINT, timeout: float = 60):
        """SIGINT: fast, SIGQUIT: immediate, SIGKILL: of the first process alone, as when memory runs out."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout)

    def backends(self) -> list:
        """The process ids of its children."""
        parents = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended meanwhile
        return [pid for pid, parent in parents.items() if parent == self.process.pid]

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.stop(signal.SIGQUIT)
        if self._made_here:
            shutil.rmtree(self.folder, ignore_errors=True)
