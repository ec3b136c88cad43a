"""The first page: all plans, newest first."""

from dataclasses import dataclass

from starlette.responses import Response

from app.console.rendering import page
from app.console.visits import Visit
from app.console.when import When
from app.console.wording import PLAN_LABELS, SYSTEM_TITLES, Label
from app.domain.calendar import zone_of
from app.domain.plan import PlanState
from app.queries.inbound_events import Quarantine, quarantine
from app.queries.plan_views import PlanSummary
from app.queries.plans import NEWEST, PlanFilter, plans_listed, summary_of
from app.queries.stuck import StuckView, stuck
from app.services.office import Office
from app.web.pages import page as one_page_of

PLANS_A_PAGE = 40
_BEFORE_LIVE = frozenset(
    {PlanState.SCHEDULED, PlanState.IN_WINDOW, PlanState.MISSED, PlanState.ON_HOLD}
)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan of the list; `blockers` is None where nothing can block it any more."""

    plan: PlanSummary
    when: When
    label: Label
    from_title: str
    to_title: str
    blockers: int | None


@dataclass(frozen=True, slots=True)
class QuarantineNotice:
    """What waits to be replayed; `when` counts in the installation's zone."""

    waiting: Quarantine
    when: When


async def plan_list(visit: Visit) -> Response:
    """One page of the list.

    Raises:
        CursorInvalid: The address continues from a place that was never given out.
    """
    cursor = visit.request.query_params.get("cursor")
    found = await one_page_of(
        visit.session, plans_listed(PlanFilter()), NEWEST, PLANS_A_PAGE, cursor
    )
    office: Office = visit.wired.office
    lines = [_line(summary_of(row), visit, office) for row in found.rows]
    return page(
        "plans.html",
        who=visit.who,
        lines=lines,
        quarantine=await _quarantine(visit, office),
        stuck=await _stuck(visit),
        system_titles=SYSTEM_TITLES,
        next_cursor=found.next_cursor,
        cursor=cursor,
    )


async def _quarantine(visit: Visit, office: Office) -> QuarantineNotice | None:
    waiting = await quarantine(visit.session)
    return QuarantineNotice(waiting, When(visit.now, office.timezone)) if waiting else None


async def _stuck(visit: Visit) -> StuckView | None:
    """What waits for a person or for its system; events have a notice of their own."""
    found = await stuck(visit.session)
    return found if found.systems or found.deliveries or found.quotes else None


def _line(plan: PlanSummary, visit: Visit, office: Office) -> PlanLine:
    state = PlanState(plan.state)
    return PlanLine(
        plan,
        When(visit.now, zone_of(plan.client.timezone)),
        PLAN_LABELS[state],
        package_title(office, plan.movement.from_),
        package_title(office, plan.movement.to),
        plan.blockers if state in _BEFORE_LIVE else None,
    )


def package_title(office: Office, key: str) -> str:
    """What a package is called; one that the catalog no longer has is named by its key."""
    package = office.catalog.packages.get(key)
    return package.title if package else key
