"""Import: one CSV of a million leads, sent as a client sends it."""

import pathlib
import time

import seed
from client import Http
from load_stage import ADMIN_KEY, Spent, Stage, answered_life, bounded

COLUMNS = ["rows_per_second", "seconds", "imported", "updated", "server_cpu_us_per_row", "postgres_cpu_us_per_row",
           "wal_bytes_per_row", "rss_before_mb", "rss_peak_mb", "body_mb"]
AREAS = (202, 212, 303, 312, 404, 415, 512, 617, 702, 713, 808, 816, 901, 917)
FIRST = ("Dana", "Noam", "Ada", "Grace", "Alan", "Edsger", "Barbara", "Ken", "Lior", "Maya")
LAST = ("Levi", "Cohen", "Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Thompson")


def add_options(arguments):
    arguments.add_argument("--rows", type=bounded(1_000_000), default=1_000_000)
    arguments.add_argument("--beside", type=bounded(10_000_000, 0), default=0, help="leads the business has already")
    arguments.add_argument("--no-second", action="store_true", help="leaves out the same file sent once more")


def csv(rows: int) -> bytes:
    """Numbers of many area codes in turn, as a list from the world has them: no index is filled in its order."""
    lines = ["phone,first_name,last_name,external_id\n"]
    for i in range(rows):
        line = i // len(AREAS)
        lines.append(f"+1{AREAS[i % len(AREAS)]}{200 + line // 10_000}{line % 10_000:04},{FIRST[i % 10]},{LAST[i % 8]},"
                     f"c-{i:07}\n")
    return "".join(lines).encode()


def highest_mb(server) -> float:
    """The most that the server has ever held."""
    for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0


def send(stage: Stage, server, body: bytes, rows: int) -> dict:
    business = stage.sql.value("SELECT max(id) FROM businesses")
    http = Http(server.url, ADMIN_KEY, timeout=900)
    before, spent, begun = server.resident_bytes() / 2**20, Spent(stage.sql, server=server), time.monotonic()
    told = http.ask("POST", f"/api/v1/businesses/{business}/leads", body, {"Content-Type": "text/csv"})
    took = time.monotonic() - begun
    used = {name.replace("_per_call", "_per_row"): value for name, value in spent.per_call(rows).items()}
    http.close()
    if told["imported"] + told["updated"] != rows:
        raise SystemExit(f"of {rows} rows {told['imported']} were imported and {told['updated']} updated")
    return {"rows_per_second": rows / took, "seconds": took, "imported": told["imported"], "updated": told["updated"],
            **used, "rss_before_mb": before, "rss_peak_mb": highest_mb(server), "body_mb": len(body) / 2**20}


def fresh(stage: Stage, chosen, body: bytes, second: bool) -> dict:
    stage.sql.rows("TRUNCATE leads CASCADE")
    if chosen.beside:
        seed.leads(stage.sql, chosen.beside)
    seed.settle(stage.sql)
    server = stage.start_server(stage.start_carrier(answered_life()))
    try:
        if second:
            send(stage, server, body, chosen.rows)
        return send(stage, server, body, chosen.rows)
    finally:
        stage.end_programs()


def cases(chosen):
    body = csv(chosen.rows)
    with Stage() as stage:
        seed.businesses(stage.sql, 1)
        yield f"{chosen.rows:,} new leads", chosen.runs, lambda: fresh(stage, chosen, body, False)
        if not chosen.no_second:
            yield "the same file once more", chosen.runs, lambda: fresh(stage, chosen, body, True)


def held(_: dict) -> bool:
    return True
