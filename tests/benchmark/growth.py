"""Growth: the same small load on a node that holds more and more. Each table should stay flat.

The load is a run of some leads for each of some businesses. What grows, one at a time: businesses that have nothing to
do, those among them that have a supervisor (somebody looked at their slots a moment ago), queued jobs of one large run
beside, live runs (each of a few leads, in turn), and finished jobs of history."""

import time

import seed
from client import wait_for
from load_stage import Spent, Stage, answered_life, bounded, gaps, promises_held, verdict

COLUMNS = ["calls_per_second", "gap_p50_ms", "gap_p99_ms", "server_cpu_us_per_call", "postgres_cpu_us_per_call",
           "commits_per_call", "wal_bytes_per_call", "server_rss_mb", "bytes_each", "ready_s", "violations", "finished"]


def add_options(arguments):
    arguments.add_argument("--businesses", default="100,10000,100000", help="idle ones")
    arguments.add_argument("--supervised", default="10,1000,10000", help="idle ones with a supervisor each")
    arguments.add_argument("--queued", default="1000,100000,1000000", help="jobs of one large run beside")
    arguments.add_argument("--live-runs", default="10,100,1000", help="at once; 10000 is possible")
    arguments.add_argument("--history", default="1000,100000,1000000", help="finished jobs; 10000000 takes long")
    arguments.add_argument("--only", default="", help="businesses, supervised, queued, live_runs or history")
    arguments.add_argument("--load-businesses", type=bounded(1000), default=100)
    arguments.add_argument("--load-leads", type=bounded(1000), default=60, help="of each business")
    arguments.add_argument("--call-ms", type=bounded(60_000, 0), default=20)
    arguments.add_argument("--seconds", type=bounded(900), default=120, help="gives up then")


def load(stage: Stage, chosen, prepared=None, begun_with=lambda server: {}) -> dict:
    """Calls all queued leads of the busy businesses; what else stands in the database is there before."""
    stage.sql.rows("DELETE FROM call_attempts a USING outbound_call_runs r WHERE r.business_id = a.business_id"
                   " AND r.id = a.run_id AND r.name = 'Benchmark'")
    stage.sql.rows("DELETE FROM outbound_call_jobs j USING outbound_call_runs r WHERE r.business_id = j.business_id"
                   " AND r.id = j.run_id AND r.name <> 'History'")
    stage.sql.rows("DELETE FROM outbound_call_runs WHERE name <> 'History'")
    if prepared:
        prepared()
    seed.settle(stage.sql)
    carrier = stage.start_carrier(answered_life(talk_ms=str(chosen.call_ms)))
    begun = time.monotonic()
    server = stage.start_server(carrier, {"carrier": {"progress": ["answered"]}})
    ready = time.monotonic() - begun
    try:
        more = begun_with(server)
        return {**calls_of(stage, chosen, server, carrier), "ready_s": ready, **more}
    finally:
        stage.end_programs()


def calls_of(stage: Stage, chosen, server, carrier) -> dict:
    api = server.api()
    ids = [int(row[0]) for row in stage.sql.rows("SELECT id FROM businesses WHERE name LIKE 'Busy %' ORDER BY id")]
    spent, first = Spent(stage.sql, server=server, carrier=carrier), carrier.carrier.observer("+10")["calls"]
    begun = time.monotonic()
    runs = [api.post(f"/businesses/{business}/runs", {"all": True, "name": "Load"})["run_id"] for business in ids]
    finished = True
    try:
        wait_for("the load to be called", lambda: stage.sql.value(
            f"SELECT count(*) FROM outbound_call_runs WHERE id = ANY ('{{{','.join(map(str, runs))}}}')"
            " AND ended_at IS NULL") == "0", chosen.seconds, 0.02)
    except TimeoutError:
        finished = False
    took = time.monotonic() - begun
    seen = carrier.carrier.observer()
    done = seen["calls"] - first
    return {"calls_per_second": done / took, **gaps(seen), **spent.per_call(done), **verdict(seen),
            "server_rss_mb": server.resident_bytes() / 2**20, "calls": done, "seconds": took, "finished": finished}


def busy(stage: Stage, chosen):
    seed.businesses(stage.sql, chosen.load_businesses)
    seed.leads(stage.sql, chosen.load_leads)


def sizes(text: str) -> list:
    return [int(one) for one in text.split(",")]


def idle_businesses(chosen):
    for size in sizes(chosen.businesses):
        with Stage() as stage:
            busy(stage, chosen)
            seed.businesses(stage.sql, size, name="Idle", area=202)
            yield f"{size:,} idle businesses", chosen.runs, lambda: load(stage, chosen)


def look_at_slots(stage: Stage, server) -> dict:
    """A question about its slots starts a business's supervisor, which stays for a minute."""
    api = server.api()
    ids = [int(row[0]) for row in stage.sql.rows("SELECT id FROM businesses WHERE name LIKE 'Idle %' ORDER BY id")]
    first, others = ids[:10], ids[10:]
    for business in first:
        api.get(f"/businesses/{business}/slots")
    before = server.resident_bytes()
    for business in others:
        api.get(f"/businesses/{business}/slots")
    return {"bytes_each": (server.resident_bytes() - before) / len(others)} if others else {}


def supervised_businesses(chosen):
    for size in sizes(chosen.supervised):
        with Stage() as stage:
            busy(stage, chosen)
            seed.businesses(stage.sql, size, name="Idle", area=202)
            yield (f"{size:,} supervised idle businesses", chosen.runs,
                   lambda: load(stage, chosen, begun_with=lambda server: look_at_slots(stage, server)))


def queued_jobs(chosen):
    for size in sizes(chosen.queued):
        with Stage() as stage:
            busy(stage, chosen)
            seed.businesses(stage.sql, 1, name="Large", area=202)
            seed.leads(stage.sql, size, name="Large")
            yield (f"{size:,} queued jobs of a run beside", chosen.runs,
                   lambda: load(stage, chosen, lambda: seed.queue(stage.sql, size, name="Large")))


def live_runs(chosen):
    """Of a few businesses, which so have many open runs each."""
    for size in sizes(chosen.live_runs):
        with Stage() as stage:
            busy(stage, chosen)
            owners = min(size, 50)
            seed.businesses(stage.sql, owners, name="Many", area=202)
            seed.leads(stage.sql, 400, name="Many")

            def open_runs():
                for _ in range(size // owners):
                    stage.sql.rows(seed.RUNS.format(leads=0, limit=3, name="Many"))
                stage.sql.rows(FEW_EACH)
                stage.sql.rows(TOTALS)
            yield f"{size:,} live runs beside", chosen.runs, lambda: load(stage, chosen, open_runs)


# Each of a business's runs gets leads of its own, so that all have something to do all the time.
FEW_EACH = """
INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, phone_e164, created_at)
SELECT r.business_id, r.id, l.id, l.phone_e164, now()
FROM (SELECT business_id, id, row_number() OVER (PARTITION BY business_id ORDER BY id) place,
             count(*) OVER (PARTITION BY business_id) runs FROM outbound_call_runs WHERE name = 'Benchmark') r
JOIN (SELECT business_id, id, phone_e164, row_number() OVER (PARTITION BY business_id ORDER BY id) place FROM leads) l
  ON l.business_id = r.business_id AND l.place % r.runs = r.place - 1
ORDER BY 1, 2, 3"""
TOTALS = """
UPDATE outbound_call_runs r SET first_job_id = j.low, last_job_id = j.high, total = j.jobs, jobs_made = j.jobs
FROM (SELECT business_id, run_id, min(id) low, max(id) high, count(*) jobs FROM outbound_call_jobs GROUP BY 1, 2) j
WHERE r.business_id = j.business_id AND r.id = j.run_id AND r.name = 'Benchmark'"""


def past_jobs(chosen):
    for size in sizes(chosen.history):
        with Stage() as stage:
            busy(stage, chosen)
            owners = max(1, min(1000, size // 1000))
            seed.businesses(stage.sql, owners, name="Past", area=202)
            each = min(1000, size)
            seed.leads(stage.sql, each, name="Past")
            seed.history(stage.sql, each, max(1, size // (owners * each)))
            yield f"{size:,} finished jobs", chosen.runs, lambda: load(stage, chosen)


KINDS = {"businesses": idle_businesses, "supervised": supervised_businesses, "queued": queued_jobs,
         "live_runs": live_runs, "history": past_jobs}


def cases(chosen):
    for name, kind in KINDS.items():
        if chosen.only in ("", name):
            yield from kind(chosen)


def held(figures: dict) -> bool:
    return promises_held(figures) and figures["finished"]
