"""Sets the stage, has the story told, and leaves everything running to be looked at."""

import signal
import time
from types import FrameType

from app.sandbox.demo.caller import Caller, Surprised
from app.sandbox.demo.processes import DidNotStart, Stage
from app.sandbox.demo.story import ZONE, tell
from app.sandbox.demo.telling import Teller


def run_demo(*, once: bool) -> int:
    """Tell the story; afterwards keep the service running until Ctrl-C, unless `once`.

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
                plan_id = tell(caller, teller)
            finally:
                caller.close()
            teller.title("That is the main job.", f"Told in {time.monotonic() - begun:.1f} s.")
            if not once:
                _stay(stage, teller, plan_id)
    except (DidNotStart, Surprised) as failure:
        teller.fail(str(failure))
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _end(signum: int, frame: FrameType | None) -> None:
    """Leave through the same door as Ctrl-C, so that both processes are stopped."""
    raise KeyboardInterrupt


def _stay(stage: Stage, teller: Teller, plan_id: str) -> None:
    teller.title("Look at it", "Everything runs until Ctrl-C.")
    teller.address("The plan, in the console", f"{stage.service}/console/plans/{plan_id}")
    teller.address("The key to sign in with", stage.key)
    teller.address("The board, the mailbox and the rooms", f"{stage.vendors}/")
    teller.address("The API", f"{stage.service}/docs")
    teller.address("Everything the vendors received", f"{stage.vendors}/ledger")
    while all(process.poll() is None for process in stage.running):
        time.sleep(0.5)
    raise DidNotStart("A process ended by itself.")
