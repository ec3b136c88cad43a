"""What comes round for a playbook: times that start runs, spot checks, reports, reviews."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.calendar import day_of
from app.domain.playbook.cycle import CyclePeriod, last_ended, times_passed
from app.domain.playbook.governance import ReviewCycle
from app.domain.playbook.model import Playbook
from app.domain.playbook.trigger import last_time


@dataclass(frozen=True, slots=True)
class ComeRound:
    """What has come round since a playbook was last looked at.

    Attributes:
        times: Times of its schedules, each once, in order; in UTC.
        spot_check: The period of which a run is looked at closely.
        report: The period of which it is told how far the playbook was kept to.
        review: The number of its review, from 1; 0 where none has come round.
    """

    times: tuple[datetime, ...] = ()
    spot_check: CyclePeriod | None = None
    report: CyclePeriod | None = None
    review: int = 0


NOTHING = ComeRound()


def come_round(
    playbook: Playbook, *, since: datetime, after: datetime, now: datetime, zone: ZoneInfo
) -> ComeRound:
    """Everything comes round once; of what came several times unseen, the last counts.

    Args:
        playbook: In the version in force.
        since: From when that version counts: its schedules start nothing before, and its review
            cycle begins there.
        after: When the playbook was last looked at.
        now: The present instant.
        zone: The organisation's; days, weeks and months are those of its clock.

    Source: docs/playbook-runs.md, "Schedules"; docs/playbook-versions.md, "Whether it is kept to".
    """
    then, today = day_of(after, zone), day_of(now, zone)
    seen = max(after, since - datetime.resolution)
    last = (last_time(each, seen, now, zone) for each in playbook.trigger.schedules)
    times = sorted({at for at in last if at is not None})
    reviews = times_passed(playbook.review_cycle, day_of(since, zone), today)
    is_new = reviews > times_passed(playbook.review_cycle, day_of(since, zone), then)

    def ended(cycle: ReviewCycle) -> CyclePeriod | None:
        period = last_ended(cycle, today)
        return period if period.until > then else None

    governance = playbook.governance
    return ComeRound(
        times=tuple(times),
        spot_check=ended(governance.spot_checks) if governance else None,
        report=ended(governance.report) if governance else None,
        review=reviews if is_new else 0,
    )
