"""A small client of the HTTP API and of the simulated carrier's observer; Python's own library only."""

import http.client
import ipaddress
import json
import random
import re
import socket
import subprocess
import time
import urllib.parse

NPAS = (  # area codes; the numbers <area code>-555-0100 to -0199 are kept for fiction
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
    229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302,
    303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330)
FIRST_NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Tony", "Frances", "Ken")
LAST_NAMES = ("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Perlman", "Hoare", "Allen",
              "Thompson")


def fictional_number(area: int, line: int) -> str:
    """Number `line` (0 to 99) of the area code's fictional ones."""
    return f"+1{NPAS[area % len(NPAS)]}5550{100 + line}"


def fictional_leads(count: int, area: int = 0, first: int = 0) -> list:
    """`count` leads with different numbers, beginning at the area's number `first`."""
    leads = []
    for i in range(count):
        line = first + i
        leads.append({"phone": fictional_number(area + line // 100, line % 100),
                      "first_name": FIRST_NAMES[i % 10], "last_name": LAST_NAMES[i // 10 % 10]})
    return leads


class ApiError(Exception):
    """The API said no: `status`, `code` and its sentence."""

    def __init__(self, status: int, body):
        error = body.get("error", {}) if isinstance(body, dict) else {}
        self.status, self.code = status, error.get("code", "")
        super().__init__(f"{status} {self.code}: {error.get('message', body)}")


def require_loopback(url: str) -> str:
    """Demo, tests and measurements never call a carrier beyond this machine."""
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SystemExit(f"refused: {url} is not on this machine; this never calls a real carrier")
    return url


# Well below the server's own: it closes what is idle for 75 s, perhaps just when the next request is on its way.
LONGEST_IDLE_S = 30


class Http:
    """One keep-alive connection to a base URL. Not for two threads at once."""

    def __init__(self, base_url: str, key: str = "", timeout: float = 30):
        parts = urllib.parse.urlsplit(base_url)
        self.base_url, self.key = base_url, key
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout)
        self._used_at = time.monotonic()

    def send(self, method: str, path: str, body=None, headers=None) -> tuple:
        """(status, headers, text). Raises OSError or http.client.HTTPException when nobody answers."""
        headers = dict(headers or {})
        if self.key:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        if time.monotonic() - self._used_at > LONGEST_IDLE_S:
            self._connection.close()  # it opens again by itself
        self._used_at = time.monotonic()
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request begins with a new one
            raise

    def ask(self, method: str, path: str, body=None, headers=None):
        """The answer's JSON (None when empty); ApiError when it is no 2xx."""
        status, _, text = self.send(method, path, body, headers)
        try:
            content = json.loads(text) if text else None
        except ValueError:
            content = text
        if status // 100 != 2:
            raise ApiError(status, content)
        return content

    def close(self):
        self._connection.close()


class Api(Http):
    """The API under /api/v1, in the words of its paths."""

    def get(self, path: str):
        return self.ask("GET", "/api/v1" + path)

    def post(self, path: str, body=None, headers=None):
        return self.ask("POST", "/api/v1" + path, {} if body is None else body, headers)

    def patch(self, path: str, body):
        return self.ask("PATCH", "/api/v1" + path, body)

    def pages(self, path: str):
        """All items of a list, page by page."""
        cursor, mark = "", "&" if "?" in path else "?"
        while cursor is not None:
            query = f"{mark}limit=1000" + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else "")
            page = self.get(path + query)
            yield from page["items"]
            cursor = page["next_cursor"]

    def metric(self, name: str) -> int:
        _, _, text = self.send("GET", "/metrics")
        found = re.search(rf"^{re.escape(name)} (\d+)$", text, re.M)
        if not found:
            raise KeyError(name)
        return int(found.group(1))

    def import_leads(self, business: int, leads: list) -> list:
        """Imports and returns the ids of the business's leads, in the order of `leads`."""
        self.post(f"/businesses/{business}/leads", leads)
        ids = {lead["phone_e164"]: lead["id"] for lead in self.pages(f"/businesses/{business}/leads")}
        return [ids[lead["phone"]] for lead in leads]


class Carrier(Http):
    """The simulated carrier's own view: what really rang."""

    def __init__(self, base_url: str):
        super().__init__(require_loopback(base_url))

    def observer(self, caller: str = "") -> dict:
        query = "?" + urllib.parse.urlencode({"from": caller}) if caller else ""
        return self.ask("GET", "/_sim/observer" + query)

    def refusals(self) -> list:
        """The times of the newest create requests that were not answered with their call, in seconds since 1970."""
        return [at / 1e6 for at in self.ask("GET", "/_sim/refusals")["refused_us"]]

    def caller(self, number: str) -> dict:
        """One caller ID's figures: live, highest, calls, …"""
        callers = self.observer(number)["callers"]
        return callers[0] if callers else {"from": number, "live": 0, "highest": 0, "calls": 0, "ended": 0}

    def call(self, sid: str) -> dict:
        """One call: status, the TwiML documents that it was given, the webhooks sent."""
        return self.ask("GET", "/_sim/calls/" + sid)

    def set_life(self, **life):
        self.ask("POST", "/_sim/life", life)

    def set_faults(self, **faults):
        self.ask("POST", "/_sim/faults", faults)


class Psql:
    """A psql that stays open: statements go in as an operator types them, rows come back at once."""

    def __init__(self, url: str):
        self._mark = f"end-{random.getrandbits(64):x}"
        self._process = subprocess.Popen(
            ["psql", url, "-X", "-q", "-A", "-t", "-F", "|"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

    def rows(self, sql: str) -> list:
        self._process.stdin.write(f"{sql.strip().rstrip(';')};\n\\echo {self._mark}\n")
        self._process.stdin.flush()
        rows = []
        for line in self._process.stdout:
            line = line.rstrip("\n")
            if line == self._mark:
                break
            if line.startswith(("ERROR:", "FATAL:", "psql:")):
                raise RuntimeError(f"psql: {line}\n{sql}")
            rows.append(line.split("|"))
        else:
            raise RuntimeError("psql has ended")
        return rows

    def value(self, sql: str) -> str:
        rows = self.rows(sql)
        return rows[0][0] if rows else ""

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def psql(url: str, sql: str) -> str:
    """One psql run, as `psql "$DATABASE_URL" -c …`; its output as it prints it."""
    done = subprocess.run(["psql", url, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql], text=True,
                          capture_output=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"psql: {done.stderr.strip()}")
    return done.stdout


def with_database(url: str, name: str) -> str:
    """The same server's URL with another database."""
    return urllib.parse.urlsplit(url)._replace(path="/" + name).geturl()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what: str, condition, timeout: float = 30, every: float = 0.02):
    """The condition's first true value; TimeoutError with `what` when it does not come."""
    until = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise TimeoutError(f"not within {timeout:g} s: {what}")
        time.sleep(every)
