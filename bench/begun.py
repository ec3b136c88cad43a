"""How long it takes from a signed event to all of *Begun* delivered, over real HTTP.

    .venv/bin/python bench/begun.py [--events 50]

Starts the service and the stand-in vendors as processes of their own, sets the stand-in board's
filling time to zero, sends one signed agreement after another (each of another client), and looks
into the database's own answer (`GET /v1/deliveries`) until the chat message, the e-mail and the
board are delivered. Prints the median and the spread in seconds. One event is under way at a time:
this is latency, not throughput.
"""

import argparse
import statistics
import time
from typing import Any

import httpx

from app.sandbox.demo.caller import Caller
from app.sandbox.demo.cast import STAFF
from app.sandbox.demo.processes import Stage
from app.sandbox.demo.story import SIGNED

BEGUN = {"chat.post", "email.begun", "board.create"}
POLL_S = 0.005
PATIENCE_S = 20.0


def agreement(number: int) -> dict[str, Any]:
    """A signed Sprint to Scale agreement of a sample client of its own."""
    return {
        "event": "agreement.signed",
        "event_id": f"bench-{number}",
        "occurred_at": "2026-11-20T03:12:00Z",
        "agreement": {"ref": f"BENCH-{number}", "live_on": "2026-12-07"},
        "client": {
            "ref": f"C-{number}",
            "name": f"Sample client {number}",
            "email": f"owner{number}@client.example",
            "timezone": "Australia/Brisbane",
        },
        "movement": {"from": "sprint", "to": "scale"},
    }


def begun_in(caller: Caller, number: int) -> tuple[float, float]:
    """Seconds until all of Begun was delivered, and until the board was fitted as well."""
    started = time.perf_counter()
    caller.post("/webhooks/agreement", agreement(number))
    begun = None
    while time.perf_counter() - started < PATIENCE_S:
        plans = caller.get("/v1/plans", agreement_ref=f"BENCH-{number}")["items"]
        if plans:
            rows = caller.get("/v1/deliveries", plan_id=plans[0]["id"], limit="200")["items"]
            done = {row["kind"] for row in rows if row["state"] == "delivered"}
            if begun is None and done >= BEGUN:
                begun = time.perf_counter() - started
            if begun is not None and "board.fit_items" in done:
                return begun, time.perf_counter() - started
        time.sleep(POLL_S)
    raise SystemExit(f"Event {number} was not begun within {PATIENCE_S} s.")


def show(name: str, seconds: list[float]) -> None:
    """One line: median, quartiles, extremes."""
    low, median, high = statistics.quantiles(seconds, n=4)
    print(
        f"{name:42} median {median:.3f} s   quartiles {low:.3f} to {high:.3f}   "
        f"least {min(seconds):.3f}   most {max(seconds):.3f}   n={len(seconds)}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=50)
    events = parser.parse_args().events
    with Stage() as stage:
        httpx.put(f"{stage.vendors}/settings", json={"board_fill_s": 0}).raise_for_status()
        caller = Caller(stage.service, stage.vendors, stage.key)
        caller.set_clock(SIGNED)
        for one in STAFF:
            person = {"name": one.name, "email": one.email, "role": one.role}
            caller.post("/v1/staff", person)
        for warm_up in range(3):
            begun_in(caller, -warm_up - 1)
        measured = [begun_in(caller, number) for number in range(events)]
        caller.close()
    show("signed event to Begun delivered", [begun for begun, _ in measured])
    show("signed event to board fitted and dated", [fitted for _, fitted in measured])


if __name__ == "__main__":
    main()
