"""A real browser for tests: Debian's Chromium, driven over WebDriver with Python's own library."""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from harness import free_port

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# Without these the browser looks for its maker's servers at every start.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--lang=en-US"]
PATIENCE = 30  # seconds; of a busy machine, too


class Browser:
    """One window. What it looks for it waits for; TimeoutError names what did not come.

    RINGMASTER_TEST_SLOW_BROWSER=N makes it N times slower, with answers 50 N ms late: what a test forgot to
    wait for shows."""

    def __init__(self, width: int = 1280, height: int = 860, flags=()):
        self.folder = tempfile.TemporaryDirectory(prefix="ringmaster-browser.")
        port = free_port()
        self.driver = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "chromedriver", f"--port={port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{port}"
        self._until("chromedriver to answer", lambda: self._ask("GET", "/status")["ready"])
        self.downloads = pathlib.Path(self.folder.name) / "downloads"
        self.downloads.mkdir()
        options = {"args": [*FLAGS, f"--user-data-dir={self.folder.name}/profile",
                            f"--window-size={width},{height}", *flags],
                   "prefs": {"download.default_directory": str(self.downloads)}}
        session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.base += "/session/" + session["sessionId"]
        if slower := float(os.environ.get("RINGMASTER_TEST_SLOW_BROWSER", "0")):
            self.cdp("Emulation.setCPUThrottlingRate", rate=slower)
            self.cdp("Network.enable")
            self.cdp("Network.emulateNetworkConditions", offline=False, latency=50 * slower,
                     downloadThroughput=-1, uploadThroughput=-1)

    def _ask(self, method: str, path: str, body=None):
        request = urllib.request.Request(self.base + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            told = json.load(refused)["value"]
            raise RuntimeError(f"{told['error']}: {told['message'].splitlines()[0]}") from None

    @staticmethod
    def _until(what: str, condition, timeout: float = PATIENCE):
        until, last = time.monotonic() + timeout, None
        while True:
            try:
                value = condition()
                if value:
                    return value
            except (RuntimeError, OSError) as problem:
                last = problem
            if time.monotonic() > until:
                raise TimeoutError(f"not within {timeout:g} s: {what} ({last})")
            time.sleep(0.05)

    def open(self, url: str):
        self._ask("POST", "/url", {"url": url})

    def reload(self):
        self._ask("POST", "/refresh", {})

    def run(self, script: str, *arguments):
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, what: str, script: str, timeout: float = PATIENCE):
        """Until the JavaScript expression is true; its value."""
        return self._until(what, lambda: self.run(f"return ({script})"), timeout)

    def find(self, css: str, text: str = "") -> dict:
        """The first visible element that fits and holds the text."""
        script = """return [...document.querySelectorAll(arguments[0])].find((e) =>
            (e.innerText || e.value || '').includes(arguments[1]) && e.getClientRects().length) || null"""
        return self._until(f"{css} {text!r}", lambda: self.run(script, css, text))

    def see(self, css: str, text: str = "", timeout: float = PATIENCE) -> str:
        script = """return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText)
            .find((t) => t.includes(arguments[1])) ?? null"""
        return self._until(f"{css} {text!r}", lambda: self.run(f"{script}", css, text) is not None, timeout)

    def click(self, css: str, text: str = ""):
        self._until(f"a click on {css} {text!r}", lambda: self._ask(
            "POST", f"/element/{self.find(css, text)[ELEMENT]}/click", {}) is None)

    def type(self, css: str, text: str):
        self._until(f"to type into {css}", lambda: self._ask(
            "POST", f"/element/{self.find(css)[ELEMENT]}/value", {"text": text}) is None)

    def choose(self, css: str, option: str):
        """In a select, once it is there and has the option."""
        script = """const select = document.querySelector(arguments[0]);
            const found = [...(select?.options ?? [])].find((e) => e.text == arguments[1]);
            if (!found) return false;
            select.value = found.value;
            select.dispatchEvent(new Event('change', {bubbles: true}));
            return true"""
        self._until(f"{css} with {option!r}", lambda: self.run(script, css, option))

    def put_file(self, css: str, file: pathlib.Path):
        """Without asking whether it is in sight: file inputs may not be."""
        element = self.run("return document.querySelector(arguments[0])", css)
        self._ask("POST", f"/element/{element[ELEMENT]}/value", {"text": str(file)})

    def press(self, *keys: str):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def cdp(self, command: str, **parameters):
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def look(self, width: int, height: int, dark: bool = False, phone: bool = False, still: bool = False):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=phone)
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}])

    def picture(self, file: pathlib.Path):
        file.write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))

    def complaints(self) -> list:
        """What the browser's console holds against the page."""
        return [entry["message"] for entry in self._ask("POST", "/se/log", {"type": "browser"})
                if entry["level"] == "SEVERE"]

    def requests(self) -> list:
        """[(URL, bytes over the wire)] since the last time."""
        sizes, urls = {}, {}
        for entry in self._ask("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            told = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                urls[told["requestId"]] = told["request"]["url"]
            elif message["method"] == "Network.loadingFinished":
                sizes[told["requestId"]] = told["encodedDataLength"]
        return [(url, sizes.get(name, 0)) for name, url in urls.items()]

    def end(self):
        try:
            self._ask("DELETE", "")
        except (RuntimeError, OSError):
            pass  # it is ended below all the same
        self.driver.terminate()
        self.driver.wait()
        self.folder.cleanup()
