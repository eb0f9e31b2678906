"""Shows that the simulation finds planted faults: applies each patch to a copy, builds, plays until it is caught.

scripts/simulate --mutations runs this with a PostgreSQL. A mutation that is not caught within so many
histories, or a patch that does not fit the code any more, is a failure.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
COPY = ROOT / "build" / "mutants"
BUILD = COPY / "build"
LONGEST_S = 1200
# What a mutation leaves unused is no matter.
LENIENT = ("-Wno-unused-parameter", "-Wno-unused-variable", "-Wno-unused-function")
# What the project's own build has compiled is not compiled again for that.
os.environ["CCACHE_IGNOREOPTIONS"] = " ".join(LENIENT)


def run(*command, **how) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], text=True, capture_output=True, **how)


def must(done: subprocess.CompletedProcess, what: str) -> None:
    if done.returncode != 0:
        sys.exit(f"{what} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def make_copy() -> None:
    """A copy of the sources as they are now; what did not change keeps its time, so that little is built."""
    listed = run("git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard")
    must(listed, "listing the sources")
    COPY.mkdir(parents=True, exist_ok=True)
    wanted = set()
    for name in listed.stdout.splitlines():
        source, target = ROOT / name, COPY / name
        if not source.is_file():
            continue
        wanted.add(name)
        content = source.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        shutil.copymode(source, target)  # the compiler's launcher must be one that can be run
    for folder in ("actors", "db", "net", "tests", "config"):
        for old in (COPY / folder).rglob("*"):
            if old.is_file() and str(old.relative_to(COPY)) not in wanted:
                old.unlink()
    # What scripts/packages laid there.
    if not (COPY / "var").exists():
        (COPY / "var").symlink_to(ROOT / "var")
    must(run("cmake", "-S", COPY, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
             "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -g1 -DNDEBUG",
             f"-DCMAKE_CXX_FLAGS={' '.join(LENIENT)}"), "configuring the copy")


def build() -> subprocess.CompletedProcess:
    return run("ninja", "-C", BUILD, "simulate")


def first_failure(histories: int) -> tuple:
    """(how many histories it took, what was said); (None, "") when none failed."""
    try:
        played = run(BUILD / "simulate", "--seed", 1, "--histories", histories, "--lines", 0, cwd=COPY,
                     timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return None, ""  # it stands still, which no invariant told
    found = re.search(r"^Seed (\d+) FAILED: (.*)$", played.stdout, re.M)
    if found:
        return int(found[1]), found[2]
    if played.returncode != 0:
        return 0, f"the program ended with {played.returncode}: {played.stderr.strip()[-200:]}"
    return None, ""


def show(patch: pathlib.Path, histories: int) -> bool:
    applied = run("patch", "-p1", "--forward", "--no-backup-if-mismatch", "-i", patch, cwd=COPY)
    if applied.returncode != 0:
        print(f"{patch.stem:42}  DOES NOT FIT the code any more: {applied.stdout.strip()[-200:]}", flush=True)
        make_copy()
        return False
    begin = time.monotonic()
    try:
        built = build()
        if built.returncode != 0:
            print(f"{patch.stem:42}  DOES NOT BUILD: {built.stdout[-1500:]}", flush=True)
            return False
        count, said = first_failure(histories)
    finally:
        must(run("patch", "-p1", "--reverse", "-i", patch, cwd=COPY), "taking the patch back")
    took = time.monotonic() - begin
    if count is None:
        print(f"{patch.stem:42}  NOT CAUGHT in {histories} histories ({took:.0f} s)", flush=True)
        return False
    print(f"{patch.stem:42}  caught by history {count:4}: {said} ({took:.0f} s)", flush=True)
    return True


def main() -> int:
    wishes = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wishes.add_argument("names", nargs="*", help="mutations, by name or number; else all")
    wishes.add_argument("--histories", type=int, default=2000, help="played at most (%(default)s)")
    wanted = wishes.parse_args()
    if not os.environ.get("RINGMASTER_TEST_DATABASE_URL"):
        sys.exit("RINGMASTER_TEST_DATABASE_URL is not set: scripts/simulate --mutations does it")
    patches = [p for p in sorted(HERE.glob("*.patch"))
               if not wanted.names or any(p.stem.startswith(name) for name in wanted.names)]
    make_copy()
    must(build(), "building the copy")
    missed = [p.stem for p in patches if not show(p, wanted.histories)]
    print(f"{len(patches) - len(missed)} of {len(patches)} mutations caught")
    return 1 if missed or not patches else 0


if __name__ == "__main__":
    sys.exit(main())
