"""I7 and I11: which agreements make plans, and how many."""

from collections import Counter
from collections.abc import Iterator

from app.domain.plan import OPEN_STATES
from tests.properties.lives.life import Moment
from tests.properties.lives.reading import Row

RANKS = {"start": 1, "sprint": 2, "scale": 3}


def i7_one_agreement_makes_one_plan(m: Moment) -> Iterator[str]:
    """One agreement makes one plan, whatever the number, order and timing of its events."""
    for ref, number in Counter(one.ref for one in m.after.agreements).items():
        if number > 1:
            yield f"{ref} was taken down {number} times"
    for number in Counter(plan.agreement_id for plan in m.after.plans).values():
        if number > 1:
            yield f"an agreement has {number} plans"
    plans = {m.after.agreement(plan).ref: plan for plan in m.after.plans}
    for event in m.after.events:
        if event.status != "processed" or event.agreement_ref is None or event.plan_id is None:
            continue
        plan = plans.get(event.agreement_ref)
        if plan is None or event.plan_id not in (plan.id, plan.merged_into_id):
            yield f"an event of {event.agreement_ref} was taken for one of another plan"


def i7_a_second_agreement_waits(m: Moment) -> Iterator[str]:
    """A client has at most one open plan per contract.

    A second agreement waits in `needs_review` with the reason.
    """
    open_plans = Counter(plan.client_id for plan in m.after.plans if plan.state in OPEN_STATES)
    if any(number > 1 for number in open_plans.values()):
        yield "the client has several open plans"
    was_open = {plan.client_id for plan in m.before.plans if plan.state in OPEN_STATES}
    for plan in m.after.plans:
        if plan.id in m.new_plans and plan.client_id in was_open and plan.state != "needs_review":
            yield f"a second agreement made a plan that is {plan.state}"
        if plan.state == "needs_review":
            yield from _only_waits(m, plan)


def _only_waits(m: Moment, plan: Row) -> Iterator[str]:
    if not plan.review_reason:
        yield "a plan needs a review, and nobody knows why"
    begun = [task for task in m.after.of("tasks", plan) if task.kind in ("setup", "adjustment")]
    if begun or m.after.of("adjustments", plan):
        yield "a plan that needs a review has begun"


def i11_only_a_rise_is_an_upgrade(m: Moment) -> Iterator[str]:
    """A downgrade (rank falls) or a move to the same package is refused by this procedure.

    It is named as the change that it is.
    """
    for plan in m.after.plans:
        if RANKS[plan.to_package] <= RANKS[plan.from_package]:
            yield f"a plan goes from {plan.from_package} to {plan.to_package}"
    if (
        m.refused is not None
        and m.refused.code == "not_an_upgrade"
        and "change" not in m.refused.facts
    ):
        yield "it was refused without saying what it is"
    # Every rise is listed, so what is not listed is something else.
    reasons = [m.refused.code] if m.refused is not None else []
    reasons += [event.reason for event in m.after.events if event.status == "quarantined"]
    if any(reason.startswith("movement_not_listed") for reason in reasons):
        yield "it was refused as a rise that nobody lists"
