"""Starts and ends the programs: the server and the simulated carrier, each on a free port."""

import json
import os
import pathlib
import signal
import subprocess
import threading

from client import Api, Carrier, free_port, psql, wait_for, with_database

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("RINGMASTER_PROGRAM", ROOT / "build" / "ringmaster"))
ACCOUNT = "AC51300000000000000000000000000001"
TOKEN = "simulated-carrier-token"
OWN_VARIABLES = ("DATABASE_URL", "PUBLIC_HOST", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN",
                 "TWILIO_API_BASE_URL", "RINGMASTER_ADMIN_KEY", "RINGMASTER_PORT")


def clean_environment(**more) -> dict:
    """The environment without whatever somebody set for a server of their own."""
    kept = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    return {**kept, **{name: str(value) for name, value in more.items()}}


class Program:
    """A process that ends with this one, even if this one is killed; its output is kept."""

    def __init__(self, arguments: list, env: dict, cwd: pathlib.Path, program=PROGRAM):
        self.lines, self._clients = [], []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", str(program), *map(str, arguments)], env=env, cwd=cwd,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self.lines.append(None)  # the end
            self._changed.notify_all()

    def wait_for_line(self, part: str, timeout: float = 60) -> str:
        """The first line with `part`; RuntimeError with all output if the program ends without it."""
        def found():
            return next((line for line in self.lines if line is None or part in line), False)
        with self._changed:
            line = self._changed.wait_for(lambda: found() is not False, timeout) and found()
        if not line:
            raise RuntimeError(f"no line with {part!r} from {self.process.args}:\n{self.output()}")
        return line

    def output(self) -> str:
        return "\n".join(line for line in list(self.lines) if line is not None)

    def wait(self, timeout: float = 30) -> int:
        status = self.process.wait(timeout)
        self._reader.join()
        return status

    def terminate(self, timeout: float = 30) -> int:
        """SIGTERM; the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait(timeout)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.wait()

    def end(self):
        """By SIGTERM, by force when that does not help."""
        try:
            self.terminate()
        except subprocess.TimeoutExpired:
            self.kill()
        self.process.stdout.close()
        for client in self._clients:
            client.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    def resident_bytes(self) -> int:
        pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def life_options(**life) -> list:
    """talk_ms="0-50" and the like as the carrier's command line has it."""
    options = []
    for name, value in life.items():
        options += ["--" + name.replace("_", "-"), value]
    return options


class CarrierProcess(Program):
    """`ringmaster carrier`: the simulated carrier as a process of its own, which outlives servers."""

    def __init__(self, cwd: pathlib.Path, options=(), port=0):
        self.port = port or free_port()
        super().__init__(["carrier", "--port", self.port, *options],
                         clean_environment(TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN), cwd)
        self.url = f"http://127.0.0.1:{self.port}"
        self.wait_for_line(f"simulated carrier on {self.url}")
        self.carrier = Carrier(self.url)
        self._clients.append(self.carrier)


def write_settings(cwd: pathlib.Path, changes: dict) -> pathlib.Path:
    """config/ringmaster.json with {"section": {"key": value}} changed, in `cwd`."""
    settings = json.loads((ROOT / "config" / "ringmaster.json").read_text())
    for section, values in changes.items():
        if isinstance(values, dict):
            settings[section].update(values)
        else:
            settings[section] = values
    file = cwd / "settings.json"
    file.write_text(json.dumps(settings, indent=2))
    return file


class Server(Program):
    """`ringmaster serve` in the folder `cwd`, whose logs/app.log it writes."""

    def __init__(self, cwd: pathlib.Path, database_url: str, admin_key: str, port: int = 0,
                 carrier_url: str = "", options=(), changes=None, ready=True, **env):
        self.port = port or free_port()
        tls = (changes or {}).get("http", {}).get("certificate_file")
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.admin_key = admin_key
        settings = {"DATABASE_URL": database_url, "PUBLIC_HOST": self.url, "RINGMASTER_ADMIN_KEY": admin_key,
                    "RINGMASTER_PORT": self.port}
        if carrier_url:
            settings.update(TWILIO_API_BASE_URL=carrier_url, TWILIO_ACCOUNT_SID=ACCOUNT,
                            TWILIO_AUTH_TOKEN=TOKEN)
        settings.update(env)
        settings = {name: value for name, value in settings.items() if value is not None}
        file = write_settings(cwd, changes or {})
        super().__init__(["serve", "--config", file, *options], clean_environment(**settings), cwd)
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self, timeout: float = 60):
        self.wait_for_line("listening on", timeout)
        api = self.api()
        wait_for("ready", lambda: api.send("GET", "/readyz")[0] == 200, timeout)

    def api(self, key: str = "") -> Api:
        """A client that is closed at the server's end()."""
        client = Api(self.url, key or self.admin_key)
        self._clients.append(client)
        return client


def migrate(database_url: str, cwd: pathlib.Path, config: pathlib.Path = None):
    arguments = [str(PROGRAM), "migrate"] + (["--config", str(config)] if config else [])
    done = subprocess.run(arguments, env=clean_environment(DATABASE_URL=database_url), cwd=cwd, text=True,
                          capture_output=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"ringmaster migrate failed ({done.returncode}):\n{done.stdout}{done.stderr}")


def create_database(server_url: str, name: str) -> str:
    """A fresh database on the server; its URL."""
    psql(server_url, f'CREATE DATABASE "{name}"')
    return with_database(server_url, name)


def drop_database(server_url: str, name: str):
    psql(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
