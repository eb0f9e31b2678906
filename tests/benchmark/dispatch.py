"""Dispatch alone: all actors, the real store and every commit, but the carrier is in the same process: no sockets."""

import programs
import seed
from load_stage import Spent, Stage, bounded, promises_held

COLUMNS = ["calls_per_second", "share_of_ideal", "gap_p50_ms", "gap_p99_ms", "gap_p999_ms", "server_cpu_us_per_call",
           "postgres_cpu_us_per_call", "commits_per_call", "wal_bytes_per_call", "highest_live_per_business",
           "violations", "numbers_called_twice", "finished"]


def add_options(arguments):
    arguments.add_argument("--businesses", type=bounded(100_000), default=1000)
    arguments.add_argument("--leads", type=bounded(100_000), default=100, help="of each business")
    arguments.add_argument("--limit", type=bounded(100), default=3, help="live calls of a business")
    arguments.add_argument("--call-ms", default="0,50", help="how long calls last: 0,50")
    arguments.add_argument("--stores", default="0", help="connections that write: 1,2; 0: as a server")
    arguments.add_argument("--seconds", type=bounded(900), default=120, help="gives up then")
    arguments.add_argument("--no-slots-case", action="store_true", help="leaves out 10 businesses x 300 calls of 20 ms")


def dispatch(stage: Stage, chosen, call_ms: int, stores: int, leads: int, ideal: float = 0) -> dict:
    seed.forget_calls(stage.sql)
    seed.queue(stage.sql, leads, chosen.limit)
    seed.settle(stage.sql)
    spent = Spent(stage.sql)
    figures = programs.run("bench_dispatch", "--database", stage.database_url, "--call-ms", call_ms, "--stores", stores,
                           "--limit", chosen.limit, "--seconds", chosen.seconds)
    if ideal:
        figures["share_of_ideal"] = figures["calls_per_second"] / ideal
    return {**figures, **spent.per_call(figures["calls"])}


def cases(chosen):
    with Stage() as stage:
        seed.businesses(stage.sql, chosen.businesses, chosen.limit)
        seed.leads(stage.sql, chosen.leads)
        for stores in map(int, chosen.stores.split(",")):
            for call_ms in map(int, chosen.call_ms.split(",")):
                yield (f"calls of {call_ms} ms" + (f", {stores} stores" if stores else ""), chosen.runs,
                       lambda: dispatch(stage, chosen, call_ms, stores, chosen.leads))
    if not chosen.no_slots_case:
        with Stage() as stage:
            seed.businesses(stage.sql, 10)
            seed.leads(stage.sql, 300)
            yield "10 businesses x 300 calls of 20 ms", chosen.runs, lambda: dispatch(stage, chosen, 20, 0, 300, 1500)


def held(figures: dict) -> bool:
    return promises_held(figures) and figures["finished"] and figures["completed"] == figures["calls_wanted"]
