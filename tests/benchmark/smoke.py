"""That every part of the benchmarks runs, in the smallest sizes: what it measures so is worth nothing."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parent / "bench.py"
TINY = {
    "whole": "--businesses 2 --leads 400 --seconds 1 --warm-up 0 --call-ms 5 --no-slots-case",
    "dispatch": "--businesses 3 --leads 4 --call-ms 0 --no-slots-case",
    "floor": "--businesses 8 --leads 40 --seconds 1 --single 2 --sets 1x20",
    "import": "--rows 12000",
    "growth": "--businesses 5 --supervised 20 --queued 50 --live-runs 4 --history 40 --load-businesses 2"
              " --load-leads 5 --call-ms 0",
    "memory": "--businesses 3 --leads 5 --call-ms 1500 --seconds 0 --supervised 20",
    "parts": "--seconds 0.001 --only ^(signature|rules|actors|store/.*/4/)",
    "overload": "--businesses 3 --call-ms 5 --seconds 1",
}


class Smoke(unittest.TestCase):
    def run_part(self, part: str):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "figures.json"
            done = subprocess.run([sys.executable, "-B", str(PROGRAM), part, "--runs", "1", "--json", str(file),
                                   *TINY[part].split()], text=True, capture_output=True, timeout=300)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            rows = json.loads(file.read_text())["rows"]
        self.assertTrue(rows)
        for row in rows:
            self.assertIn(row["case"], done.stdout)
            first = next(iter(row["median"].values()))
            self.assertGreater(first, 0, row)


for name in TINY:
    setattr(Smoke, f"test_{name}", lambda self, name=name: self.run_part(name))

if __name__ == "__main__":
    unittest.main(verbosity=2)
