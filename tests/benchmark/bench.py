"""The benchmarks: whole, dispatch, growth, memory, floor, overload, import, parts. `bench.py PART --help` tells
its options.

Each case is run several times; the table shows the median and, in brackets, the least and the most. Runs of which
the carrier's own count says that a promise was broken make the program fail."""

import argparse
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests" / "end_to_end"), str(HERE.parents[1] / "scripts" / "lib")]

import dispatch  # noqa: E402
import floor  # noqa: E402
import growth  # noqa: E402
import imports  # noqa: E402
import memory  # noqa: E402
import overload  # noqa: E402
import parts  # noqa: E402
import report  # noqa: E402
import whole  # noqa: E402
from load_stage import bounded, raise_file_limit  # noqa: E402

PARTS = {"whole": whole, "dispatch": dispatch, "growth": growth, "memory": memory, "floor": floor, "overload": overload,
         "import": imports, "parts": parts}
RESULTS = HERE.parents[1] / "var" / "bench"


def read_arguments():
    arguments = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    chosen = arguments.add_subparsers(dest="part", required=True, metavar="PART")
    for name, part in PARTS.items():
        own = chosen.add_parser(name, help=part.__doc__.splitlines()[0], description=part.__doc__,
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        own.add_argument("--runs", type=bounded(100), default=3, help="of each case")
        own.add_argument("--json", type=pathlib.Path, help="where the figures go; else var/bench/PART-TIME.json")
        part.add_options(own)
    return arguments.parse_args()


def main() -> int:
    chosen = read_arguments()
    part = PARTS[chosen.part]
    raise_file_limit()
    rows, broken = [], []
    file = chosen.json or RESULTS / f"{chosen.part}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    options = {name: str(value) for name, value in vars(chosen).items() if name not in ("part", "json")}
    for case, runs, once in part.cases(chosen):
        rows.append(report.repeat(case, runs, once))
        broken += [case for figures in rows[-1]["runs"] if not part.held(figures)]
        report.write(file, chosen.part, options, rows)  # what is measured stays, whatever happens to the rest
    print(getattr(part, "table", report.table)(rows, part.COLUMNS))
    print(f"median of {chosen.runs} runs (least–most); all figures: {file}")
    for case in broken:
        print(f"a promise was broken: {case}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
