"""Load, not a test: what looking on costs. Dialling with and without open streams of events, and how
long an event takes from the database's commit to a listener."""

import argparse
import asyncio
import json
import os
import pathlib
import sys
import time

from harness import ADMIN_KEY, Server
from load_stage import Stage, answered_life, bounded, fill, measure, print_figures, raise_file_limit

MOST_LISTENERS = 2000


async def look_on(server: Server, paths: list, lags: list, opened: asyncio.Semaphore):
    """Reads all streams for ever; the age of each job event of every tenth goes into `lags`. Of the others the bytes
    are only taken in: those who look on have machines of their own, and reading for them is not the server's work."""
    few = asyncio.Semaphore(50)  # more at once would be refused: a lane has its bound

    async def one(path: str, timed: bool):
        async with few:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN_KEY}\r\n\r\n".encode())
            await reader.readuntil(b"event: present")
        opened.release()
        kept = b""
        while not timed and await reader.read(65536):
            pass
        while data := await reader.read(65536):
            now = time.time()
            *lines, kept = (kept + data).split(b"\n")
            for line in lines:
                at = line.rfind(b'"at":"')
                if line.startswith(b"data: ") and b'"state":"' in line and b'"attempt"' in line and at > 0:
                    lags.append(line[at + 6:at + 33] + b" %.6f" % now)
    await asyncio.gather(*(one(path, i % 10 == 0) for i, path in enumerate(paths)))


def listen(server: Server, paths: list, told: pathlib.Path):
    """In a process of its own: opens the streams, says so, and writes the lags at its end."""
    lags = []
    os.nice(19)  # those who look on have machines of their own: here they get what dialling leaves

    async def all_of_them():
        opened = asyncio.Semaphore(0)
        task = asyncio.ensure_future(look_on(server, paths, lags, opened))
        for _ in paths:
            await opened.acquire()
        told.write_text("open")
        while told.exists():
            await asyncio.sleep(0.2)
        task.cancel()
    asyncio.run(all_of_them())
    import datetime
    ages = sorted(1000 * (float(now) - datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp())
                  for at, now in (lag.decode().split() for lag in lags))
    pick = (lambda share: round(ages[int(len(ages) * share)], 2)) if ages else (lambda share: None)
    told.with_suffix(".json").write_text(json.dumps(
        {"events_heard": len(ages), "event_p50_ms": pick(0.5), "event_p99_ms": pick(0.99)}))


def load(chosen) -> dict:
    with Stage() as stage:
        carrier = stage.start_carrier(answered_life(chosen.call_ms, chosen.call_ms))
        server = stage.start_server(carrier)
        made = fill(server.api(), chosen.businesses, chosen.leads)
        stage.sql.rows("ANALYZE")
        told = stage.folder / "streams"
        paths = [f"/api/v1/businesses/{made[i % len(made)][0]['id']}/events" for i in range(chosen.listeners)]
        child = os.fork() if paths else 0
        if paths and child == 0:
            listen(server, paths, told)
            os._exit(0)
        while paths and not told.exists():
            time.sleep(0.1)
        figures = measure(server, carrier, stage.sql, made, 1, chosen.seconds)
        if paths:
            told.unlink()
            os.waitpid(child, 0)
            figures.update(json.loads(told.with_suffix(".json").read_text()))
        return {"listeners": chosen.listeners, **figures}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--listeners", type=int, default=0, choices=range(MOST_LISTENERS + 1), metavar="N")
    arguments.add_argument("--businesses", type=bounded(1000), default=200)
    arguments.add_argument("--leads", type=bounded(1000), default=50)
    arguments.add_argument("--call-ms", default="20-60", help="how long setup and talk take each")
    arguments.add_argument("--seconds", type=bounded(900), default=60)
    chosen = arguments.parse_args()
    raise_file_limit()
    print_figures(load(chosen), False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
