"""Whether the promise held: by the carrier's own count and by SQL, never by what the server says of it."""

import base64
import http.client

from client import wait_for
from stage import ACCOUNT, SPARE, TOKEN

SLOTS = 3


def sids_at_carrier(carrier) -> list:
    """From the list that the carrier gives everybody."""
    sids, path = [], f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?PageSize=1000"
    key = {"Authorization": "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()}
    while path:
        page = carrier.ask("GET", path, headers=key)
        sids += [call["sid"] for call in page["calls"]]
        path = page["next_page_uri"]
    return sids


def listed_in_full(carrier, calls: int):
    """The list lags behind, and connections are closed after an answer: faults that are on."""
    try:
        listed = sids_at_carrier(carrier)
    except (OSError, http.client.HTTPException):
        return None
    return listed if len(listed) == calls else None


def judge_database(sql, leads: int) -> list:
    """What is wrong in the database's own words."""
    questions = {
        "jobs are not terminal": "SELECT count(*) FROM outbound_call_jobs WHERE status NOT IN"
                                 " ('completed', 'failed', 'cancelled')",
        "runs have not ended as completed": "SELECT count(*) FROM outbound_call_runs WHERE status <> 'completed'",
        "slots are leaked": "SELECT count(*) FROM outbound_call_jobs WHERE slot IS NOT NULL",
        "businesses lack a slot": "SELECT count(*) FROM businesses b WHERE"
                                  f" (SELECT count(*) FROM call_slots s WHERE s.business_id = b.id) <> {SLOTS}",
        "strays are not ended": "SELECT count(*) FROM stray_calls WHERE ended_at IS NULL",
        "jobs never had a call": "SELECT count(*) FROM outbound_call_jobs WHERE call_sid IS NULL",
        "numbers had two calls that count": "SELECT count(*) FROM (SELECT FROM call_attempts WHERE call_sid IS NOT"
                                            " NULL GROUP BY business_id, phone_e164 HAVING count(*) > 1) AS twice",
        "calls have two jobs": "SELECT count(*) FROM (SELECT FROM call_attempts WHERE call_sid IS NOT NULL"
                               " GROUP BY call_sid HAVING count(*) > 1) AS twice",
    }
    findings = [f"{found} {what}" for what, question in questions.items() if (found := sql.value(question)) != "0"]
    jobs = int(sql.value("SELECT count(*) FROM outbound_call_jobs"))
    return findings + ([f"{jobs} jobs for {leads} leads"] if jobs != leads else [])


def judge_carrier(carrier, sql) -> list:
    """What really rang, and whether the database knows all of it and nothing else."""
    seen, findings = carrier.observer(), []
    for what in ("repeated_numbers_total", "overlapping_calls", "violations", "live"):
        if seen[what] != 0:
            findings.append(f"the carrier counts {what.replace('_', ' ')}: {seen[what]}")
    over = [caller for caller in seen["callers"] if caller["highest"] > SLOTS]
    findings += [f"{caller['from']} had {caller['highest']} live calls" for caller in over]
    rang = wait_for("the carrier to list every call", lambda: listed_in_full(carrier, seen["calls"]), 60)
    known = [sid for (sid,) in sql.rows("SELECT call_sid FROM outbound_call_jobs WHERE call_sid IS NOT NULL")]
    if unknown := set(rang) - set(known):
        findings.append(f"{len(unknown)} calls at the carrier belong to no job: {sorted(unknown)[:3]}")
    if invented := set(known) - set(rang):
        findings.append(f"{len(invented)} jobs have a call that never was: {sorted(invented)[:3]}")
    if len(known) != len(rang):
        findings.append(f"{len(rang)} calls at the carrier, {len(known)} jobs that had one")
    return findings


def judge_counts(api, sql, made: list) -> list:
    """The counts that are kept in the runs, against the rows."""
    findings = []
    for business, _ in made:
        rows = dict(sql.rows("SELECT status, count(*) FROM outbound_call_jobs WHERE run_id IS NOT NULL"
                             f" AND business_id = {business} GROUP BY status"))
        for run in api.pages(f"/businesses/{business}/runs"):
            told = {status: str(run[status]) for status in ("completed", "failed", "cancelled") if run[status]}
            if told != rows:
                findings.append(f"run {run['run_id']} tells {told}, its rows are {rows}")
    return findings


def judge_slots(api, carrier, made: list) -> list:
    """Each business's three slots are really free: three direct calls are taken at once."""
    findings = []
    carrier.set_faults(clear=True)
    for business, leads in made:
        held = [slot for slot in api.get(f"/businesses/{business}/slots")["items"] if slot["state"] != "free"]
        if held:
            findings.append(f"business {business} tells that slots are held: {held}")
        answer = api.post(f"/businesses/{business}/calls", {"lead_ids": leads[-SPARE:]})
        if len(answer["calls"]) != SPARE:
            findings.append(f"business {business} took {answer} instead of {SPARE} calls at once")
    return findings


def judge(stage) -> list:
    """All that is wrong, empty when the promise held. Waits for the end first."""
    stage.wait_for_the_end()
    stage.server.wait_until_ready()
    api, sql = stage.server.api(), stage.sql()
    try:
        findings = judge_database(sql, stage.chosen.leads)
        findings += judge_carrier(stage.carrier, sql)
        findings += judge_counts(api, sql, stage.made)
        findings += judge_slots(api, stage.carrier, stage.made)
        stage.wait_for_the_end()
        return findings + [what for what in judge_carrier(stage.carrier, sql) if what not in findings]
    finally:
        sql.close()
