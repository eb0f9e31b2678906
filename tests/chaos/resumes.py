"""How long dialling stood still: from the moment a restart began to the first new create request at the carrier."""

import time

# Nothing that reaches the carrier so soon after a restart began is the new process's: it is still being loaded.
STARTING_S = 0.05


class Resumes:
    """Restarts as they happen; judged afterwards, by the times that database and carrier kept. All
    processes are on this machine and read one clock."""

    def __init__(self):
        self.restarts = []  # (what was done, when the restart began)
        self.database = {}  # number of the restart: when the database accepted connections, when it was started

    def begin(self, what: str):
        self.restarts.append((what, time.time()))

    def database_ready(self, started: float):
        """`started`: by its own account. Sessions of a killed one may work on for a moment; the new one does
        not start before they have ended."""
        self.database[len(self.restarts)] = (time.time(), started)

    def _first_call(self, sql, carrier, begun: float, until: float):
        """The carrier's time of the first create request behind `begun`: the first call that was claimed after it, or
        a request that the carrier refused. None: not before `until`."""
        claimed = sql.rows(
            "SELECT call_sid FROM call_attempts WHERE call_sid IS NOT NULL"
            f" AND started_at >= to_timestamp({begun:.6f}) AND started_at < to_timestamp({until:.6f})"
            " ORDER BY started_at LIMIT 20")
        created = [carrier.call(sid)["created_us"] / 1e6 for (sid,) in claimed]
        created += [at for at in carrier.refusals() if at > begun + STARTING_S]
        return min((at for at in created if at < until), default=None)

    def table(self, sql, carrier) -> list:
        """[(what, seconds, of them until the database was ready)]; seconds are None where the next kill came
        before a call."""
        ends = [begun for _, begun in self.restarts[1:]] + [time.time()]
        rows = []
        for number, ((what, begun), until) in enumerate(zip(self.restarts, ends), 1):
            ready, started = self.database.get(number, (None, begun))
            first = self._first_call(sql, carrier, started, until)
            rows.append((what, None if first is None else first - begun, ready and ready - begun))
        return rows


def spread(times: list) -> dict:
    """Of times in seconds."""
    times = sorted(times)
    pick = (lambda share: round(times[min(len(times) - 1, int(len(times) * share))], 3)) if times else (lambda _: None)
    return {"measured": len(times), "p50_s": pick(0.5), "p90_s": pick(0.9), "max_s": pick(1)}


def summary(rows: list) -> dict:
    figures = {"restarts": len(rows), **spread([seconds for _, seconds, _ in rows if seconds is not None])}
    after_ready = [seconds - ready for _, seconds, ready in rows if seconds is not None and ready is not None]
    return {**figures, "after_database_ready": spread(after_ready)} if after_ready else figures


def print_table(rows: list):
    print(f"{'kill':>4}  {'what':28} dialling resumed after")
    for number, (what, seconds, ready) in enumerate(rows, 1):
        told = "the next kill came first" if seconds is None else f"{seconds:.3f} s"
        print(f"{number:4}  {what:28} {told}" + (f" (database ready after {ready:.3f} s)" if ready else ""))
