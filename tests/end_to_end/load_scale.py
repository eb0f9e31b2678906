"""Load, not a test: what large numbers cost a server. 100,000 idle businesses beside none; then one
run of 1,000,000 leads beside another business's run.

Prints what was reached as a table, or with --json as one object. Rows are made by SQL; the run by the API."""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

from harness import (ADMIN_KEY, SCRIPT, UNSAFE_BUT_FAST, CarrierProcess, Psql, Server, create_database, drop_database,
                     fictional_leads, fictional_number, life_options, migrate, wait_for, write_settings)

BUSINESSES = """
WITH made AS (
  INSERT INTO businesses (name, phone_e164, default_script, created_at)
  SELECT 'Idle ' || n, '+1555' || lpad(n::text, 7, '0'), '{"say": {"text": "Hello", "language": "en-US"}}', now()
  FROM generate_series(1, %d) n RETURNING id)
INSERT INTO call_slots (business_id, slot) SELECT id, slot FROM made, generate_series(1, 3) slot"""
LEADS = """
INSERT INTO leads (business_id, phone_e164, first_name, created_at)
SELECT %d, '+1777' || lpad(n::text, 7, '0'), 'Lead', now() FROM generate_series(1, %d) n"""


def started(folder, database_url, carrier) -> tuple:
    """(server, seconds until it was ready)"""
    begun = time.monotonic()
    server = Server(folder, database_url, ADMIN_KEY, carrier_url=carrier.url, changes=UNSAFE_BUT_FAST)
    return server, round(time.monotonic() - begun, 2)


def megabytes(server: Server) -> float:
    return round(server.resident_bytes() / 2**20, 1)


def idle(folder, database_url, carrier, sql: Psql, businesses: int) -> dict:
    server, empty_s = started(folder, database_url, carrier)
    figures = {"ready_without_businesses_s": empty_s, "rss_without_businesses_mb": megabytes(server)}
    server.end()
    sql.rows(BUSINESSES % businesses)
    sql.rows("ANALYZE")
    server, full_s = started(folder, database_url, carrier)
    figures.update(idle_businesses=businesses, ready_with_them_s=full_s, rss_with_them_mb=megabytes(server))
    server.end()
    return figures


def small_run(api, business: dict, leads: list, sql: Psql) -> float:
    """Seconds that another business's run of some leads takes."""
    begun = time.monotonic()
    run = api.post(f"/businesses/{business['id']}/runs", {"lead_ids": leads})["run_id"]
    wait_for("the small run", lambda: api.get(f"/businesses/{business['id']}/runs/{run}")["status"] == "completed",
             120, 0.02)
    return round(time.monotonic() - begun, 2)


def business_of(api, number: int) -> dict:
    return api.post("/businesses", {"name": f"Busy {number}", "default_script": SCRIPT,
                                    "phone_e164": fictional_number(1, number)})


def large_run(folder, database_url, carrier, sql: Psql, leads: int) -> dict:
    server, _ = started(folder, database_url, carrier)
    try:
        api = server.api()
        large, small = business_of(api, 1), business_of(api, 2)
        few = api.import_leads(small["id"], fictional_leads(60, area=2))
        alone_s = small_run(api, small, few[:30], sql)
        sql.rows(LEADS % (large["id"], leads))
        sql.rows("ANALYZE")
        before_mb, begun = megabytes(server), time.monotonic()
        made = api.post(f"/businesses/{large['id']}/runs", {"all": True})
        created_s = time.monotonic() - begun
        path = f"/businesses/{large['id']}/runs/{made['run_id']}"
        own_number = large["phone_e164"]
        wait_for("the first call", lambda: carrier.carrier.caller(own_number)["calls"] > 0, 60, 0.005)
        first_s = time.monotonic() - begun - created_s
        beside_s = small_run(api, small, few[30:], sql)
        peak_mb = megabytes(server)

        def all_made():
            nonlocal peak_mb
            peak_mb = max(peak_mb, megabytes(server))
            return sql.value(f"SELECT selection_open FROM outbound_call_runs WHERE id = {made['run_id']}") == "f"
        wait_for("all jobs to be made", all_made, 600, 0.2)
        jobs_s = time.monotonic() - begun - created_s
        asked = time.monotonic()
        counts = api.get(path)
        get_s = time.monotonic() - asked
        asked = time.monotonic()
        stopped = api.post(path + "/stop", {})
        stop_s = time.monotonic() - asked
        calls_at_stop = carrier.carrier.caller(own_number)["calls"]
        wait_for("the sweep", lambda: sql.value(
            f"SELECT count(*) FROM outbound_call_jobs WHERE run_id = {made['run_id']} AND status = 'queued'") == "0",
            600, 0.5)
        sweep_s = time.monotonic() - asked
        rows = dict(sql.rows(f"SELECT status, count(*) FROM outbound_call_jobs WHERE run_id = {made['run_id']} GROUP BY 1"))
        end = api.get(path)
        return {"leads": leads, "run_created_s": round(created_s, 2), "total": made["total"],
                "first_call_after_201_s": round(first_s, 3), "jobs_made_s": round(jobs_s, 1),
                "small_run_alone_s": alone_s, "small_run_beside_s": beside_s,
                "rss_before_mb": before_mb, "rss_peak_mb": peak_mb, "counts_read_ms": round(get_s * 1000, 1),
                "queued_before_stop": counts["queued"], "stop_s": round(stop_s, 3), "status_after_stop": stopped["status"],
                "calls_after_stop": carrier.carrier.caller(own_number)["calls"] - calls_at_stop,
                "all_cancelled_s": round(sweep_s, 1), "rows": rows,
                "counts_fit_rows": all(end[status] == int(rows.get(status, 0)) for status in
                                       ("queued", "dialing", "calling", "completed", "failed", "cancelled"))}
    finally:
        server.end()


def load(chosen) -> dict:
    server_url, name = os.environ["RINGMASTER_TEST_DATABASE_URL"], f"load_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="ringmaster-load.") as made_here:
        folder = pathlib.Path(made_here)
        database_url = create_database(server_url, name)
        carrier = None
        try:
            migrate(database_url, folder, write_settings(folder, UNSAFE_BUT_FAST))
            carrier = CarrierProcess(folder, life_options(answered=1, machine=0, busy=0, no_answer=0, failed=0,
                                                          setup_ms="0-10", ring_ms="0-10", talk_ms="20-80"))
            sql = Psql(database_url)
            figures = {**idle(folder, database_url, carrier, sql, chosen.businesses),
                       **large_run(folder, database_url, carrier, sql, chosen.leads)}
            sql.close()
            return figures
        finally:
            if carrier:
                carrier.end()
            drop_database(server_url, name)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--businesses", type=int, default=100_000)
    arguments.add_argument("--leads", type=int, default=1_000_000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    if not (1 <= chosen.businesses <= 1_000_000 and 1 <= chosen.leads <= 5_000_000):
        arguments.error("at most 1,000,000 businesses and 5,000,000 leads")
    figures = load(chosen)
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):28} {value}")
    return 0 if figures["counts_fit_rows"] else 1


if __name__ == "__main__":
    sys.exit(main())
