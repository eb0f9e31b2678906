"""Runs a benchmark program of its own and reads what it prints."""

import json
import os
import pathlib
import subprocess

FOLDER = pathlib.Path(os.environ.get("RINGMASTER_BENCHMARKS", pathlib.Path(__file__).resolve().parents[2] / "build"))


def output(name: str, *options, timeout: float = 900) -> str:
    program = FOLDER / name
    if not program.exists():
        raise SystemExit(f"{program} is not built: scripts/build release benchmarks")
    done = subprocess.run([str(program), *map(str, options)], text=True, stdout=subprocess.PIPE, timeout=timeout)
    if done.returncode != 0:
        raise SystemExit(f"{name} failed ({done.returncode})")
    return done.stdout


def run(name: str, *options, timeout: float = 900) -> dict:
    return json.loads(output(name, *options, timeout=timeout))


def lines(name: str, *options) -> list:
    return output(name, *options).splitlines()
