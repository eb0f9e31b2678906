"""The server is killed (-9) again and again at any moment of a run, and started again at once, while the
carrier misbehaves and its calls go on. At the end every lead was called exactly once."""

import sys
import time

from stage import Stage, arguments, play, wait_for
from judge import judge
from resumes import Resumes, print_table, summary

# Of the kills, so many come while the server is still starting.
EARLY = 0.2
# How far a start has come by then, at most.
STARTING_S = 0.4


def moment(stage: Stage, early: bool, target: int):
    """Waits for the moment of the next kill: a number of calls, and a random while more."""
    if not early:
        stage.wait_for_calls(target)
    until = time.monotonic() + stage.moments.uniform(0, STARTING_S if early else 0.15)
    wait_for("the moment", lambda: time.monotonic() >= until, 5, 0.002)


def scene(stage: Stage) -> tuple:
    resumes = Resumes()
    stage.start_runs()
    for number, target in enumerate(stage.targets()):
        early = number > 0 and stage.moments.random() < EARLY
        moment(stage, early, target)
        stage.kill_server()
        resumes.begin("server killed, early" if early else "server killed")
        stage.start_server()
    findings = judge(stage)
    sql = stage.sql()
    rows = resumes.table(sql, stage.carrier)
    sql.close()
    print_table(rows)
    seen = stage.carrier.observer()
    if stage.servers != stage.chosen.kills + 1:
        findings.append(f"{stage.servers} servers were started for {stage.chosen.kills} kills")
    return {"server_kills": stage.chosen.kills, "leads": stage.chosen.leads, "businesses": stage.chosen.businesses,
            "seed": stage.chosen.seed, "calls": seen["calls"], "highest_live_per_business":
            max(caller["highest"] for caller in seen["callers"]), "numbers_called_twice":
            seen["repeated_numbers_total"], "above_limit": seen["violations"], "resumes": summary(rows)}, findings


if __name__ == "__main__":
    sys.exit(play(arguments(__doc__, 8, 800).parse_args(), scene))
