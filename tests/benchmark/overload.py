"""Overload: twice the load that the node can take, for a minute. Is latency bounded, is nothing lost, and is all well
at once when it is over?

First the most that it can take is measured with `--businesses`, whose slots must want more than that. Then four fifths
of it are wanted, and twice of it: so many businesses have leads queued that their slots make that many calls. When
the time is over the runs are stopped, and a small run of one more business shows whether the node is its old self."""

import time

import seed
from client import wait_for
from load_stage import Spent, Stage, bounded, call_length, gaps, mean, promises_held
from whole import calls_so_far, judge, start

COLUMNS = ["calls_per_second", "wanted_per_second", "gap_p50_ms", "gap_p99_ms", "webhook_p50_ms", "webhook_p99_ms",
           "webhook_highest_ms", "api_p50_ms", "api_p99_ms", "small_run_alone_s", "small_run_during_s",
           "small_run_after_s", "server_cpu_us_per_call", "server_rss_mb", "webhook_retries", "violations",
           "numbers_called_twice", "calls_lost"]


def add_options(arguments):
    arguments.add_argument("--businesses", type=bounded(100_000), default=1500, help="whose slots are enough for the most")
    arguments.add_argument("--call-ms", type=lambda text: call_length(text, 1), default="400-600",
                           help="how long calls last; of one length they end in crowds")
    arguments.add_argument("--seconds", type=bounded(900), default=60)
    # What whole.start reads besides.
    arguments.set_defaults(window=0, connections=0, stores=0, log="info")


def small_run(api, business: int) -> float:
    """Seconds that a run of 15 leads takes."""
    begun = time.monotonic()
    run = api.post(f"/businesses/{business}/runs", {"all": True, "name": "Small"})["run_id"]
    path = f"/businesses/{business}/runs/{run}"
    wait_for("the small run", lambda: api.get(path)["status"] == "completed", 300, 0.02)
    return time.monotonic() - begun


def pick(times: list, share: float) -> float:
    return 1000 * sorted(times)[int(len(times) * share)] if times else 0


def press(stage: Stage, carrier, server, ids: dict, seconds: float) -> dict:
    """The time of the load itself: what it does to those who ask and call beside it."""
    api = server.api()
    asked, begun, first = [], time.monotonic(), calls_so_far(carrier)
    spent = Spent(stage.sql, server=server, carrier=carrier)
    during = small_run(api, ids["second"])
    while time.monotonic() - begun < seconds:
        at = time.monotonic()
        api.get(f"/businesses/{ids['second']}/slots")
        asked.append(time.monotonic() - at)
        time.sleep(0.05)
    calls, took = calls_so_far(carrier) - first, time.monotonic() - begun
    seen = carrier.carrier.observer("+10")
    hooks = seen["webhooks"]["status"]
    return {"calls_per_second": calls / took, **gaps(seen), "webhook_p50_ms": hooks["answered_in"]["p50_ms"],
            "webhook_p99_ms": hooks["answered_in"]["p99_ms"], "webhook_highest_ms": hooks["answered_in"]["highest_ms"],
            "webhook_retries": hooks["retries"], "api_p50_ms": pick(asked, 0.5), "api_p99_ms": pick(asked, 0.99),
            "small_run_during_s": during, **spent.per_call(calls), "server_rss_mb": server.resident_bytes() / 2**20}


def one(stage: Stage, chosen, businesses: int) -> dict:
    seed.forget_calls(stage.sql)
    # More than the slots can call in that time, and while the last runs are being started.
    leads = round(3000 / mean(chosen.call_ms) * (chosen.seconds + 10 + businesses / 20))
    stage.sql.rows("DELETE FROM leads WHERE business_id IN (SELECT id FROM businesses WHERE name LIKE 'Busy %')")
    stage.sql.rows(seed.LEADS.format(leads=leads, name="Busy").replace("ORDER BY id)", f"ORDER BY id LIMIT {businesses})"))
    seed.settle(stage.sql)
    ids = dict(zip(("first", "second", "third"), (int(row[0]) for row in stage.sql.rows(
        "SELECT id FROM businesses WHERE name LIKE 'Small %' ORDER BY id"))))
    carrier, server = start(stage, chosen, chosen.call_ms, 0, 2)
    try:
        api = server.api()
        alone = small_run(api, ids["first"])
        busy = [int(row[0]) for row in stage.sql.rows(
            f"SELECT id FROM businesses WHERE name LIKE 'Busy %' ORDER BY id LIMIT {businesses}")]
        runs = [(business, api.post(f"/businesses/{business}/runs", {"all": True})["run_id"]) for business in busy]
        figures = press(stage, carrier, server, ids, chosen.seconds)
        for business, run in runs:
            api.post(f"/businesses/{business}/runs/{run}/stop", {})
        after = small_run(api, ids["third"])
        return {**figures, "wanted_per_second": businesses * 3000 / mean(chosen.call_ms), "small_run_alone_s": alone,
                "small_run_after_s": after, **judge(stage, server, carrier)}
    finally:
        stage.end_programs()


def cases(chosen):
    with Stage() as stage:
        seed.businesses(stage.sql, chosen.businesses)
        seed.businesses(stage.sql, 3, name="Small", area=203)
        seed.leads(stage.sql, 15, name="Small")
        reached = []

        def full() -> dict:
            reached.append(one(stage, chosen, chosen.businesses))
            return reached[-1]
        yield f"{chosen.businesses} businesses: as much as it can take", chosen.runs, full
        most = sorted(run["calls_per_second"] for run in reached)[len(reached) // 2]

        def for_share(share: float) -> int:
            return max(1, round(share * most * mean(chosen.call_ms) / 3000))
        seed.businesses(stage.sql, max(1, for_share(2) - chosen.businesses), area=204)
        for share, name in ((0.8, "four fifths of it"), (2, "twice as much")):
            yield f"{for_share(share)} businesses: {name}", chosen.runs, lambda: one(stage, chosen, for_share(share))


def held(figures: dict) -> bool:
    return promises_held(figures) and figures["calls_lost"] == 0
