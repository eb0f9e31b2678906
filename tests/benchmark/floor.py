"""The floor: what this machine gives to the same SQL and the same HTTP without Ringmaster's program around them."""

import programs
import seed
from load_stage import Spent, Stage, bounded

COLUMNS = ["calls_per_second", "transitions_per_second", "postgres_cpu_us_per_call", "commits_per_call",
           "wal_bytes_per_call", "requests_per_second", "ran_out"]


def add_options(arguments):
    arguments.add_argument("--businesses", type=bounded(100_000), default=1000)
    arguments.add_argument("--leads", type=bounded(100_000), default=200, help="of each business")
    arguments.add_argument("--seconds", type=bounded(900), default=10)
    arguments.add_argument("--single", default="16,64", help="connections, one commit for each transition")
    arguments.add_argument("--sets", default="1x500,2x500", help="connections x transitions that share a commit")


def sql(stage: Stage, chosen, connections: int, batch: int) -> dict:
    seed.forget_calls(stage.sql)
    seed.queue(stage.sql, chosen.leads)
    seed.settle(stage.sql)
    spent = Spent(stage.sql)
    figures = programs.run("bench_sql_floor", "--database", stage.database_url, "--connections", connections,
                           "--batch", batch, "--seconds", chosen.seconds)
    return {**figures, **spent.per_call(figures["calls"])}


def cases(chosen):
    with Stage() as stage:
        seed.businesses(stage.sql, chosen.businesses)
        seed.leads(stage.sql, chosen.leads)
        for connections in map(int, chosen.single.split(",")):
            yield (f"SQL, one commit a transition, {connections} connections", chosen.runs,
                   lambda: sql(stage, chosen, connections, 1))
        for pair in chosen.sets.split(","):
            connections, batch = map(int, pair.split("x"))
            yield (f"SQL, {batch} transitions a commit, {connections} connections", chosen.runs,
                   lambda: sql(stage, chosen, connections, batch))
    yield ("HTTP, bare loops of Beast, 64 connections", chosen.runs,
           lambda: programs.run("bench_http_floor", "--seconds", min(chosen.seconds, 10)))


def held(_: dict) -> bool:
    return True
