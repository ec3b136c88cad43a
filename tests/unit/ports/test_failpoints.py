"""Failpoints: read strictly, hit once at the passing that they name, and nothing when unarmed."""

import signal
import subprocess
import sys

import pytest

from app.ports.failpoints import Failpoint, Hit, Point, failpoint


def test_an_armed_point_is_hit_at_the_passing_that_it_names_and_once() -> None:
    armed = Failpoint.read("settle.before:kill:2")

    passings = [armed.passed(Point.SETTLE_BEFORE, None) for _ in range(4)]

    assert passings == [False, True, False, False]
    assert armed.hit.signal is signal.SIGKILL


def test_a_point_of_one_vendor_counts_no_other_calls() -> None:
    armed = Failpoint.read("call.after@help_scout:stop:1")

    assert not armed.passed(Point.CALL_AFTER, "monday.com")
    assert not armed.passed(Point.CALL_BEFORE, "Help Scout")
    assert armed.passed(Point.CALL_AFTER, "Help Scout")
    assert armed.hit is Hit.STOP


@pytest.mark.parametrize(
    "text",
    [
        "settle.before",
        "settle.before:kill",
        "settle.before:kill:0",
        "settle.before:crash:1",
        "settle.beside:kill:1",
        " settle.before:kill:1",
        "settle.before:kill:1\n",
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="be a point, kill or stop, and a number"):
        Failpoint.read(text)


def test_an_unarmed_point_does_nothing() -> None:
    for point in Point:
        failpoint(point)


def test_a_process_that_is_armed_dies_there() -> None:
    program = (
        "from app.ports.failpoints import *\n"
        "arm(Failpoint.read('settle.before:kill:2'))\n"
        "for word in ('first', 'second', 'third'):\n"
        "    print(word, flush=True)\n"
        "    failpoint(Point.SETTLE_BEFORE)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [b"first", b"second"]
