"""Fills a database as large as a benchmark wants it, by SQL. Numbers are of ranges that belong to nobody here."""

import json

from client import Psql

SCRIPT = {"say": {"text": "Hello {first_name}", "language": "en-US"}}

BUSINESSES = """
WITH made AS (
  INSERT INTO businesses (name, phone_e164, default_script, max_outbound_calls, created_at)
  SELECT '{name} ' || n, '+1{area}' || 2000000 + n, '{script}', {limit}, now()
  FROM generate_series(1, {count}) n RETURNING id)
INSERT INTO call_slots (business_id, slot) SELECT id, slot FROM made, generate_series(1, {limit}) slot"""

LEADS = """
INSERT INTO leads (business_id, phone_e164, first_name, created_at)
SELECT id, '+1' || 3010000000 + row_number() OVER (), 'Lead', now()
FROM (SELECT id FROM businesses WHERE name LIKE '{name} %' ORDER BY id) b, generate_series(1, {leads})"""

RUNS = """
INSERT INTO outbound_call_runs (business_id, name, status, concurrency, total, jobs_made, created_at, started_at)
SELECT b.id, 'Benchmark', 'running', {limit}, {leads}, {leads}, now(), now()
FROM businesses b WHERE b.name LIKE '{name} %' ORDER BY b.id"""

JOBS = """
INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164, created_at)
SELECT r.business_id, r.id, l.id, l.phone_e164, now()
FROM outbound_call_runs r JOIN leads l ON l.business_id = r.business_id
WHERE r.name = 'Benchmark' AND r.open ORDER BY r.business_id, l.id"""

FIRST_AND_LAST = """
UPDATE outbound_call_runs r SET first_job_id = j.low, last_job_id = j.high
FROM (SELECT business_id, run_id, min(id) low, max(id) high FROM outbound_call_jobs GROUP BY 1, 2) j
WHERE r.business_id = j.business_id AND r.id = j.run_id"""

HISTORY = """
INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164, status, attempts, outcome, call_sid,
                                created_at, dial_started_at, calling_at, answered_at, ended_at, duration_s)
SELECT r.business_id, r.id, l.id, l.phone_e164, 'completed', 1, 'answered', 'CA' || md5(r.id || '.' || l.id),
       now(), now(), now(), now(), now(), 7
FROM outbound_call_runs r JOIN leads l ON l.business_id = r.business_id WHERE r.name = 'History'"""

ATTEMPTS = """
INSERT INTO call_attempts (business_id, job_id, attempt, run_id, lead_id, phone_e164, dial_lock_token, call_sid, slot,
                           outcome, started_at, answered_at, ended_at, duration_s)
SELECT business_id, id, 1, run_id, lead_id, phone_e164, gen_random_uuid(), call_sid, 1, outcome, dial_started_at,
       answered_at, ended_at, 7
FROM outbound_call_jobs WHERE status = 'completed'"""


def businesses(sql: Psql, count: int, limit: int = 3, name: str = "Busy", area: int = 201):
    sql.rows(BUSINESSES.format(count=count, limit=limit, name=name, area=area, script=json.dumps(SCRIPT)))


def leads(sql: Psql, each: int, name: str = "Busy"):
    sql.rows(LEADS.format(leads=each, name=name))


def forget_calls(sql: Psql):
    """No run, no job, no history: as if nobody had been called."""
    sql.rows("TRUNCATE outbound_call_runs, outbound_call_jobs, call_attempts CASCADE")


def queue(sql: Psql, leads_each: int, limit: int = 3, name: str = "Busy"):
    """A running run of all leads for each business, as a server finds it at its start."""
    sql.rows(RUNS.format(leads=leads_each, limit=limit, name=name))
    sql.rows(JOBS)
    sql.rows(FIRST_AND_LAST)


def history(sql: Psql, leads_each: int, runs: int, name: str = "Past"):
    """Ended runs, each of which called all leads of its business."""
    for _ in range(runs):
        sql.rows("INSERT INTO outbound_call_runs (business_id, name, status, concurrency, total, jobs_made, completed,"
                 " open, created_at, started_at, ended_at)"
                 f" SELECT id, 'History', 'completed', 3, {leads_each}, {leads_each}, {leads_each}, false, now(), now(),"
                 f" now() FROM businesses WHERE name LIKE '{name} %'")
    sql.rows(HISTORY)
    sql.rows(ATTEMPTS)


def settle(sql: Psql):
    """What was filled in is on the disk and known to the planner."""
    sql.rows("VACUUM (ANALYZE)")
    sql.rows("CHECKPOINT")
