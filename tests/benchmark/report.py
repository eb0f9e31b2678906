"""Repeats a measurement, and shows what came of it: a table of medians with their extremes, and JSON."""

import json
import os
import pathlib
import platform
import statistics
import sys
import time


def say(text: str):
    print(text, file=sys.stderr, flush=True)


def is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def repeat(case: str, runs: int, once) -> dict:
    """`once()` answers figures; the median, least and most of each number over all runs."""
    done = []
    for number in range(runs):
        begun = time.monotonic()
        done.append(once())
        shown = next(iter(done[-1].items()))
        say(f"  {case}, run {number + 1} of {runs}: {shown[0].replace('_', ' ')} {short(shown[1])}"
            f" ({time.monotonic() - begun:.0f} s)")
    names = [name for name in done[0] if all(is_number(one.get(name)) for one in done)]
    over = {what: {name: pick([one[name] for one in done]) for name in names}
            for what, pick in (("median", statistics.median), ("min", min), ("max", max))}
    return {"case": case, "runs": done, **over}


def short(value) -> str:
    if not is_number(value):
        return str(value)
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 or value == int(value) else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def cell(row: dict, name: str) -> str:
    if name not in row["median"]:
        values = {str(one.get(name, "")) for one in row["runs"]}
        return " ".join(sorted(values))
    low, middle, high = (row[what][name] for what in ("min", "median", "max"))
    return short(middle) if low == high else f"{short(middle)} ({short(low)}–{short(high)})"


def table(rows: list, columns: list) -> str:
    """The cases by number, then a line for each figure that some case has, a column for each case."""
    names = [name for name in columns if any(name in row["runs"][0] for row in rows)]
    lines = [["", *(f"[{number}]" for number in range(1, len(rows) + 1))]]
    lines += [[name.replace("_", " "), *(cell(row, name) for row in rows)] for name in names]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    told = [f"[{number}] {row['case']}" for number, row in enumerate(rows, 1)]
    told += ["  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                       for i, (text, width) in enumerate(zip(line, widths))) for line in lines]
    return "\n".join(told)


def lines(rows: list, columns: list) -> str:
    """A line for each case, for parts that have many."""
    shown = [["", *(name.replace("_", " ") for name in columns)]]
    shown += [[row["case"], *(cell(row, name) for name in columns)] for row in rows]
    widths = [max(len(line[i]) for line in shown) for i in range(len(shown[0]))]
    return "\n".join("  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                               for i, (text, width) in enumerate(zip(line, widths))) for line in shown)


def machine() -> dict:
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())
    return {"processors": os.cpu_count(), "model": model, "system": platform.release()}


def write(file: pathlib.Path, part: str, chosen: dict, rows: list):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"part": part, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                                "machine": machine(), "options": chosen, "rows": rows}, indent=1) + "\n")
