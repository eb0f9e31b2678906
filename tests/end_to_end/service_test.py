"""config/ringmaster.service, as it is, under a real systemd (booted by systemd-nspawn): what the process may,
a kill, and SIGTERM in the middle of the work."""

import os
import pathlib
import shutil
import subprocess
import time

from harness import ADMIN_KEY, QUICK_LIFE, UNSAFE_BUT_FAST, Api, World, fictional_leads, free_port, main, wait_for
from server import ACCOUNT, PROGRAM, ROOT, TOKEN, Program, write_settings

UNIT = ROOT / "config" / "ringmaster.service"
UNPACKED = ROOT / "var" / "packages" / "systemd-container" / "usr" / "bin" / "systemd-nspawn"
# The system's own, read-only; /usr/local/bin is the machine's.
BORROWED = ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/share")


class Machine(Program):
    """A systemd of its own on this kernel and network, which starts the unit."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self._lay_out()
        # In processes' room of its own, all of which ends with this program, however that ends.
        super().__init__(["--pid", "--fork", "--kill-child", "--mount-proc",
                          *self.nspawn(root, "--console=pipe", "--boot", "systemd.unit=ringmaster.service")],
                         self.environment(), root, program="unshare")
        self._first = wait_for("the machine to start", self._find_first)

    def end(self):
        self.kill()
        self.process.stdout.close()

    @staticmethod
    def environment() -> dict:
        return {**os.environ, "LD_LIBRARY_PATH": "/usr/lib/x86_64-linux-gnu/systemd"}

    @staticmethod
    def nspawn(root: pathlib.Path, *more) -> list:
        program = shutil.which("systemd-nspawn") or str(UNPACKED)
        # Where there is no systemd outside, nobody could be asked for a scope.
        where = [] if os.path.exists("/run/systemd/system") else ["--keep-unit"]
        return [program, "-D", str(root), "--quiet", "--register=no", *where,
                *(f"--bind-ro={folder}" for folder in BORROWED), *more]

    def _lay_out(self):
        for folder in ("etc/systemd/system", "proc", "sys", "dev", "run", "tmp", "var/lib", "root",
                       "usr/local/bin", *(folder[1:] for folder in BORROWED)):
            (self.root / folder).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            (self.root / name).symlink_to("usr/" + name)
        etc = self.root / "etc"
        for file in ("os-release", "ld.so.cache"):
            shutil.copy("/etc/" + file, etc / file)
        (etc / "passwd").write_text("root:x:0:0::/root:/bin/bash\n")
        (etc / "group").write_text("root:x:0:\n")
        (etc / "nsswitch.conf").write_text("passwd: files systemd\ngroup: files systemd\nhosts: files dns\n")
        shutil.copy(UNIT, etc / "systemd" / "system")
        shutil.copy(PROGRAM, self.root / "usr" / "local" / "bin" / "ringmaster")

    def _find_first(self) -> int:
        """The machine's first process."""
        pids = [self.pid]
        while pids:
            pid = pids.pop()
            try:
                if pathlib.Path(f"/proc/{pid}/comm").read_text() == "systemd\n":
                    return pid
                pids += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:
                pass  # it has just ended
        return 0

    def ctl(self, *arguments) -> str:
        done = subprocess.run(["nsenter", "-t", str(self._first), "-a", "systemctl", *arguments], text=True,
                              capture_output=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"systemctl {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def told(self, *properties) -> dict:
        shown = self.ctl("show", "ringmaster", *(f"--property={name}" for name in properties))
        return dict(line.split("=", 1) for line in shown.splitlines())

    def service(self) -> dict:
        """/proc/PID/status of the service, as seen from outside."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if command[:2] != [b"/usr/local/bin/ringmaster", b"serve"]:
                    continue
                if os.readlink(f"/proc/{pid}/ns/pid") == os.readlink(f"/proc/{self._first}/ns/pid"):
                    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
            except OSError:
                pass  # it has just ended
        return {}


def why_not(folder: pathlib.Path) -> str:
    """Why no machine can be started here; empty when one can."""
    if os.getuid() != 0:
        return "only root can start a container"
    if not (shutil.which("systemd-nspawn") or UNPACKED.exists()):
        return "systemd-nspawn is not there"
    (folder / "etc").mkdir(parents=True)
    shutil.copy("/etc/os-release", folder / "etc")
    for borrowed in BORROWED:
        (folder / borrowed[1:]).mkdir(parents=True)
    (folder / "lib64").symlink_to("usr/lib64")
    done = subprocess.run(Machine.nspawn(folder, "/usr/bin/true"), env=Machine.environment(), text=True,
                          capture_output=True, timeout=60)
    return f"systemd-nspawn does not work here: {done.stderr}" if done.returncode else ""


class ServiceTest(World):
    def setUp(self):
        super().setUp()
        if why := why_not(self.folder / "probe"):
            self.skipTest(why)
        self.carrier = self.start_carrier({**QUICK_LIFE, "talk_ms": "200-600"})
        port = free_port()
        root = self.folder / "machine"
        (root / "etc" / "ringmaster").mkdir(parents=True)
        settings = write_settings(self.folder, {**UNSAFE_BUT_FAST, "carrier": {"calls_per_second": 200}})
        shutil.copy(settings, root / "etc" / "ringmaster" / "ringmaster.json")
        secrets = root / "etc" / "ringmaster" / "environment"
        secrets.write_text("".join(f"{name}={value}\n" for name, value in {
            "DATABASE_URL": self.database_url, "TWILIO_API_BASE_URL": self.carrier.url, "RINGMASTER_PORT": port,
            "PUBLIC_HOST": f"http://127.0.0.1:{port}", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN,
            "RINGMASTER_ADMIN_KEY": ADMIN_KEY}.items()))
        secrets.chmod(0o600)
        self.machine = Machine(root)
        self.programs.append(self.machine)
        self.api = Api(f"http://127.0.0.1:{port}", ADMIN_KEY)
        self.addCleanup(self.api.close)
        self.wait_until_ready()

    def wait_until_ready(self):
        def ready():
            try:
                return self.api.send("GET", "/readyz")[0] == 200
            except OSError:
                return False
        wait_for("the service to be ready", ready, 60)

    def calls(self) -> int:
        return self.carrier.carrier.observer()["calls"]

    def test_the_unit_runs_restarts_and_drains(self):
        business = self.new_business(self.api)
        run = self.new_run(self.api, business["id"], self.api.import_leads(business["id"], fictional_leads(90)))
        wait_for("calls", lambda: self.calls() > 5)
        self.assert_sandboxed()
        first = self.machine.service()["Pid"]
        os.kill(int(first), 9)
        wait_for("a new process", lambda: self.machine.service().get("Pid", first) != first, 60)
        self.wait_until_ready()
        calls = self.calls()
        wait_for("more calls", lambda: self.calls() > calls + 5)
        began = time.monotonic()
        self.machine.ctl("stop", "ringmaster")
        took = time.monotonic() - began
        told = self.machine.told("Result", "ExecMainStatus", "NRestarts", "TimeoutStopUSec", "ActiveState")
        self.assertEqual(told, {"Result": "success", "ExecMainStatus": "0", "NRestarts": "1",
                                "TimeoutStopUSec": "45s", "ActiveState": "inactive"})
        print(f"SIGTERM under load: ended after {took:.1f} s of 45")
        self.wait_until_all_ended(self.carrier.carrier)
        self.assertLess(self.calls(), 90, "the run was over: nothing is proven")
        self.machine.ctl("start", "ringmaster")
        self.wait_until_ready()
        self.assertEqual(self.wait_for_run(self.api, business["id"], run)["completed"], 90)
        self.assert_nobody_called_twice(self.carrier.carrier)

    def assert_sandboxed(self):
        process = self.machine.service()
        self.assertNotEqual(process["Uid"].split()[0], "0")
        self.assertEqual([int(process[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")], [0] * 4)
        self.assertEqual((process["NoNewPrivs"], process["Seccomp"]), ("1", "2"))
        mounts = pathlib.Path(f"/proc/{process['Pid']}/mounts").read_text()
        options = {line.split()[1]: line.split()[3].split(",")[0] for line in mounts.splitlines()}
        self.assertEqual(options["/"], "ro")
        state = self.folder / "machine" / "var" / "lib" / "private" / "ringmaster"
        self.assertTrue((state / "logs" / "app.log").exists())
        # Its path is too long for an address.
        shown = subprocess.run([PROGRAM, "shell", "-c", "server"], cwd=state, text=True, capture_output=True,
                               timeout=60)
        self.assertRegex(shown.stdout, r"(?m)^ready +yes", shown.stderr)


if __name__ == "__main__":
    main()
