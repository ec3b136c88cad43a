"""When an adjustment may be carried out: in its window, on a safe day, with names and evidence."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.domain.actor import Actor, ActorKind
from app.domain.adjustment import AdjustmentKind, AdjustmentState, typed_names
from app.domain.carrying_out import (
    AdjustmentInHand,
    AdjustmentRefuses,
    Evidence,
    EvidenceMissing,
    NeedsSomebodyElse,
    OutsideWindow,
    PlanAtHand,
    PlanNotRight,
    TypedNamesDiffer,
    UnsafeDay,
    WaiverRefused,
    evidence_as_json,
    may_carry_out,
    may_waive,
)
from app.domain.errors import DomainError
from app.domain.money import Money

BRISBANE = ZoneInfo("Australia/Brisbane")
OPENS_AT = datetime(2026, 11, 30, 14, tzinfo=UTC)
CLOSES_AT = datetime(2026, 12, 6, 14, tzinfo=UTC)
WEDNESDAY = datetime(2026, 12, 2, 1, tzinfo=UTC)
WINDOW = tuple(date(2026, 12, day) for day in range(1, 7))
A_MICROSECOND = timedelta(microseconds=1)


def in_hand(**changed: Any) -> AdjustmentInHand:
    usual: dict[str, Any] = {
        "kind": AdjustmentKind.CANCEL_SERVICE,
        "state": AdjustmentState.DUE,
        "service": "sms",
        "opens_at": OPENS_AT,
        "closes_at": CLOSES_AT,
        "safe_days": WINDOW,
    }
    return AdjustmentInHand(**{**usual, **changed})


RIGHT = PlanAtHand("sprint", "sprint", frozenset({"sms", "google_business"}))
SUE, SID = UUID(int=1), UUID(int=2)


def person(staff_id: UUID | None) -> Actor:
    return Actor(ActorKind.KEY, "key", "Somebody", "support", staff_id)


def carry_out(
    one: AdjustmentInHand | None = None,
    plan: PlanAtHand = RIGHT,
    *,
    actor: Actor = person(SUE),  # noqa: B008
    now: datetime = WEDNESDAY,
    typed: str | None = "Harbour Dental / sms",
    evidence: Evidence | None = Evidence("INV-7"),  # noqa: B008
) -> None:
    may_carry_out(
        one or in_hand(),
        plan,
        actor=actor,
        client_name="Harbour Dental",
        zone=BRISBANE,
        typed=typed,
        evidence=evidence,
        now=now,
    )


@pytest.mark.parametrize(
    "now", [OPENS_AT, WEDNESDAY, CLOSES_AT - A_MICROSECOND], ids=["opening", "within", "last"]
)
def test_in_its_window_on_a_safe_day_it_may_be_carried_out(now: datetime) -> None:
    carry_out(now=now)


@pytest.mark.parametrize(
    "now", [OPENS_AT - A_MICROSECOND, CLOSES_AT, CLOSES_AT + timedelta(days=30)]
)
def test_before_its_window_and_from_the_live_instant_on_it_may_not(now: datetime) -> None:
    with pytest.raises(OutsideWindow) as refused:
        carry_out(now=now)

    assert refused.value.facts == {
        "opens_at": "2026-11-30T14:00:00Z",
        "closes_at": "2026-12-06T14:00:00Z",
    }
    assert refused.value.detail == (
        "This may be carried out from Tuesday 1 December 2026, 00:00 until Monday 7 December 2026, "
        "00:00, Australia/Brisbane time (2026-11-30T14:00:00Z until 2026-12-06T14:00:00Z), "
        "in the pre-live window, and at no other time."
    )


def test_on_a_day_that_is_not_safe_it_is_refused_with_those_that_are() -> None:
    # given: Wednesday in Brisbane, while it is still Tuesday in London
    now = datetime(2026, 12, 1, 20, tzinfo=UTC)
    safe_days = (date(2026, 12, 1), date(2026, 12, 4))

    with pytest.raises(UnsafeDay) as refused:
        carry_out(in_hand(safe_days=safe_days), now=now)

    assert refused.value.facts == {
        "today": "2026-12-02",
        "safe_days": ["2026-12-01", "2026-12-04"],
    }
    assert "Safe days: 2026-12-01, 2026-12-04." in refused.value.detail


def test_where_no_day_is_safe_the_refusal_says_so() -> None:
    with pytest.raises(UnsafeDay, match="Safe days: none"):
        carry_out(in_hand(safe_days=()))


def test_a_closing_hour_within_a_day_makes_that_day_no_safer() -> None:
    # given: a bound on Monday at noon, as a plan has that was forced live then
    noon = datetime(2026, 12, 7, 2, tzinfo=UTC)

    with pytest.raises(UnsafeDay):
        carry_out(in_hand(closes_at=noon), now=noon - timedelta(hours=1))


@pytest.mark.parametrize(
    "typed",
    [
        None,
        "",
        "Harbour Dental",
        "Harbour Dental / email_marketing",
        "harbour dental / sms",
        "Harbour Dental/sms",
        " Harbour Dental / sms",
    ],
)
def test_ending_a_service_asks_for_both_names_to_the_letter(typed: str | None) -> None:
    with pytest.raises(TypedNamesDiffer) as refused:
        carry_out(typed=typed)

    assert refused.value.pointer == "/typed"


@pytest.mark.parametrize("kind", sorted(set(AdjustmentKind) - {AdjustmentKind.CANCEL_SERVICE}))
def test_what_can_be_undone_asks_for_no_names(kind: AdjustmentKind) -> None:
    carry_out(in_hand(kind=kind), typed=None)


@pytest.mark.parametrize("evidence", [None, Evidence(""), Evidence("  ", note="Done.")])
def test_whoever_carries_it_out_says_where_it_can_be_seen(evidence: Evidence | None) -> None:
    with pytest.raises(EvidenceMissing) as refused:
        carry_out(evidence=evidence)

    assert refused.value.pointer == "/evidence/reference"


@pytest.mark.parametrize("state", [AdjustmentState.CONFIRMED, AdjustmentState.VOIDED])
def test_what_is_done_with_is_not_carried_out_again(state: AdjustmentState) -> None:
    with pytest.raises(AdjustmentRefuses):
        carry_out(in_hand(state=state))


def test_the_state_is_told_before_the_window_and_the_window_before_the_rest() -> None:
    # given: everything is wrong at once, then one thing less each time
    done, early = in_hand(state=AdjustmentState.CONFIRMED, safe_days=()), OPENS_AT - A_MICROSECOND
    told: list[type[DomainError]] = []
    for one, now, typed in [
        (done, early, None),
        (in_hand(safe_days=()), early, None),
        (in_hand(safe_days=()), WEDNESDAY, None),
        (in_hand(), WEDNESDAY, None),
        (in_hand(), WEDNESDAY, "Harbour Dental / sms"),
    ]:
        with pytest.raises(DomainError) as refused:
            carry_out(one, now=now, typed=typed, evidence=None)
        told.append(refused.type)

    assert told == [AdjustmentRefuses, OutsideWindow, UnsafeDay, TypedNamesDiffer, EvidenceMissing]


def test_what_is_typed_are_the_client_and_the_service() -> None:
    assert typed_names("Harbour Dental", "sms") == "Harbour Dental / sms"


def test_evidence_is_kept_with_its_reference_and_its_note() -> None:
    kept = evidence_as_json(Evidence("INV-7", note="Seen by two."))

    assert kept == {"reference": "INV-7", "note": "Seen by two."}
    assert evidence_as_json(None) is None


def test_a_second_person_stands_for_the_names() -> None:
    carry_out(in_hand(seconded_by=SID), typed=None)


@pytest.mark.parametrize("staff_id", [SID, None], ids=["the same person", "a key of nobody"])
def test_two_persons_are_two(staff_id: UUID | None) -> None:
    with pytest.raises(NeedsSomebodyElse):
        carry_out(in_hand(seconded_by=SID), typed=None, actor=person(staff_id))


def test_who_types_the_names_needs_nobody_else_and_types_them_right() -> None:
    carry_out(in_hand(seconded_by=SUE))

    with pytest.raises(TypedNamesDiffer):
        carry_out(in_hand(seconded_by=SID), typed="Harbour Dental / SMS")


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (PlanAtHand("sprint", "scale", RIGHT.services_left), "the client has another package"),
        (PlanAtHand("sprint", None, RIGHT.services_left), "the client has another package"),
        (PlanAtHand("sprint", "sprint", frozenset()), "'sms' is no service of 'sprint'"),
        (PlanAtHand("sprint", "sprint", RIGHT.services_left, ("It was voided.",)), "It was voided"),
    ],
)
def test_what_cannot_be_undone_is_not_done_on_a_plan_that_is_not_right(
    plan: PlanAtHand, says: str
) -> None:
    with pytest.raises(PlanNotRight, match=says) as refused:
        carry_out(plan=plan)

    assert refused.value.facts["wrong"]


def test_what_starts_or_is_paid_names_services_of_either_package() -> None:
    carry_out(in_hand(kind=AdjustmentKind.START_SERVICE, service="paid_ads"), typed=None)


@pytest.mark.parametrize(
    ("money", "limit", "refused_because"),
    [
        ("200.00 AUD", "200.00 AUD", None),
        ("200.01 AUD", "200.00 AUD", "more than the 200.00 AUD that may be waived"),
        ("1.00 USD", "200.00 AUD", "more than the"),
        (None, "200.00 AUD", "not known"),
        ("1.00 AUD", None, "lets nobody waive"),
    ],
)
def test_small_amounts_may_be_waived_and_no_others(
    money: str | None, limit: str | None, refused_because: str | None
) -> None:
    def amount(text: str | None) -> Money | None:
        return Money.of(*text.split()) if text else None

    if refused_because is None:
        may_waive(amount(money), amount(limit))
        return
    with pytest.raises(WaiverRefused, match=refused_because):
        may_waive(amount(money), amount(limit))
