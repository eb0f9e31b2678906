"""Load, not a test: 200 businesses, each with two runs of 50 leads at once.

Prints what was reached as a table, or with --json as one object. The carrier is the simulated one on
this machine, as a process of its own, so that its work is not counted as the server's."""

import argparse
import sys

from load_stage import Stage, answered_life, bounded, fill, measure, print_figures, promises_held, raise_file_limit

MOST_BUSINESSES, MOST_LEADS, MOST_SECONDS = 1000, 1000, 900


def load(chosen) -> dict:
    with Stage({"log": {"level": chosen.log}}) as stage:
        carrier = stage.start_carrier(answered_life(chosen.call_ms, chosen.call_ms))
        server = stage.start_server(carrier)
        made = fill(server.api(), chosen.businesses, chosen.leads * chosen.runs)
        stage.sql.rows("ANALYZE")
        return measure(server, carrier, stage.sql, made, chosen.runs, chosen.seconds)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--businesses", type=bounded(MOST_BUSINESSES), default=200)
    arguments.add_argument("--leads", type=bounded(MOST_LEADS), default=50, help="of each run")
    arguments.add_argument("--runs", type=bounded(10), default=2, help="of each business, at once")
    arguments.add_argument("--call-ms", default="20-60", help="how long setup and talk take each")
    arguments.add_argument("--seconds", type=bounded(MOST_SECONDS), default=300, help="ends then, done or not")
    arguments.add_argument("--log", default="info", choices=("debug", "info", "warn"), help="the server's log level")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    raise_file_limit()
    figures = load(chosen)
    print_figures(figures, chosen.json)
    return 0 if figures["finished"] and promises_held(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
