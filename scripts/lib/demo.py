"""The demo of scripts/run: a business, 50 leads, one run, and its progress until it is finished."""

import argparse
import http.client
import json
import os
import pathlib
import shutil
import signal
import sys
import time

from client import Api, ApiError, fictional_leads, fictional_number, require_loopback, wait_for

LEADS = 50
PATIENCE_S = 120  # a simulated call takes seconds
CALLER_ID = fictional_number(0, 99)
SCRIPT = {"say": {"text": "Hello {first_name}, this is the demo of Ringmaster.", "language": "en-US"}}
COUNTS = ("queued", "dialing", "calling", "completed", "failed", "cancelled")


def demo_business(api: Api, memory: pathlib.Path) -> dict:
    """The demo's business, made at the first start and found again later; `memory` keeps its key,
    which the server tells only once."""
    known = json.loads(memory.read_text()) if memory.exists() else {}
    for business in api.pages("/businesses"):
        if business["phone_e164"] == CALLER_ID:
            same = known.get("id") == business["id"]
            return {**business, "api_key": known.get("api_key") if same else None}
    business = api.post("/businesses", {"name": "Demo Circus", "phone_e164": CALLER_ID,
                                        "default_script": SCRIPT})
    with os.fdopen(os.open(memory, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"id": business["id"], "api_key": business["api_key"]}, file)
    return business


class Interrupted(Exception):
    """SIGTERM: Ctrl-C in scripts/run."""


def interrupt(_signal, _frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    raise Interrupted


class Progress:
    """A bar that is redrawn on a terminal; elsewhere a line for each change of the ended calls."""

    def __init__(self, out):
        self._out, self._bar, self._last = out, out.isatty(), None

    def show(self, run: dict, live: int, limit: int):
        ended = run["completed"] + run["failed"] + run["cancelled"]
        counts = "  ".join(f"{name} {run[name]}" for name in COUNTS if run[name] or name != "cancelled")
        text = f"{ended}/{run['total']}  {counts}  slots {live}/{limit}"
        if self._bar:
            width = max(10, min(40, shutil.get_terminal_size().columns - len(text) - 4))
            full = width * ended // max(1, run["total"])
            self._out.write(f"\r\x1b[K[{'#' * full}{'.' * (width - full)}] {text}")
        elif ended != self._last:
            self._out.write(text + "\n")
        self._last = ended
        self._out.flush()

    def done(self):
        if self._bar:
            self._out.write("\n")


def follow(api: Api, business: int, run: int, out) -> dict:
    """Shows the run until it has ended, or until nothing changes any more (TimeoutError)."""
    progress, last, since = Progress(out), None, time.monotonic()
    try:
        while True:
            slots = api.get(f"/businesses/{business}/slots")
            now = api.get(f"/businesses/{business}/runs/{run}")
            progress.show(now, slots["active"], slots["limit"])
            if now["status"] in ("completed", "cancelled", "failed"):
                return now
            if now["counts"] != last:
                last, since = now["counts"], time.monotonic()
            if time.monotonic() - since > PATIENCE_S:
                raise TimeoutError(f"nothing has changed for {PATIENCE_S} s; {slots['active']} of "
                                   f"{slots['limit']} slots are taken by calls whose end was not reported")
            time.sleep(0.2)
    finally:
        progress.done()


def stop(api: Api, business: int, run: int):
    """Stops the run and lets its calls end: the simulated carrier forgets them when it ends itself."""
    api.close()  # a request may be half done
    print("Stopping the demo: its calls are ending ...", flush=True)
    api.post(f"/businesses/{business}/runs/{run}/stop", {"hang_up": True})
    wait_for("all calls to end", lambda: api.get(f"/businesses/{business}/slots")["active"] == 0, 10)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", required=True, help="the server")
    arguments.add_argument("--memory", required=True, type=pathlib.Path, help="file for the business's key")
    chosen = arguments.parse_args()
    api = Api(require_loopback(chosen.url), os.environ["RINGMASTER_ADMIN_KEY"])
    business = demo_business(api, chosen.memory)
    leads = api.import_leads(business["id"], fictional_leads(LEADS))
    begun = time.monotonic()
    run = api.post(f"/businesses/{business['id']}/runs", {"name": "demo", "lead_ids": leads})
    print(f"Run {run['run_id']} of the business {business['name']}: {run['total']} leads, "
          f"at most {business['max_outbound_calls']} calls at once", flush=True)
    try:
        ended = follow(api, business["id"], run["run_id"], sys.stdout)
    except Interrupted:
        stop(api, business["id"], run["run_id"])
        return 1
    seconds = time.monotonic() - begun
    print(f"Run {run['run_id']} is {ended['status']}: {ended['completed']} calls completed, "
          f"{ended['failed']} failed (busy, no answer, ...), in {seconds:.0f} s")
    if business["api_key"]:
        print(f"The demo business's key (business {business['id']}): {business['api_key']}")
    finished = ended["completed"] + ended["failed"] + ended["cancelled"]
    return 0 if ended["status"] == "completed" and finished == ended["total"] == LEADS else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    try:
        sys.exit(main())
    except Interrupted:
        sys.exit(1)
    except TimeoutError as error:
        sys.exit(f"demo: {error}")
    except ApiError as error:
        sys.exit(f"demo: the server refused: {error}")
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"demo: the server does not answer: {error}")
