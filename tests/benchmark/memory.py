"""What the server's memory takes: businesses with all their slots on calls, and supervised ones that have nothing to do.

Resident memory is what the kernel counts for the process: its own (anonymous) and what it shows of files (the program,
libraries). The server has gone through its calls several times when it is looked at."""

import pathlib
import time

import seed
from client import wait_for
from load_stage import Stage, answered_life, bounded, call_length, promises_held
from whole import judge

COLUMNS = ["resident_mb", "anonymous_mb", "file_mb", "bytes_each", "live_calls", "calls", "violations",
           "numbers_called_twice", "calls_lost"]


def add_options(arguments):
    arguments.add_argument("--businesses", type=bounded(100_000), default=10_000, help="each with one run")
    arguments.add_argument("--leads", type=bounded(10_000), default=30, help="of each")
    arguments.add_argument("--call-ms", type=call_length, default="20000-30000", help="how long calls last")
    arguments.add_argument("--seconds", type=bounded(900, 0), default=60, help="from the moment when all slots are held")
    arguments.add_argument("--supervised", type=bounded(100_000), default=10_000, help="idle ones, of the other case")


def resident(server) -> dict:
    """In MB."""
    lines = pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines()
    kilobytes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines)
                 if name in ("VmRSS", "RssAnon", "RssFile")}
    return {"resident_mb": kilobytes["VmRSS"] / 1024, "anonymous_mb": kilobytes["RssAnon"] / 1024,
            "file_mb": kilobytes["RssFile"] / 1024}


def bytes_each(before: dict, after: dict, count: int) -> dict:
    """Of the process's own memory."""
    return {"bytes_each": (after["anonymous_mb"] - before["anonymous_mb"]) * 2**20 / count}


def busy(stage: Stage, chosen) -> dict:
    slots = 3 * chosen.businesses
    seed.forget_calls(stage.sql)
    carrier = stage.start_carrier(answered_life(talk_ms=chosen.call_ms))
    server = stage.start_server(carrier, {"database": {"allow_fsync_off": True}})
    try:
        empty = resident(server)
        server.terminate()
        seed.queue(stage.sql, chosen.leads)
        seed.settle(stage.sql)
        server = stage.start_server(carrier, {"database": {"allow_fsync_off": True}})

        def live() -> int:
            return carrier.carrier.observer("+10")["live"]  # nobody's number: without the list of all callers
        wait_for("calls in nearly all slots", lambda: live() > 0.97 * slots, 300, 0.2)
        time.sleep(chosen.seconds)
        full, held = resident(server), live()
        return {**full, **bytes_each(empty, full, chosen.businesses), "live_calls": held,
                "calls": carrier.carrier.observer("+10")["calls"], **judge(stage, server, carrier, 180)}
    finally:
        stage.end_programs()


def idle(stage: Stage, chosen) -> dict:
    """A question about its slots starts a business's supervisor, which stays for a minute."""
    carrier = stage.start_carrier(answered_life())
    server = stage.start_server(carrier, {"dialing": {"idle_after_s": 3600}})
    try:
        api = server.api()
        ids = [int(row[0]) for row in stage.sql.rows("SELECT id FROM businesses WHERE name LIKE 'Idle %' ORDER BY id")]
        first, others = ids[:10], ids[10:]
        for business in first:
            api.get(f"/businesses/{business}/slots")
        before = resident(server)
        for business in others:
            api.get(f"/businesses/{business}/slots")
        after = resident(server)
        return {**after, **bytes_each(before, after, len(others)), **judge(stage, server, carrier)}
    finally:
        stage.end_programs()


def cases(chosen):
    with Stage() as stage:
        seed.businesses(stage.sql, chosen.businesses)
        seed.leads(stage.sql, chosen.leads)
        yield f"{chosen.businesses:,} busy businesses", chosen.runs, lambda: busy(stage, chosen)
    with Stage() as stage:
        seed.businesses(stage.sql, chosen.supervised, name="Idle")
        yield f"{chosen.supervised:,} supervised idle businesses", chosen.runs, lambda: idle(stage, chosen)


def held(figures: dict) -> bool:
    return promises_held(figures) and figures["calls_lost"] == 0
