"""Logs and numbers: they carry their context, and no secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from app import telemetry


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    telemetry.set_up_logging("json", to=written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_carries_the_request_and_the_plan_it_is_about(lines: io.StringIO) -> None:
    with telemetry.logging_about(request_id="r-1", plan_id="p-1"):
        telemetry.logger("test").info("delivered", system="monday")

    line = json.loads(lines.getvalue())
    assert line["event"] == "delivered"
    assert (line["request_id"], line["plan_id"], line["system"]) == ("r-1", "p-1", "monday")


def test_secrets_are_taken_out_by_name_and_inside_addresses(lines: io.StringIO) -> None:
    telemetry.logger("test").warning(
        "called https://chat.example/v1?key=hunter2&token=hunter2&x=1",
        authorization="hunter2",
        monday_token="hunter2",
        dsn="postgresql://u:hunter2@h/d",
        address="postgresql://u:hunter2@h/d",
        idempotency_key="k-1",
    )

    assert "hunter2" not in lines.getvalue()
    assert json.loads(lines.getvalue())["idempotency_key"] == "k-1"


def test_a_library_logs_in_the_same_form(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("slow: %s", "yes")

    assert json.loads(lines.getvalue())["event"] == "slow: yes"


def test_a_traceback_is_one_line(lines: io.StringIO) -> None:
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        telemetry.logger("test").exception("failed")

    assert "RuntimeError: broken" in json.loads(lines.getvalue())["exception"]


def test_numbers_are_told_in_the_form_of_prometheus() -> None:
    telemetry.plan_transitions.labels(kind="test_transition").inc()

    told = telemetry.metrics().decode()

    assert 'changeover_plan_transitions_total{kind="test_transition"} 1.0' in told
