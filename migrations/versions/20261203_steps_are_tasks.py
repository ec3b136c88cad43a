"""Steps of runs are tasks: one list of what people do, whatever it belongs to."""

import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import yaml
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KINDS_BEFORE = "kind IN ('adjustment', 'effect', 'follow_up', 'reversal', 'setup')"
KINDS = "kind IN ('adjustment', 'effect', 'follow_up', 'reversal', 'setup', 'step')"
APPROVALS = "IN ('approved', 'refused', 'requested', 'voided')"
STATES = (
    "'awaiting_approval', 'blocked', 'done', 'in_review', 'left_out', 'ready', 'skipped', 'waiting'"
)
SHOWN = (
    "CASE step_state WHEN 'blocked' THEN 'blocked' WHEN 'done' THEN 'done'"
    " WHEN 'skipped' THEN 'skipped' WHEN 'left_out' THEN 'skipped' ELSE 'open' END"
)
CHECKS = {
    "step_state": f"step_state IN ({STATES})",
    "step_of_a_run": "(step IS NULL) = (step_state IS NULL)"
    " AND (step IS NULL OR run_id IS NOT NULL)",
    "step_shown": f"step_state IS NULL OR state = {SHOWN}",
    "blocked_when": "step IS NULL OR (state = 'blocked') = (blocked_at IS NOT NULL)",
    "second_person": "verified_by_id IS NULL OR verified_by_id <> done_by_id",
    "approval": f"approval {APPROVALS}",
    "deviation": f"deviation {APPROVALS}",
}
PEOPLE = ("done_by_id", "verified_by_id")
ADDED = (
    "step",
    "step_state",
    "due_at",
    "ready_at",
    "started_at",
    *PEOPLE,
    "verified_by",
    "answers",
    "returns",
    "reopenings",
    "approval",
    "deviation",
)
STEPS = sa.text(
    "SELECT s.*, r.state AS run_state, r.started_at AS created_at, t.body FROM run_steps s JOIN runs r ON r.id = s.run_id"
    " JOIN playbook_texts t ON t.id = r.text_id ORDER BY s.id"
)
INSERTED = (
    "id",
    "run_id",
    "version",
    "key",
    "kind",
    "position",
    "title",
    "board_group",
    "role",
    "assignee_id",
    "due_on",
    "state",
    "blocks_ready",
    "checklist",
    "instructions",
    "reason",
    "blocked_at",
    "done_at",
    "done_by",
    "created_at",
    *ADDED,
)


def upgrade() -> None:
    """Give tasks what steps have, and make a task of every step."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    for column in _added():
        op.add_column("tasks", column)
    _kinds(KINDS)
    _copy()
    op.drop_table("run_steps")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_tasks_{name}"), "tasks", condition)
    op.alter_column("tasks", "done_by", comment="Who executed it", existing_comment=None)
    _comments(
        checklist="[{text, required, done, by, at, evidence}], in order",
        reason="Why skipped, blocked, returned, refused",
    )


def downgrade() -> None:
    """Steps in a table of their own again."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    _run_steps()
    columns = "position, role, assignee_id, ready_at, started_at, blocked_at, done_at, reason"
    more = "due_at, verified_by_id, verified_by, returns, reopenings, approval, deviation"
    op.execute(
        f"INSERT INTO run_steps (id, run_id, key, state, executed_by_id, executed_by, ticks,"
        f" answers, {columns}, {more})"
        f" SELECT id, run_id, step, step_state, done_by_id, done_by, (SELECT coalesce("
        f" jsonb_object_agg(n - 1, item - ARRAY['text', 'required', 'done'])"
        f" FILTER (WHERE item->'done' = 'true'), '{{}}')"
        f" FROM jsonb_array_elements(checklist) WITH ORDINALITY i(item, n)),"
        f" coalesce(answers, '{{}}'), {columns}, {more} FROM tasks WHERE step IS NOT NULL"
    )
    op.execute("DELETE FROM tasks WHERE step IS NOT NULL")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_tasks_{name}"), "tasks", type_="check")
    for name in ADDED:
        op.drop_column("tasks", name)
    _kinds(KINDS_BEFORE)
    op.alter_column("tasks", "done_by", comment=None, existing_comment="Who executed it")
    _comments(checklist="[{text, required, done}], in order", reason="Why skipped or blocked")


def _kinds(condition: str) -> None:
    op.drop_constraint(op.f("ck_tasks_kind"), "tasks", type_="check")
    op.create_check_constraint(op.f("ck_tasks_kind"), "tasks", condition)


def _comments(**comments: str) -> None:
    for column, comment in comments.items():
        op.execute(f"COMMENT ON COLUMN tasks.{column} IS '{comment}'")


def _copy() -> None:
    """The title, the words and the items of a step are those of the text that its run keeps."""
    connection = op.get_bind()
    columns = sa.inspect(connection).get_columns("tasks")
    tasks = sa.table(
        "tasks",
        *(sa.column(each["name"], each["type"]) for each in columns if each["name"] in INSERTED),
    )
    books: dict[str, Any] = {}
    rows = []
    for step in connection.execute(STEPS).mappings():
        body = step["body"]
        if body not in books:
            books[body] = yaml.safe_load(body)
        rows.append(_task_of(step, books[body]))
    if rows:
        connection.execute(sa.insert(tasks), rows)


def _task_of(step: Mapping[str, Any], book: dict[str, Any]) -> dict[str, Any]:
    said = next((each for each in book["steps"] if each["key"] == step["key"]), {})
    stages = {each["key"]: each["title"] for each in book.get("stages", ())}
    same = ("id", "run_id", "position", "role", "assignee_id", "done_at", "created_at")
    more = (*ADDED[2:5], *ADDED[6:])
    state, reason, blocked_at = step["state"], step["reason"], step["blocked_at"]
    if step["run_state"] != "running" and state not in {"done", "skipped", "left_out"}:
        state, reason, blocked_at = "left_out", "Its run is over.", None
    shown = {"blocked": "blocked", "done": "done", "skipped": "skipped", "left_out": "skipped"}
    if state == "left_out":
        reason = reason or "It is no part of this run."
    return {
        **{name: step[name] for name in (*same, *more)},
        "version": 1,
        "key": f"step:{step['key']}",
        "kind": "step",
        "title": said.get("title", step["key"]),
        "board_group": stages.get(said.get("stage"), ""),
        "blocks_ready": "ready" in said.get("blocks", ()),
        "instructions": said.get("instructions", ""),
        "due_on": _last_day(step["due_at"]),
        "state": shown.get(state, "open"),
        "reason": reason,
        "blocked_at": blocked_at,
        "checklist": [
            {"text": item["text"], "required": item.get("required", True), "done": tick is not None}
            | (tick or {})
            for number, item in enumerate(said.get("checklist", ()))
            for tick in [step["ticks"].get(str(number))]
        ],
        "step": step["key"],
        "step_state": state,
        "done_by": step["executed_by"],
        "done_by_id": step["executed_by_id"],
    }


def _last_day(due_at: datetime | None) -> date | None:
    """On the organisation's clock, as the service is told it."""
    if due_at is None:
        return None
    zone = ZoneInfo(os.environ.get("CHANGEOVER_TIMEZONE", "UTC"))
    return (due_at - timedelta(microseconds=1)).astimezone(zone).date()


def _added() -> tuple[sa.Column[Any], ...]:
    at = sa.DateTime(timezone=True)
    return (
        sa.Column("step", sa.String(), comment="Key of the step of its run's playbook"),
        sa.Column("step_state", sa.String(), comment="Where the step stands in its run"),
        sa.Column(
            "due_at", at, comment="The end of the step's time; null while its anchor is not known"
        ),
        sa.Column("ready_at", at, comment="Since when the step may be done"),
        sa.Column("started_at", at, comment="When somebody first acted on it"),
        *(
            sa.Column(name, sa.Uuid(), sa.ForeignKey("staff.id", name=op.f(f"fk_tasks_{name}")))
            for name in PEOPLE
        ),
        sa.Column("verified_by", sa.String()),
        sa.Column("answers", postgresql.JSONB(), comment="What the step's form was filled with"),
        sa.Column(
            "returns",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="Times its quality was not accepted",
        ),
        sa.Column(
            "reopenings",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="Times it was to be done again after it was done",
        ),
        sa.Column("approval", sa.String(), comment="Of the step, where it needs one"),
        sa.Column("deviation", sa.String(), comment="Of doing it otherwise than written"),
    )


def _run_steps() -> None:
    op.create_table(
        "run_steps",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False, comment="Of the playbook's step"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Order in the playbook"),
        sa.Column("role", sa.String(), nullable=False, comment="Who does it"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), comment="Null while its anchor is not known"
        ),
        sa.Column("assignee_id", sa.Uuid()),
        sa.Column("ready_at", sa.DateTime(timezone=True)),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), comment="When somebody first acted on it"
        ),
        sa.Column("blocked_at", sa.DateTime(timezone=True)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("executed_by_id", sa.Uuid()),
        sa.Column("executed_by", sa.String()),
        sa.Column("verified_by_id", sa.Uuid()),
        sa.Column("verified_by", sa.String()),
        sa.Column(
            "ticks", postgresql.JSONB(), nullable=False, comment="{number: {by, at, evidence}}"
        ),
        sa.Column(
            "answers", postgresql.JSONB(), nullable=False, comment="What its form was filled with"
        ),
        sa.Column("reason", sa.String(), comment="Why blocked, skipped, returned, refused"),
        sa.Column("returns", sa.Integer(), nullable=False, comment="Quality not accepted"),
        sa.Column(
            "reopenings", sa.Integer(), nullable=False, comment="To be done again after it was done"
        ),
        sa.Column("approval", sa.String(), comment="Of the step, where it needs one"),
        sa.Column("deviation", sa.String(), comment="Of doing it otherwise than written"),
        sa.CheckConstraint(
            "(state = 'blocked') = (blocked_at IS NOT NULL)", name=op.f("ck_run_steps_blocked_when")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_run_steps_done_when")
        ),
        sa.CheckConstraint(
            "approval IN ('approved', 'refused', 'requested', 'voided')",
            name=op.f("ck_run_steps_approval"),
        ),
        sa.CheckConstraint(
            "deviation IN ('approved', 'refused', 'requested', 'voided')",
            name=op.f("ck_run_steps_deviation"),
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_approval', 'blocked', 'done', 'in_review', 'left_out', 'ready', 'skipped', 'waiting')",
            name=op.f("ck_run_steps_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('blocked', 'skipped') OR reason IS NOT NULL",
            name=op.f("ck_run_steps_left_why"),
        ),
        sa.CheckConstraint(
            "verified_by_id IS NULL OR verified_by_id <> executed_by_id",
            name=op.f("ck_run_steps_second_person"),
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff.id"], name=op.f("fk_run_steps_assignee_id")
        ),
        sa.ForeignKeyConstraint(
            ["executed_by_id"], ["staff.id"], name=op.f("fk_run_steps_executed_by_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_steps_run_id")),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["staff.id"], name=op.f("fk_run_steps_verified_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_steps")),
        sa.UniqueConstraint("run_id", "key", name=op.f("uq_run_steps_run_id_key")),
    )
