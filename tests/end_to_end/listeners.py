"""Load, not a test: what looking on costs. Dialling with and without open streams of events, and how
long an event takes from the database's commit to a listener."""

import argparse
import datetime
import json
import os
import pathlib
import select
import signal
import socket
import sys
import time
import traceback

from harness import ADMIN_KEY, Server
from load_stage import Stage, answered_life, bounded, fill, measure, print_figures, raise_file_limit

MOST_LISTENERS = 2000
MOST_TIMED = 20    # whose events' ages are taken
AT_ONCE = 40       # opened at a time; more would be refused: a lane has its bound
TAKEN_IN_S = 0.1   # at which the bytes of those who aren't timed are taken in
SETTLED_S = 12     # from the filling to the first call
LAST_CHUNK = b"\r\n0\r\n\r\n"


class Page:
    """One stream, opened again behind its last event whenever the server has ended it."""

    def __init__(self, server: Server, path: str):
        self.server, self.path = server, path
        self.last, self.is_open = b"", False
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.server.port))
        self.socket.setblocking(False)
        resumed = b"Last-Event-ID: " + self.last + b"\r\n" if self.last else b""
        self.socket.send(f"GET {self.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN_KEY}\r\n".encode()
                         + resumed + b"\r\n")
        self.head = self.kept = b""

    def read(self, buffer: bytearray) -> bytes:
        """What has come; nothing when the stream has ended."""
        try:
            data = bytes(memoryview(buffer)[:self.socket.recv_into(buffer)])
        except BlockingIOError:
            return b"\n"
        if not self.is_open:
            self.head += data
            if not self.head.startswith(b"HTTP/1.1 200"[:len(self.head)]):
                raise RuntimeError(f"a stream was refused: {self.head[:200]}")
            self.is_open = b"event: " in self.head
        at = data.rfind(b"\nid: ")
        if at >= 0 and (end := data.find(b"\n", at + 5)) > 0:
            self.last = data[at + 5:end]
        return b"" if data.endswith(LAST_CHUNK) else data


class Crowd:
    """All pages of one process, read in one loop."""

    def __init__(self, server: Server, paths: list, timed: bool):
        self.server, self.paths, self.timed = server, paths, timed
        self.pages, self.poll, self.buffer = {}, select.epoll(), bytearray(1 << 20)
        self.ages, self.reads, self.bytes, self.reopened = [], 0, 0, 0

    def open(self, page: Page):
        self.pages[page.socket.fileno()] = page
        self.poll.register(page.socket.fileno(), select.EPOLLIN)

    def open_all(self):
        waiting = list(self.paths)
        while waiting or not all(page.is_open for page in self.pages.values()):
            room = max(0, AT_ONCE - sum(not page.is_open for page in self.pages.values()))
            for path in waiting[:room]:
                self.open(Page(self.server, path))
            waiting = waiting[room:]
            self.turn(0.01)
        self.ages, self.reads, self.bytes = [], 0, 0

    def turn(self, longest_s: float):
        for fd, _ in self.poll.poll(longest_s, 2 * MOST_LISTENERS):
            page = self.pages[fd]
            data = page.read(self.buffer)
            self.reads += 1
            self.bytes += len(data)
            if not data:
                self.come_back(self.pages.pop(fd))
            elif self.timed:
                self.take_ages(page, data)

    def come_back(self, page: Page):
        self.poll.unregister(page.socket.fileno())
        page.socket.close()
        self.reopened += 1
        page.connect()
        self.open(page)

    def take_ages(self, page: Page, data: bytes):
        now = time.time()
        *lines, page.kept = (page.kept + data).split(b"\n")
        for line in lines:
            at = line.rfind(b'"at":"')
            if line.startswith(b"data: ") and b'"attempt"' in line and at > 0:
                self.ages.append((line[at + 6:at + 33].decode(), now))

    def figures(self) -> dict:
        ages = sorted(1000 * (now - datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp())
                      for at, now in self.ages)
        return {"ages": ages, "reads": self.reads, "bytes": self.bytes, "reopened": self.reopened}


def look_on(crowd: Crowd, told: pathlib.Path):
    """In a process of its own: opens the streams, says so, reads until it is told to end, and writes what it heard."""
    going_on = [True]
    signal.signal(signal.SIGTERM, lambda *_: going_on.clear())
    crowd.open_all()
    told.touch()
    begun = time.process_time()
    while going_on:
        if not crowd.timed:
            time.sleep(TAKEN_IN_S)
        crowd.turn(0.2)
    told.write_text(json.dumps({**crowd.figures(), "cpu_s": time.process_time() - begun}))


class Listeners:
    """A few whose events are timed, and all others, of whom the bytes are only taken in, seldom and with what dialling
    leaves of the processors: those who look on have machines of their own."""

    def __init__(self, server: Server, folder: pathlib.Path, paths: list):
        self.children = []
        for name, some, timed in (("timed", paths[:MOST_TIMED], True), ("others", paths[MOST_TIMED:], False)):
            if some:
                self.children.append((self.start(Crowd(server, some, timed), folder / name), folder / name))
        for child, told in self.children:
            while not told.exists():
                if os.waitpid(child, os.WNOHANG)[0]:
                    raise RuntimeError("those who listen failed")
                time.sleep(0.05)

    @staticmethod
    def start(crowd: Crowd, told: pathlib.Path) -> int:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                if not crowd.timed:
                    os.nice(19)
                look_on(crowd, told)
                status = 0
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(status)
        return child

    def end(self, calls: int, seconds: float) -> dict:
        heard = []
        for child, told in self.children:
            os.kill(child, signal.SIGTERM)
            if os.waitpid(child, 0)[1]:
                raise RuntimeError("those who listen failed")
            heard.append(json.loads(told.read_text()))
        ages = heard[0]["ages"] if heard else []
        pick = (lambda share: round(ages[int(len(ages) * share)], 2)) if ages else (lambda share: None)
        total = {name: sum(each[name] for each in heard) for name in ("reads", "bytes", "reopened", "cpu_s")}
        return {"events_timed": len(ages), "event_p50_ms": pick(0.5), "event_p99_ms": pick(0.99),
                "reads_per_second": round(total["reads"] / seconds), "kb_per_second": round(total["bytes"] / seconds / 1e3),
                "reopened": total["reopened"], "listeners_cpu_us_per_call": round(total["cpu_s"] * 1e6 / max(calls, 1), 2)}


def load(chosen) -> dict:
    with Stage() as stage:
        carrier = stage.start_carrier(answered_life(chosen.call_ms, chosen.call_ms))
        server = stage.start_server(carrier)
        made = fill(server.api(), chosen.businesses, chosen.leads)
        stage.sql.rows("ANALYZE")
        filled = time.monotonic()
        watched = made[:chosen.watched or len(made)]
        listeners = Listeners(server, stage.folder, [f"/api/v1/businesses/{watched[i % len(watched)][0]['id']}/events"
                                                     for i in range(chosen.listeners)])
        # With and without listeners alike, whose opening takes a while: what filling left to do is over by then.
        time.sleep(max(0, filled + SETTLED_S - time.monotonic()))
        figures = measure(server, carrier, stage.sql, made, 1, chosen.seconds)
        return {"listeners": chosen.listeners, **figures, **listeners.end(figures["calls"], figures["seconds"])}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--listeners", type=int, default=0, choices=range(MOST_LISTENERS + 1), metavar="N")
    arguments.add_argument("--businesses", type=bounded(1000), default=200)
    arguments.add_argument("--watched", type=bounded(1000), help="businesses that they look at (default: all, in turn)")
    arguments.add_argument("--leads", type=bounded(1000), default=50)
    arguments.add_argument("--call-ms", default="20-60", help="how long setup and talk take each")
    arguments.add_argument("--seconds", type=bounded(900), default=60)
    chosen = arguments.parse_args()
    raise_file_limit()
    print_figures(load(chosen), False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
