"""The whole system: server, simulated carrier and PostgreSQL, every request over real sockets.

Each run has a fresh server and carrier and freshly queued leads. What is measured is a stretch of time behind a
warm-up; what is judged (by the carrier's own count) is everything from the first call to the last."""

import time

import seed
from client import wait_for
from load_stage import Spent, Stage, answered_life, bounded, call_length, gaps, mean, promises_held, verdict

PROGRESS = {2: ["answered"], 4: ["initiated", "ringing", "answered"]}
COLUMNS = ["calls_per_second", "share_of_ideal", "gap_p50_ms", "gap_p99_ms", "gap_p999_ms", "server_cpu_us_per_call",
           "postgres_cpu_us_per_call", "carrier_cpu_us_per_call", "commits_per_call", "wal_bytes_per_call",
           "server_rss_mb", "violations", "numbers_called_twice", "calls_lost", "ran_out"]


def add_options(arguments):
    arguments.add_argument("--businesses", type=bounded(100_000), default=1000)
    arguments.add_argument("--leads", type=bounded(1_000_000, 0), default=0,
                           help="of each business; 0: enough for the time at --most-calls")
    arguments.add_argument("--most-calls", type=bounded(50_000), default=6000, help="a second that are queued for")
    arguments.add_argument("--seconds", type=bounded(900), default=20, help="that are measured")
    arguments.add_argument("--warm-up", type=bounded(600, 0), default=5, help="seconds before")
    arguments.add_argument("--call-ms", type=lambda text: list(map(call_length, text.split(","))), default="0,50",
                           help="how long calls last: 0,50,5000,200-400")
    arguments.add_argument("--answer-ms", default="0", help="the carrier's own time for an answer: 0,20")
    arguments.add_argument("--callbacks", default="2", help="status callbacks of a call: 2,4")
    arguments.add_argument("--window", type=bounded(10_000, 0), default=0, help="unanswered creates; 0: the default")
    arguments.add_argument("--connections", type=bounded(1000, 0), default=0, help="to the carrier; 0: the default")
    arguments.add_argument("--stores", type=bounded(16, 0), default=0, help="that write; 0: the default")
    arguments.add_argument("--log", default="info", choices=("info", "warn"))
    arguments.add_argument("--no-slots-case", action="store_true", help="leaves out 10 businesses x 300 calls of 20 ms")


def numbers(text: str) -> list:
    return [int(one) for one in text.split(",")]


def settings(chosen, callbacks: int) -> dict:
    carrier = {"progress": PROGRESS[callbacks]}
    if chosen.window:
        carrier["window"] = chosen.window
    if chosen.connections:
        carrier["connections"] = chosen.connections
    return {"carrier": carrier, "database": {"allow_fsync_off": True, "stores": chosen.stores},
            "log": {"level": chosen.log}}


def start(stage: Stage, chosen, call_ms: str, answer_ms: int, callbacks: int) -> tuple:
    carrier = stage.start_carrier(answered_life(talk_ms=call_ms), ["--answer-ms", answer_ms] if answer_ms else [])
    return carrier, stage.start_server(carrier, settings(chosen, callbacks))


def calls_so_far(carrier) -> int:
    return carrier.carrier.observer("+10")["calls"]  # nobody's number: without the list of all callers


def judge(stage: Stage, server, carrier, patience: float = 30) -> dict:
    """The server drains, the last calls end; then the carrier's count and the database are compared."""
    server.terminate(patience)
    wait_for("the last calls to end", lambda: carrier.carrier.observer("+10")["live"] == 0, 120, 0.1)
    seen = carrier.carrier.observer()
    known = int(stage.sql.value("SELECT count(call_sid) FROM outbound_call_jobs"))
    return {**verdict(seen), "calls_lost": seen["calls"] - known}


def stretch(stage: Stage, chosen, call_ms: str, answer_ms: int, callbacks: int, leads: int) -> dict:
    """One run: so many seconds of full work."""
    seed.forget_calls(stage.sql)
    seed.queue(stage.sql, leads)
    seed.settle(stage.sql)
    carrier, server = start(stage, chosen, call_ms, answer_ms, callbacks)
    try:
        wait_for("the first call", lambda: calls_so_far(carrier) > 0, 60, 0.01)
        time.sleep(chosen.warm_up)
        spent, first, begun = Spent(stage.sql, server=server, carrier=carrier), calls_so_far(carrier), time.monotonic()
        time.sleep(chosen.seconds)
        calls, took = calls_so_far(carrier) - first, time.monotonic() - begun
        used = spent.per_call(calls)
        seen = carrier.carrier.observer("+10")
        rss = server.resident_bytes() / 2**20
        left = int(stage.sql.value("SELECT count(*) FROM outbound_call_jobs WHERE status = 'queued'"))
        figures = {"calls_per_second": calls / took}
        if mean(call_ms):
            figures["share_of_ideal"] = calls / took / (3 * chosen.businesses * 1000 / mean(call_ms))
        return {**figures, **gaps(seen), **used, "server_rss_mb": rss, "calls": calls, "seconds": took,
                "ran_out": left == 0, **judge(stage, server, carrier)}
    finally:
        stage.end_programs()


def idle_slots(stage: Stage, chosen) -> dict:
    """10 businesses, 300 calls each of 20 ms, from the first request to the last end: nothing shows idle slots
    like it. Ideal: 30 slots / 20 ms = 1,500 calls a second."""
    seed.forget_calls(stage.sql)
    stage.sql.rows("VACUUM (ANALYZE)")
    carrier, server = start(stage, chosen, "20", 0, 2)
    try:
        api = server.api()
        ids = [int(row[0]) for row in stage.sql.rows("SELECT id FROM businesses WHERE name LIKE 'Few %' ORDER BY id")]
        begun = time.monotonic()
        for business in ids:
            api.post(f"/businesses/{business}/runs", {"all": True})
        wait_for("all runs to end", lambda: stage.sql.value(
            "SELECT count(*) FROM outbound_call_runs WHERE ended_at IS NULL") == "0", 120, 0.005)
        took = time.monotonic() - begun
        seen = carrier.carrier.observer()
        return {"calls_per_second": seen["calls"] / took, "share_of_ideal": seen["calls"] / took / 1500, **gaps(seen),
                "server_rss_mb": server.resident_bytes() / 2**20, "calls": seen["calls"], "seconds": took,
                **judge(stage, server, carrier)}
    finally:
        stage.end_programs()


def cases(chosen):
    """(name, what does one run) of each case, on one stage."""
    repeated = chosen.runs
    total = chosen.most_calls * (chosen.seconds + chosen.warm_up + 2)
    leads = chosen.leads or max(10, -(-total // chosen.businesses))
    with Stage() as stage:
        seed.businesses(stage.sql, chosen.businesses)
        seed.leads(stage.sql, leads)
        for callbacks in numbers(chosen.callbacks):
            for answer_ms in numbers(chosen.answer_ms):
                for call_ms in chosen.call_ms:
                    yield (f"calls of {call_ms} ms, carrier {answer_ms} ms, {callbacks} callbacks", repeated,
                           lambda: stretch(stage, chosen, call_ms, answer_ms, callbacks, leads))
    if not chosen.no_slots_case:
        with Stage() as stage:
            seed.businesses(stage.sql, 10, name="Few")
            seed.leads(stage.sql, 300, name="Few")
            yield "10 businesses x 300 calls of 20 ms", repeated, lambda: idle_slots(stage, chosen)


def held(figures: dict) -> bool:
    return promises_held(figures) and figures["calls_lost"] == 0
