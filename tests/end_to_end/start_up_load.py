"""A measurement, not a test: how soon does a server dial after its start, with 10,000 live calls to recover?

The calls are up at the carrier and in the database, as a killed server leaves them; some end while nobody
listens. One more business has a queued run: the time from the process's start to its first create request
is taken at the carrier, and the time until the ends that nobody heard have freed their slots."""

import argparse
import base64
import json
import os
import pathlib
import resource
import sys
import tempfile
import threading
import time
import urllib.parse

from harness import (ADMIN_KEY, SCRIPT, UNSAFE_BUT_FAST, CarrierProcess, Psql, Server, create_database,
                     drop_database, fictional_leads, life_options, migrate, wait_for, write_settings)
from client import Http
from server import ACCOUNT, TOKEN

SLOTS, FIRST_BUSINESS, NEXT = 3, 1000, 900000  # the one to be dialled is the last to be taken up
CALLER = "+12025550199"


def caller_of(business: int) -> str:
    return f"+1201{2000000 + business}"


def call_all(carrier_url: str, calls: int) -> list:
    """[(business, slot, number, sid)]: so many live calls at the carrier."""
    made, threads, lock = [], [], threading.Lock()
    login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()

    def some(first: int):
        http, own = Http(carrier_url), []
        for n in range(first, calls, 4):
            business, slot = FIRST_BUSINESS + n // SLOTS, n % SLOTS + 1
            number = f"+1202{3000000 + n}"
            form = {"To": number, "From": caller_of(business), "Twiml": "<Response><Pause length='600'/></Response>"}
            call = http.ask("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", urllib.parse.urlencode(form),
                            {"Authorization": "Basic " + login,
                             "Content-Type": "application/x-www-form-urlencoded"})
            own.append((business, slot, number, call["sid"]))
        http.close()
        with lock:
            made.extend(own)

    for first in range(4):
        threads.append(threading.Thread(target=some, args=(first,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return made


def remember_all(sql: Psql, made: list, folder: pathlib.Path):
    """The same calls as the database of a killed server knows them."""
    file = folder / "calls.csv"
    file.write_text("".join(",".join(map(str, row)) + "\n" for row in made))
    file.chmod(0o644)
    sql.rows("CREATE TABLE made (business bigint, slot int, number text, sid text)")
    sql.rows(f"\\copy made FROM '{file}' CSV")
    sql.rows("INSERT INTO businesses (id, name, phone_e164, created_at) SELECT DISTINCT business, 'Business',"
             " '+1201' || 2000000 + business, now() FROM made")
    sql.rows("INSERT INTO call_slots SELECT DISTINCT business, s FROM made, generate_series(1, 3) s")
    sql.rows("INSERT INTO leads (business_id, phone_e164, created_at) SELECT business, number, now() FROM made")
    sql.rows("INSERT INTO outbound_call_jobs (business_id, lead_id, phone_e164, status, slot, call_sid, attempts,"
             " dial_lock_token, created_at, dial_started_at, calling_at) SELECT l.business_id, l.id, number,"
             " 'calling', slot, sid, 1, gen_random_uuid(), now(), now(), now() FROM made JOIN leads l ON"
             " l.business_id = business AND l.phone_e164 = number")
    sql.rows("DROP TABLE made")
    sql.rows("ANALYZE")


def queue_a_run(sql: Psql):
    """A running run of ten leads, as a killed server leaves it."""
    sql.rows("INSERT INTO businesses (id, name, phone_e164, default_script, created_at) VALUES"
             f" ({NEXT}, 'Next', '{CALLER}', '{json.dumps(SCRIPT)}', now())")
    sql.rows(f"INSERT INTO call_slots SELECT {NEXT}, generate_series(1, 3)")
    for lead in fictional_leads(10):
        sql.rows(f"INSERT INTO leads (business_id, phone_e164, created_at) VALUES ({NEXT}, '{lead['phone']}', now())")
    sql.rows("INSERT INTO outbound_call_runs (business_id, id, name, status, concurrency, total, jobs_made,"
             f" created_at) VALUES ({NEXT}, 1, 'Next', 'running', 3, 10, 10, now())")
    sql.rows("INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164, created_at)"
             f" SELECT {NEXT}, 1, id, phone_e164, now() FROM leads WHERE business_id = {NEXT}")
    sql.rows("UPDATE outbound_call_runs SET first_job_id = (SELECT min(id) FROM outbound_call_jobs WHERE run_id = 1),"
             " last_job_id = (SELECT max(id) FROM outbound_call_jobs WHERE run_id = 1) WHERE id = 1")


def measure(folder, database_url: str, carrier, sql: Psql, chosen) -> dict:
    begun = time.monotonic()
    server = Server(folder, database_url, ADMIN_KEY, carrier_url=carrier.url, changes=UNSAFE_BUT_FAST, ready=False)
    try:
        wait_for("the first new dial", lambda: carrier.carrier.caller(CALLER)["calls"] > 0, 120, 0.005)
        first_dial = time.monotonic() - begun
        server.wait_until_ready()
        live = chosen.calls - chosen.ended
        wait_for("all ends to be found", lambda: int(sql.value(
            f"SELECT count(*) FROM outbound_call_jobs WHERE status = 'calling' AND business_id < {NEXT}")) <= live, 900, 0.2)
        found = time.monotonic() - begun
        looks = server.api().metric("ringmaster_looks_total")
        wait_for("each call to be asked for", lambda: server.api().metric("ringmaster_looks_total")
                 + server.api().metric("ringmaster_looks_listed_total") >= chosen.calls, 900, 0.2)
        return {"live_calls": chosen.calls, "ended_unheard": chosen.ended,
                "start_to_first_dial_s": round(first_dial, 3), "all_ends_found_s": round(found, 1),
                "requests_until_then": looks, "requests": server.api().metric("ringmaster_looks_total"), "all_asked_for_s": round(time.monotonic() - begun, 1),
                "server_rss_mb": round(server.resident_bytes() / 2**20, 1),
                "server_cpu_seconds": round(server.cpu_seconds(), 2)}
    finally:
        server.end()


def load(chosen) -> dict:
    server_url, name = os.environ["RINGMASTER_TEST_DATABASE_URL"], f"start_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="ringmaster-start.") as made_here:
        folder = pathlib.Path(made_here)
        database_url = create_database(server_url, name)
        carrier = CarrierProcess(folder, life_options(
            answered=1, machine=0, busy=0, no_answer=0, failed=0, setup_ms="0", ring_ms="0", talk_ms="3600000"))
        try:
            migrate(database_url, folder, write_settings(folder, UNSAFE_BUT_FAST))
            sql = Psql(database_url)
            made = call_all(carrier.url, chosen.calls)
            login = {"Authorization": "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode(),
                     "Content-Type": "application/x-www-form-urlencoded"}
            for *_, sid in made[:chosen.ended]:
                carrier.carrier.ask("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json",
                                    "Status=completed", login)
            remember_all(sql, made, folder)
            queue_a_run(sql)
            figures = measure(folder, database_url, carrier, sql, chosen)
            sql.close()
            return figures
        finally:
            carrier.end()
            drop_database(server_url, name)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, choices=range(1, 30001), metavar="1..30000", default=10000)
    arguments.add_argument("--ended", type=int, default=100, help="of them, while nobody listened")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    figures = load(chosen)
    if chosen.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name.replace('_', ' '):28} {value}")
    return 0 if figures["start_to_first_dial_s"] < 2 else 1


if __name__ == "__main__":
    sys.exit(main())
