"""How large the fault suite is, what each scenario reports, and the sum at the end."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.judge import SYSTEMS, Tally, Verdict

COLUMNS = ("intended", "happened", "lost", "doubled", "with_a_person")


@dataclass(frozen=True)
class Size:
    """How much of everything there is.

    Attributes:
        clients: Signed agreements that a scenario goes through its faults with.
        notes: Messages beside, in lots.
        rounds: How often a fault that can be repeated is.
    """

    clients: int
    notes: int
    rounds: int
    whole: bool

    def of(self, short: Any, whole: Any) -> Any:
        """One or the other, where a scenario has a measure of its own."""
        return whole if self.whole else short


WHOLE = os.environ.get("FAULTS") == "whole"
WHOLE_NUMBER = 10_000
"""Effects that the whole form intends at least."""

only_in_the_whole = pytest.mark.skipif(not WHOLE, reason="takes minutes; `make test-faults`")


@pytest.fixture(scope="session")
def size() -> Size:
    """A short form for every run of the tests; FAULTS=whole is `make test-faults`."""
    return Size(8, 150, 10, WHOLE) if WHOLE else Size(2, 10, 2, WHOLE)


@pytest.fixture
def accept(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Callable[..., None]:
    """Print what the judge counted, add it to the sum, and let nothing lost or doubled pass."""

    def accepted(verdict: Verdict, *, beside: str = "") -> None:
        record_property("tally", {name: vars(one) for name, one in verdict.tallies.items()})
        record_property("beside", beside)
        print(f"\n{request.node.name}: {beside}")  # noqa: T201
        for line in _table(verdict.tallies):
            print(line)  # noqa: T201
        for name, tally in verdict.tallies.items():
            assert (tally.lost, tally.doubled) == (0, 0), f"{name}: {verdict.said()}"

    return accepted


def _table(tallies: dict[str, Tally]) -> list[str]:
    rows = [(name, *(getattr(one, column) for column in COLUMNS)) for name, one in tallies.items()]
    titles = ("", *(column.replace("_", " ") for column in COLUMNS))
    return ["  ".join(f"{cell!s:>13}" for cell in row) for row in (titles, *rows) if any(row[1:])]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The sum over the scenarios that ran, wherever they ran."""
    sums, lines = _tallied(terminalreporter)
    if not lines:
        return
    terminalreporter.section("effects, counted in the vendors' ledger")
    for line in (*lines, "", *_table({**sums, "all": _sum(sums)})):
        terminalreporter.write_line(line)


def _tallied(terminalreporter: Any) -> tuple[dict[str, Tally], list[str]]:
    """The sum a system, and what each scenario came to."""
    sums = {name: Tally() for name in SYSTEMS.values()}
    lines = []
    for reports in terminalreporter.stats.values():
        for report in reports:
            told = dict(getattr(report, "user_properties", ()))
            if getattr(report, "when", "") != "call" or "tally" not in told:
                continue
            found = {name: Tally(**one) for name, one in told["tally"].items()}
            for name, one in found.items():
                sums[name].add(one)
            all_of_it = _sum(found)
            lines.append(
                f"{report.nodeid.rpartition('::')[2]}: {all_of_it.happened} of"
                f" {all_of_it.intended}; {told['beside']} ({report.duration:.0f} s)"
            )
    return sums, lines


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The whole form without its whole number of effects has shown nothing."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    files = [one for one in session.config.args if ".py" in one]
    in_part = session.config.getoption("keyword") or files
    if not WHOLE or in_part or hasattr(session.config, "workerinput"):
        return
    intended = _sum(_tallied(reporter)[0]).intended
    if intended < WHOLE_NUMBER:
        reporter.write_line(f"{intended} effects were intended; the whole form has {WHOLE_NUMBER}.")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _sum(tallies: dict[str, Tally]) -> Tally:
    whole = Tally()
    for one in tallies.values():
        whole.add(one)
    return whole
