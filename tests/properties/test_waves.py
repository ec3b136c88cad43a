"""A wave moves plans to the rows to which the sweep that moves them one by one would have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.ids import new_id
from app.domain.adjustment import BillingMode
from app.domain.delivery import System
from app.services import sweeps, waves
from app.services.letters import in_full
from app.services.office import Office
from app.services.reminding import fire_timers
from app.services.standing import touch
from tests.builders import SIGNED_AT, TESTER, VENDORS, Sessions, stored_plan
from tests.builders import office as make_office
from tests.properties.lives.stage import Stage, stage_on
from tests.world import local

LIVE_ON = "2026-12-07"
ZONES = ("Australia/Brisbane", "Pacific/Kiritimati", "Europe/Berlin")
OPENED = local("2026-12-01 12:00", "UTC")
"""Every zone's window is open."""


@dataclass(frozen=True)
class Drawn:
    """A plan's facts as the sweeps come to it."""

    zone: str
    movement: tuple[str, str]
    acknowledged: bool
    tasks: str
    complete_email: str
    board: bool
    released: bool
    without_support: bool
    behind_it: bool
    reminder: str | None


PLANS = st.builds(
    Drawn,
    zone=st.sampled_from(ZONES),
    movement=st.sampled_from([("sprint", "scale"), ("start", "sprint")]),
    acknowledged=st.booleans(),
    tasks=st.sampled_from(["done", "done", "one_open", "follow_up_open", "open"]),
    complete_email=st.sampled_from(["delivered", "delivered", "not_sent", "done_by_hand"]),
    board=st.booleans(),
    released=st.booleans(),
    without_support=st.booleans(),
    behind_it=st.integers(0, 4).map(lambda n: n == 0),
    reminder=st.sampled_from([None, None, "late", "missed_before"]),
)


@pytest.fixture(scope="module")
def stage(database_template: URL) -> Iterator[Stage]:
    """One database for all examples; each is rolled back."""
    with stage_on(database_template) as stage:
        yield stage


# What is compared ---------------------------------------------------------------------------------

TABLES = ("plans", "runs", "clients", "tasks", "adjustments", "timers", "deliveries", "audit")
MADE_ANEW = {
    "tasks": {"id"},
    "timers": {"id"},
    "audit": {"id"},
    "deliveries": {"id", "enqueued_at", "payload"},
}


async def rows_of(sessions: Sessions, office: Office) -> Mapping[str, list[str]]:
    """Everything that the database holds of the plans, less ids that are made anew each time."""
    held: dict[str, list[str]] = {}
    async with sessions() as session:
        for table in TABLES:
            rows = await session.execute(text(f"SELECT * FROM {table} ORDER BY id"))
            found = [dict(row._mapping) for row in rows]
            if table == "deliveries":
                await each_has_a_job(session, [r["id"] for r in found if r["state"] == "pending"])
            held[table] = [_comparable(table, row, office) for row in found]
            if table != "audit":
                held[table].sort()
    # Of each plan in order; two plans' entries may stand in any.
    held["audit"].sort(key=lambda entry: entry.split("|", 1)[0])
    return held


def _comparable(table: str, row: dict[str, Any], office: Office) -> str:
    kept = {name: value for name, value in row.items() if name not in MADE_ANEW.get(table, ())}
    if table == "deliveries":
        kept["payload"] = sorted(in_full(row["payload"], office).items())
    about = row.get("plan_id") or row["id"]
    if table == "audit" and row["subject_kind"] == "client":
        about = row["subject_id"]
    return f"{about}|{sorted(kept.items(), key=lambda pair: pair[0])}"


async def each_has_a_job(session: AsyncSession, deliveries: list[UUID]) -> None:
    # Those that the plans were made with have been carried out by now.
    jobs = await session.execute(
        text(
            "SELECT convert_from(payload, 'UTF8')::jsonb AS job FROM jobs.pgqueuer"
            " WHERE entrypoint IN ('deliver', 'deliver_lot')"
        )
    )
    named = [one for (job,) in jobs for one in (job.get("delivery_ids") or [job["delivery_id"]])]
    assert sorted(named) == sorted(map(str, deliveries))


# How the plans come to be -------------------------------------------------------------------------


async def make(sessions: Sessions, number: int, drawn: Drawn, office: Office) -> UUID:
    """A plan with these facts, made by the services, its figures counted by `touch`."""
    client = {
        "client__ref": f"C-{number}",
        "client__email": f"owner{number}@client.example",
        "client__name": f"Client <{number}> & *Sons*",
        "client__timezone": drawn.zone,
        "agreement__live_on": LIVE_ON,
        "movement__from": drawn.movement[0],
        "movement__to": drawn.movement[1],
    }
    plan = await stored_plan(
        sessions, at=office, now=SIGNED_AT, agreement__ref=f"P-{number}", **client
    )
    if drawn.behind_it:
        behind = await stored_plan(
            sessions, at=office, now=SIGNED_AT, agreement__ref=f"P-{number}-2", **client
        )
        await change(
            sessions,
            "UPDATE plans SET queued_after_id = :id WHERE id = :behind",
            id=plan.id,
            behind=behind.id,
        )
    return plan.id


async def befall(sessions: Sessions, plan_id: UUID, drawn: Drawn) -> None:
    """Let the plan have gone through what was drawn."""
    done = (
        "UPDATE tasks SET state = 'done', done_at = :at, done_by = 'Sue',"
        " step_state = CASE WHEN step IS NOT NULL THEN 'done' END WHERE plan_id = :id"
    )
    but_one = " AND position > (SELECT min(position) FROM tasks WHERE plan_id = :id)"
    if drawn.tasks != "open":
        await change(
            sessions,
            done + (but_one if drawn.tasks == "one_open" else ""),
            id=plan_id,
            at=SIGNED_AT,
        )
        await change(
            sessions,
            "UPDATE adjustments SET state = 'confirmed', evidence = '{\"reference\": \"1\"}',"
            " carried_out_at = opens_at, carried_out_on = effective_on - 6 WHERE plan_id = :id",
            id=plan_id,
        )
    if drawn.tasks == "follow_up_open":
        await change(
            sessions,
            "INSERT INTO tasks (id, plan_id, version, key, kind, position, title, board_group,"
            " role, due_on, state, blocks_ready, checklist, instructions)"
            " VALUES (:new, :id, 1, 'follow_up:1', 'follow_up', 99, 'Call them', 'By hand',"
            " 'support', '2026-12-04', 'open', false, '[]', '')",
            new=new_id(),
            id=plan_id,
        )
    await change(
        sessions,
        "UPDATE plans SET complete_email = :email, acknowledged_at = :acknowledged,"
        " released_at = :released, released_by = :released_by,"
        " board_state = :board, board_ref = :board_ref,"
        " support_id = CASE WHEN :nobody THEN NULL ELSE support_id END WHERE id = :id",
        email=drawn.complete_email,
        acknowledged=SIGNED_AT if drawn.acknowledged else None,
        released=SIGNED_AT if drawn.released else None,
        released_by="Bo" if drawn.released else None,
        board="ready" if drawn.board else "none",
        board_ref=str(plan_id) if drawn.board else None,
        nobody=drawn.without_support,
        id=plan_id,
    )


async def counted(sessions: Sessions, plan_id: UUID, office: Office, now: datetime) -> None:
    async with sessions.begin() as session:
        plan = await plans.lock(session, plan_id)
        await touch(session, plan, office=office, actor=TESTER, now=now)


async def remind(sessions: Sessions, plan_id: UUID, drawn: Drawn, now: datetime) -> None:
    """Put one more timer there, after everything was counted."""
    timers = {
        "late": ("acknowledgement_due", now - timedelta(hours=1), "waiting", None),
        "missed_before": ("missed_unmoved", SIGNED_AT, "fired", SIGNED_AT),
    }
    if drawn.reminder is not None:
        moment, fires_at, state, fired_at = timers[drawn.reminder]
        await change(
            sessions,
            "INSERT INTO timers (id, plan_id, moment, fires_at, state, fired_at)"
            " VALUES (:new, :id, :moment, :fires_at, :state, :fired_at) ON CONFLICT DO NOTHING",
            new=new_id(),
            id=plan_id,
            moment=moment,
            fires_at=fires_at,
            state=state,
            fired_at=fired_at,
        )


async def change(sessions: Sessions, statement: str, **values: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), values)


# The two ways -------------------------------------------------------------------------------------


async def one_by_one(sessions: Sessions, office: Office, now: datetime) -> None:
    """As it was: every plan by itself."""
    for sweep in (sweeps.open_windows, sweeps.go_live, sweeps.miss):
        async with sessions.begin() as session:
            await sweep(session, office=office, now=now)


async def together(sessions: Sessions, office: Office, now: datetime) -> int:
    """As it is: the plain ones by waves, then the others."""
    moved = 0
    for wave, sweep in (
        (waves.open_windows, sweeps.open_windows),
        (waves.go_live, sweeps.go_live),
        (waves.miss, sweeps.miss),
    ):
        after: waves.Place | None = None
        while True:
            async with sessions.begin() as session:
                swept = await wave(session, office=office, now=now, after=after, limit=2)
            moved, after = moved + swept.moved, swept.last
            if after is None:
                break
        async with sessions.begin() as session:
            await sweep(session, office=office, now=now)
    return moved


PLAIN = Drawn(
    zone="Australia/Brisbane",
    movement=("sprint", "scale"),
    acknowledged=True,
    tasks="done",
    complete_email="delivered",
    board=True,
    released=False,
    without_support=False,
    behind_it=False,
    reminder=None,
)
Rows = Mapping[str, list[str]]


async def moved_both_ways(
    stage: Stage,
    drawn: Sequence[Drawn],
    office: Office,
    *,
    late: timedelta,
    opens: bool,
    reminded: bool,
) -> tuple[Rows, Rows, int]:
    """The rows after each of the two ways, and how many plans waves had moved; all taken back."""
    async with stage.untraced() as sessions:
        made = [await make(sessions, number, one, office) for number, one in enumerate(drawn)]
        now = local(f"{LIVE_ON} 00:00", "Europe/Berlin") + late
        if opens:
            now -= timedelta(days=6)
        for plan_id, one in zip(made, drawn, strict=True):
            await befall(sessions, plan_id, one)
            await counted(sessions, plan_id, office, SIGNED_AT)
        if not opens:
            await one_by_one(sessions, office, OPENED)
        if reminded:
            async with sessions.begin() as session:
                await fire_timers(session, office=office, now=now - timedelta(minutes=1), limit=500)
        await change(sessions, "DELETE FROM jobs.pgqueuer")
        await change(sessions, "UPDATE deliveries SET state = 'delivered'")
        for plan_id, one in zip(made, drawn, strict=True):
            await remind(sessions, plan_id, one, now)
        held = await stage.connection.begin_nested()
        await one_by_one(sessions, office, now)
        first = await rows_of(sessions, office)
        await held.rollback()
        held = await stage.connection.begin_nested()
        moved = await together(sessions, office, now)
        second = await rows_of(sessions, office)
        await held.rollback()
    return first, second, moved


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(
    drawn=st.lists(PLANS, min_size=1, max_size=5),
    mode=st.sampled_from(BillingMode),
    connected=st.sampled_from([VENDORS, VENDORS, frozenset[System]()]),
    late=st.sampled_from([timedelta(0), timedelta(minutes=5), timedelta(days=3)]),
    opens=st.booleans(),
    reminded=st.booleans(),
)
def test_a_wave_ends_in_the_rows_in_which_plans_moved_one_by_one_end(
    stage: Stage,
    drawn: list[Drawn],
    mode: BillingMode,
    connected: frozenset[System],
    late: timedelta,
    opens: bool,
    reminded: bool,
) -> None:
    office = replace(make_office(connected=connected), billing_mode=mode)

    apart, at_once, _ = stage.runner.run(
        moved_both_ways(stage, drawn, office, late=late, opens=opens, reminded=reminded)
    )

    for table in TABLES:
        assert at_once[table] == apart[table], table


@pytest.mark.parametrize(
    ("drawn", "opens", "moved"),
    [
        pytest.param(PLAIN, True, 1, id="a window opens"),
        pytest.param(PLAIN, False, 1, id="a plan goes live and is completed"),
        pytest.param(replace(PLAIN, acknowledged=False), False, 1, id="a plan goes live"),
        pytest.param(replace(PLAIN, tasks="open", board=False), False, 1, id="a plan is missed"),
        pytest.param(replace(PLAIN, tasks="follow_up_open"), False, 0, id="a task is open"),
        pytest.param(replace(PLAIN, behind_it=True), False, 0, id="an agreement waits behind it"),
        pytest.param(replace(PLAIN, reminder="late"), True, 0, id="a reminder is late"),
    ],
)
def test_a_plain_plan_is_moved_by_a_wave_and_another_by_itself(
    stage: Stage, drawn: Drawn, opens: bool, moved: int
) -> None:
    apart, at_once, by_waves = stage.runner.run(
        moved_both_ways(
            stage, [drawn], make_office(), late=timedelta(0), opens=opens, reminded=True
        )
    )

    assert by_waves == moved
    assert at_once == apart
