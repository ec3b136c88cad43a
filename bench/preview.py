"""How long a preview takes, over real HTTP: the plan is made, looked at from all sides, taken back.

    .venv/bin/python bench/preview.py [--previews 200]

Starts the service and the stand-in vendors as processes of their own, and asks for one preview
after another: of a client who is new here, and of one who is known and has told how two services
are billed. Prints the median and the spread in milliseconds.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from app.sandbox.demo.caller import Caller
from app.sandbox.demo.cast import STAFF
from app.sandbox.demo.processes import Stage
from app.sandbox.demo.story import SIGNED

WARM_UP = 10
BILLED = [
    {
        "service": "sms",
        "price": {"amount": "49.00", "currency": "AUD"},
        "billing_period": "week",
        "anchor": "thursday",
        "paid_through": "2026-12-09",
    },
    {"service": "email_marketing", "billing_period": "month", "anchor": "15"},
]


def agreement(number: int) -> dict[str, Any]:
    """A signed Sprint to Scale agreement of a sample client of its own."""
    return {
        "event": "agreement.signed",
        "occurred_at": "2026-11-20T03:12:00Z",
        "agreement": {"ref": f"BENCH-{number}", "live_on": "2026-12-07"},
        "client": {
            "ref": f"C-{number}",
            "name": f"Sample client {number}",
            "email": f"owner{number}@client.example",
            "timezone": "Australia/Brisbane",
            "country": "AU",
        },
        "movement": {"from": "sprint", "to": "scale"},
    }


def of_a_known_client(number: int) -> dict[str, Any]:
    """The same of the client whose plan was cancelled, with how it is billed."""
    document = agreement(0)
    document["agreement"]["ref"] = f"BENCH-KNOWN-{number}"
    document["client"]["services"] = BILLED
    return document


def measured(
    caller: Caller, document_of: Callable[[int], dict[str, Any]], count: int
) -> list[float]:
    """Milliseconds of each preview, the first few left out."""
    taken = []
    for number in range(WARM_UP + count):
        document = document_of(number + 1)
        started = time.perf_counter()
        seen = caller.post("/v1/plans/preview", document)
        taken.append((time.perf_counter() - started) * 1000)
        assert seen["created"]
        assert seen["plan"]["state"] == "scheduled"
    return taken[WARM_UP:]


def show(name: str, milliseconds: list[float]) -> None:
    """One line: median, quartiles, extremes."""
    low, median, high = statistics.quantiles(milliseconds, n=4)
    print(
        f"{name:28} median {median:.1f} ms   quartiles {low:.1f} to {high:.1f}   "
        f"least {min(milliseconds):.1f}   most {max(milliseconds):.1f}   n={len(milliseconds)}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--previews", type=int, default=200)
    count = parser.parse_args().previews
    with Stage() as stage:
        caller = Caller(stage.service, stage.vendors, stage.key)
        caller.set_clock(SIGNED)
        for one in STAFF:
            person = {"name": one.name, "email": one.email, "role": one.role}
            caller.post("/v1/staff", person)
        made = caller.post("/v1/plans", agreement(0))
        caller.post(f"/v1/plans/{made['id']}/cancel", {"reason": "To be known here."})
        new = measured(caller, agreement, count)
        known = measured(caller, of_a_known_client, count)
        caller.close()
    show("preview, a new client", new)
    show("preview, a known client", known)


if __name__ == "__main__":
    main()
