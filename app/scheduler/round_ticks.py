"""What time does to playbooks: schedules start runs, and it is seen to that they are kept to."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import is_of_the_database
from app.domain.calendar import first_instant_of
from app.domain.playbook.adherence import Figure, tells_adherence
from app.queries.measures import Period, measured
from app.scheduler.work import Work
from app.services.contracts.carrying_out import CLOCK
from app.services.office import Office
from app.services.playbooks.keeping import see_to
from app.services.playbooks.rounds import Round, hold_round, note_looked, rounds_due
from app.telemetry import logger, tick_failures

LOG = logger(__name__)


async def keep_rounds(work: Work) -> int:
    """See to what has come round, playbook by playbook: one that fails holds up no other."""
    now, done = await work.clock.now(), 0
    async with work.sessions() as session:
        due = await rounds_due(session, office=work.office, now=now)
    failed = set()
    for key in due:
        try:
            async with work.sessions.begin() as session:
                held = await hold_round(session, key, office=work.office, now=now)
                if held is not None:
                    figures = await _figures(session, held, work.office)
                    done += await see_to(
                        session, held, figures, office=work.office, actor=CLOCK, now=now
                    )
        except Exception as fault:
            if is_of_the_database(fault):
                raise
            LOG.exception("playbook not seen to", playbook=key)
            tick_failures.labels("rounds").inc()
            failed.add(key)
    async with work.sessions.begin() as session:
        await note_looked(session, failed, office=work.office, now=now)
    return done


async def _figures(session: AsyncSession, held: Round, office: Office) -> list[Figure]:
    """How far a playbook was kept to in the period that is reported of."""
    period, book = held.come.report, held.found.playbook
    if period is None:
        return []
    since, until = (first_instant_of(on, office.timezone) for on in (period.since, period.until))
    figures = []
    for measure in tells_adherence(book):
        found = await measured(session, book, measure, Period(since, until))
        figures.append(Figure(measure, found.figure, found.of))
    return figures
