"""Sets the stage, has the story told, and leaves everything running to be looked at."""

import signal
import time
from collections.abc import Mapping
from types import FrameType

from app.sandbox.demo.acts import ACTS
from app.sandbox.demo.caller import Caller, Surprised
from app.sandbox.demo.cast import ZONE
from app.sandbox.demo.processes import DidNotStart, Stage
from app.sandbox.demo.scene import Scene
from app.sandbox.demo.telling import Teller


def run_demo(act: str, *, once: bool) -> int:
    """Tell an act; afterwards keep the service running until Ctrl-C, unless `once`.

    Args:
        act: One of `ACTS`.
        once: End after it.

    Returns:
        The exit code: 0 where everything went as told.
    """
    teller = Teller(ZONE)
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, _end)
    try:
        with Stage() as stage:
            caller = Caller(stage.service, stage.vendors, stage.key)
            try:
                plans = ACTS[act].tell(Scene(caller, teller, stage.keys_of))
            finally:
                caller.close()
            teller.title(ACTS[act].closing, f"Told in {time.monotonic() - begun:.1f} s.")
            if not once:
                _stay(stage, teller, plans)
    except (DidNotStart, Surprised) as failure:
        teller.fail(str(failure))
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _end(signum: int, frame: FrameType | None) -> None:
    """Leave through the same door as Ctrl-C, so that both processes are stopped."""
    raise KeyboardInterrupt


def _stay(stage: Stage, teller: Teller, plans: Mapping[str, str]) -> None:
    teller.title("Look at it", "Everything runs until Ctrl-C.")
    for what, plan_id in plans.items():
        teller.address(f"{what}, in the console", f"{stage.service}/console/plans/{plan_id}")
    teller.address("The key to sign in with", stage.key)
    teller.address("The board, the mailbox and the rooms", f"{stage.vendors}/")
    teller.address("The API", f"{stage.service}/docs")
    teller.address("Everything the vendors received", f"{stage.vendors}/ledger")
    while all(process.poll() is None for process in stage.running):
        time.sleep(0.5)
    raise DidNotStart("A process ended by itself.")
