"""PostgreSQL is killed (-9), stopped at once or stopped fast again and again in the middle of a run, and
started again, while the carrier misbehaves; the server is never restarted."""

import signal
import sys

from stage import Stage, arguments, play
from judge import judge
from resumes import Resumes, print_table, summary

WAYS = (("database killed", signal.SIGKILL), ("database stopped at once", signal.SIGQUIT),
        ("database stopped fast", signal.SIGINT))


def started_at(stage: Stage) -> float:
    sql = stage.sql()
    try:
        return float(sql.value("SELECT extract(epoch FROM pg_postmaster_start_time())"))
    finally:
        sql.close()


def scene(stage: Stage) -> tuple:
    resumes, pid = Resumes(), stage.server.pid
    stage.start_runs()
    for number, target in enumerate(stage.targets()):
        what, how = WAYS[number % len(WAYS)]
        stage.wait_for_calls(target)
        stage.database.stop(how)
        resumes.begin(what)
        stage.database.start()
        resumes.database_ready(started_at(stage))
    findings = judge(stage)
    if stage.server.pid != pid or stage.server.process.poll() is not None:
        findings.append("the server did not live through it")
    sql = stage.sql()
    rows = resumes.table(sql, stage.carrier)
    sql.close()
    print_table(rows)
    seen = stage.carrier.observer()
    return {"database_kills": stage.chosen.kills, "leads": stage.chosen.leads, "businesses":
            stage.chosen.businesses, "seed": stage.chosen.seed, "calls": seen["calls"],
            "highest_live_per_business": max(caller["highest"] for caller in seen["callers"]),
            "numbers_called_twice": seen["repeated_numbers_total"], "above_limit": seen["violations"],
            "reconnects": stage.server.api().metric("ringmaster_store_reconnects_total"),
            "resumes": summary(rows)}, findings


if __name__ == "__main__":
    sys.exit(play(arguments(__doc__, 3, 600).parse_args(), scene))
