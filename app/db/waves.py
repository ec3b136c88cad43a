"""The statements of a wave: many plans moved at once, with all that follows, in the database.

Each moves those of the plans given, which the caller holds, that are plain, and answers with how
many they were. What they set off is enqueued with it. States come from the table of transitions,
words and rooms from the caller; see docs/decisions/0011-waves-in-sql.md.
"""

from sqlalchemy import TextClause, text

from app.db.jobs import Job, enqueueing
from app.db.models.plans import sql_list
from app.domain.delivery import CLIENT_EMAILS, UNSETTLED
from app.domain.plan import PlanState, Trigger, sources_of, transition
from app.domain.playbook.reminder import Awaited
from app.domain.readiness import EMAIL_SETTLED, CompleteEmailState
from app.domain.task import SETTLED

# What makes a plan plain: nothing about it has to be decided but what the statement decides -------

_KNOWN = """
    p.from_package = ANY(CAST(:packages AS text[]))
    AND p.to_package = ANY(CAST(:packages AS text[]))
"""
_NOBODY_WAITS_BEHIND = """
    NOT EXISTS (SELECT FROM plans q WHERE q.queued_after_id = p.id)
"""
_OPEN_TASK = f"SELECT FROM tasks t WHERE t.plan_id = p.id AND t.state NOT IN ({sql_list(SETTLED)})"
_NO_TASK_IS_OPEN = f"NOT EXISTS ({_OPEN_TASK})"
_NO_MAIL_IS_UNDER_WAY = f"""
    NOT EXISTS (SELECT FROM deliveries d WHERE d.plan_id = p.id
        AND d.kind IN ({sql_list(CLIENT_EMAILS)}) AND d.state IN ({sql_list(UNSETTLED)}))
"""
_BOARD_HAS_THE_TASKS = f"""
    (p.board_state <> 'ready' OR NOT EXISTS ({_OPEN_TASK} AND t.board_item_ref IS NULL))
"""
_NO_REMINDER_IS_LATE = """
    NOT EXISTS (SELECT FROM timers r WHERE r.plan_id = p.id AND r.state = 'waiting'
        AND r.fires_at < CAST(:late_before AS timestamptz))
"""
_NOT_TOLD_BEFORE = """
    NOT EXISTS (SELECT FROM deliveries d WHERE d.plan_id = p.id
        AND d.subject = ANY(CAST(:occasions AS text[])))
"""

# A plan's people in the rooms of its own roles; whoever else is named comes with the effect.
_WAVE = """
WITH at AS MATERIALIZED (
    SELECT CAST(:now AS timestamptz) AS now,
        CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS ms,
        CAST(:seed AS bigint) AS seed
), effects AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(CAST(:effects AS text) AS jsonb)) AS e(
        place int, kind text, system text, subject text, room text, template text, others jsonb,
        only_in text
    )
), held AS MATERIALIZED (
    SELECT p.id AS plan_id, c.name AS client_name, c.package AS had, {details} AS details
    FROM {chosen}
    JOIN plans p ON p.id = i.id
    JOIN clients c ON c.id = p.client_id
    WHERE {plain}
    {holding_the_client}
), moved AS (
    UPDATE plans p
    SET {changes}, version = p.version + 1, updated_at = at.now
    FROM held h CROSS JOIN at
    WHERE p.id = h.plan_id
    RETURNING p.id, p.ref, p.state, p.client_id, p.from_package, p.to_package, p.live_on, p.live_at,
        p.sales_id, p.support_id, p.marketing_id, p.run_id, h.client_name, h.had, h.details
), {and_with_them}, noted AS (
    INSERT INTO audit (id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
        plan_id, before, after)
    SELECT changeover_uuid7(at.ms, n.place, 'audit' || m.id, at.seed), at.now,
        CAST(:actor_kind AS text), CAST(:actor_id AS text), CAST(:actor_name AS text), n.action,
        n.subject_kind, n.subject_id, n.plan_id, n.before, n.after
    FROM moved m CROSS JOIN at CROSS JOIN LATERAL (VALUES {entries}) AS n(
        place, only_in, action, subject_kind, subject_id, plan_id, before, after
    )
    WHERE n.only_in IS NULL OR n.only_in = m.state
), words AS MATERIALIZED (
    SELECT m.id, m.ref, m.state, m.live_on, m.sales_id, m.support_id, m.marketing_id,
        jsonb_build_object(
            'client', m.client_name,
            'plan_ref', m.ref,
            'from_package', m.from_package,
            'to_package', m.to_package,
            'live_on', m.live_on,
            'link', CAST(:plan_link AS text) || m.id,
            'details', m.details
        ) AS words
    FROM moved m
), named AS MATERIALIZED (
    SELECT e.*, m.live_on, {effect_name} AS name
    FROM (SELECT DISTINCT live_on FROM moved) AS m CROSS JOIN effects e
), made AS (
    INSERT INTO deliveries (id, plan_id, kind, system, subject, key, generation, state, reason,
        payload, progress, attempts, withdraw, created_at, version)
    SELECT changeover_uuid7(at.ms, e.place, 'delivery' || m.id, at.seed), m.id, e.kind, e.system,
        e.subject, m.ref || '/' || e.kind || '/' || e.name || '/1#1', 1,
        CAST(:delivery_state AS text), CAST(:delivery_reason AS text), jsonb_build_object(
            'room', e.room,
            'thread', m.ref,
            'template', e.template,
            'people', CASE WHEN s.id IS NULL THEN e.others
                ELSE jsonb_build_array(s.name) || e.others END,
            'words', m.words
        ), '{{}}', 0, false, at.now, 1
    FROM words m CROSS JOIN at
    JOIN named e ON e.live_on = m.live_on AND (e.only_in IS NULL OR e.only_in = m.state)
    LEFT JOIN staff s ON s.id = CASE e.room
        WHEN 'sales' THEN m.sales_id
        WHEN 'support' THEN m.support_id
        WHEN 'marketing' THEN m.marketing_id
    END
    RETURNING id
), lots AS (
    SELECT (place - 1) / CAST(:deliveries_a_job AS int) AS place,
        '{{"delivery_ids":["' || string_agg(CAST(id AS text), '","' ORDER BY place) || '"]}}'
            AS payload
    FROM (SELECT id, row_number() OVER () AS place FROM made) AS numbered
    GROUP BY 1
), {jobs}
SELECT count(*) AS moved FROM moved
"""

# The name of `domain.effect_key`, of the first time that a plan sets this off.
_EFFECT_NAME = """left(encode(sha256(convert_to(
    e.subject || chr(10) || to_char(m.live_on, 'YYYY-MM-DD') || chr(10), 'UTF8'
)), 'hex'), 16)"""


def _wave(trigger: Trigger, noted_as: str, **parts: str) -> TextClause:
    (before,) = sources_of(trigger)
    after = transition(before, trigger)
    parts = {
        "chosen": "unnest(CAST(:ids AS uuid[])) AS i(id)",
        "holding_the_client": "",
        "effect_name": _EFFECT_NAME,
        "changes": f"state = '{after}'",
        "entries": _entry(1, noted_as, before, after),
        "jobs": enqueueing(Job.DELIVER_LOT, "lots"),
        **parts,
    }
    return text(_WAVE.format(**parts))


def _entry(
    place: int,
    action: str,
    before: PlanState,
    after: PlanState,
    *,
    only: bool = False,
    more: str = "",
) -> str:
    only_in = f"'{after}'" if only else "NULL"
    then = f'CAST(\'{{"state": "{after}"}}\' AS jsonb){more}'
    return (
        f"({place}, {only_in}, '{action}', 'plan', m.id, m.id,"
        f' CAST(\'{{"state": "{before}"}}\' AS jsonb), {then})'
    )


# A plan that was moved comes to these moments again; it goes live once.
_ANY_TIME = f"""
    {_KNOWN} AND {_BOARD_HAS_THE_TASKS} AND {_NO_REMINDER_IS_LATE} AND {_NOT_TOLD_BEFORE}
"""

OPEN_WINDOWS = _wave(
    Trigger.OPEN_WINDOW,
    "plan.window_opened",
    plain=_ANY_TIME,
    details="CASE WHEN p.released_at IS NULL THEN CAST(CAST(:unreleased AS text) AS jsonb)"
    " ELSE jsonb_build_array() END",
    and_with_them="""fallen_due AS (
        UPDATE adjustments a SET state = 'due', version = a.version + 1
        FROM moved m WHERE a.plan_id = m.id AND a.state = 'scheduled'
    )""",
)

_LIVE, _COMPLETED = PlanState.LIVE, transition(PlanState.LIVE, Trigger.COMPLETE)

GO_LIVE = _wave(
    Trigger.GO_LIVE,
    "plan.went_live",
    plain=f"{_KNOWN} AND {_NOBODY_WAITS_BEHIND} AND {_NO_TASK_IS_OPEN} AND {_NO_MAIL_IS_UNDER_WAY}",
    details="jsonb_build_array()",
    # Whoever holds the client may wait for the plan: such a plan is left to the next sweep.
    holding_the_client="FOR NO KEY UPDATE OF c SKIP LOCKED",
    # Nothing is open or under way: what is acknowledged is completed with it.
    changes=f"""
        state = CASE WHEN p.acknowledged_at IS NULL THEN '{_LIVE}' ELSE '{_COMPLETED}' END,
        completed_at = CASE WHEN p.acknowledged_at IS NULL THEN p.completed_at ELSE at.now END,
        went_live_at = at.now, waits = jsonb_build_object()
    """,
    and_with_them="""given AS (
        UPDATE clients c SET package = m.to_package, version = c.version + 1
        FROM moved m WHERE c.id = m.client_id
    ), dropped AS (
        UPDATE timers r SET state = 'dropped'
        FROM moved m WHERE r.plan_id = m.id AND r.state = 'waiting'
    ), over AS (
        UPDATE runs r SET state = 'completed', ended_at = at.now, version = r.version + 1
        FROM moved m CROSS JOIN at WHERE r.id = m.run_id AND m.state = 'completed'
    )""",
    entries=f"""(1, NULL, 'client.updated', 'client', m.client_id, CAST(NULL AS uuid),
            jsonb_build_object('package', m.had), jsonb_build_object('package', m.to_package)),
        {_entry(2, "plan.went_live", PlanState.IN_WINDOW, _LIVE)},
        {_entry(3, "plan.completed", _LIVE, _COMPLETED, only=True)}""",
)

PLAIN_TO_MISS = text(
    "SELECT p.id, p.live_on, p.live_at, p.complete_email FROM plans p"  # noqa: S608 - constants
    f" WHERE p.id = ANY(CAST(:ids AS uuid[])) AND {_ANY_TIME}"
)
MISS = _wave(
    Trigger.MISS,
    "plan.missed",
    chosen="unnest(CAST(:ids AS uuid[]), CAST(:missing AS text[])) AS i(id, missing)",
    plain="true",  # as just found by PLAIN_TO_MISS, and held since
    details="CAST(i.missing AS jsonb)",
    changes=f"""
        state = '{PlanState.MISSED}', blockers = jsonb_array_length(h.details),
        complete_email = CASE WHEN p.complete_email IN ({sql_list(EMAIL_SETTLED)})
            THEN p.complete_email ELSE '{CompleteEmailState.EXPIRED}' END,
        waits = p.waits
            || jsonb_build_object('{Awaited.MISSED_PLAN}', CAST(:waits_since AS text))
    """,
    and_with_them="""timed AS (
        INSERT INTO timers (id, plan_id, moment, fires_at, state)
        SELECT changeover_uuid7(at.ms, r.place, 'timer' || m.id, at.seed), m.id, r.moment,
            r.fires_at, 'waiting'
        FROM moved m CROSS JOIN at
        JOIN jsonb_to_recordset(CAST(CAST(:reminders AS text) AS jsonb)) AS r(
            live_at timestamptz, place int, moment text, fires_at timestamptz
        ) ON r.live_at = m.live_at
        ON CONFLICT (plan_id, moment, fires_at) DO UPDATE SET state = 'waiting', fired_at = NULL
    )""",
    entries=_entry(
        1,
        "plan.missed",
        PlanState.IN_WINDOW,
        PlanState.MISSED,
        more=" || jsonb_build_object('missing', m.details)",
    ),
)
