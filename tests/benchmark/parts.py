"""Parts: what a call goes through, each piece by itself.

Of a batch or a file one pass does many things; `ns each` is for one of them (a claim, a row). Time is the calling
thread's processor time, but of the store's transactions, which wait for PostgreSQL, it is the clock's."""

import re

import programs
import report
from load_stage import bounded

COLUMNS = ["ns_each", "each_per_second", "ns_a_pass"]
table = report.lines


def add_options(arguments):
    arguments.add_argument("--seconds", type=float, default=0.5, help="that each is repeated for, at least")
    arguments.add_argument("--only", default="", help="those whose name this regular expression finds")
    arguments.add_argument("--timeout", type=bounded(3600), default=300, help="seconds for one of them")


def once(name: str, chosen) -> dict:
    told = programs.run("bench_parts", "--benchmark_format=json", f"--benchmark_min_time={chosen.seconds}",
                        f"--benchmark_filter=^{name}$", timeout=chosen.timeout)
    (one,) = told["benchmarks"]
    if one.get("error_occurred"):
        raise SystemExit(f"{name}: {one['error_message']}")
    by = "real_time" if name.endswith("/manual_time") else "cpu_time"  # in ns
    return {"ns_each": 1e9 / one["items_per_second"], "each_per_second": one["items_per_second"], "ns_a_pass": one[by],
            "passes": one["iterations"]}


def cases(chosen):
    wanted = re.compile(chosen.only)
    for name in programs.lines("bench_parts", "--benchmark_list_tests"):
        if wanted.search(name):
            yield name, chosen.runs, lambda: once(name, chosen)


def held(_: dict) -> bool:
    return True
