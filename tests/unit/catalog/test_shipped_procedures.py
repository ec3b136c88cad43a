"""Client onboarding and customer handoff as shipped: the figures of their sources."""

from functools import cache

from app.catalog.faults import Fault
from app.catalog.files import SHIPPED
from app.catalog.playbook_files import read_playbook
from app.domain.playbook.condition import number
from app.domain.playbook.form import FieldKind, fill
from app.domain.playbook.governance import ReviewCycle
from app.domain.playbook.model import Evidence, OffsetUnit, Playbook, TimeStandard
from app.domain.playbook.reminder import Span, SpanUnit

TWO_HOURS = Span(2, SpanUnit.BUSINESS_HOURS)
AT_ONCE = Span(0, SpanUnit.BUSINESS_HOURS)


@cache
def shipped(key: str) -> Playbook:
    faults: list[Fault] = []
    name = f"playbooks/{key}.yaml"
    text = (SHIPPED / name).read_text(encoding="utf-8")
    found = read_playbook(name, text, faults, services=frozenset())
    assert found is not None, faults
    assert faults == []
    return found[1]


def targets(playbook: Playbook) -> dict[str, str]:
    return {
        each.key: f"{each.target.sign} {number(each.target.value)}" if each.target else "tracked"
        for each in playbook.measures
    }


def dues(playbook: Playbook) -> dict[str, int]:
    """The days on which the steps of a playbook are due; none is due in hours."""
    assert {step.due.unit for step in playbook.steps} == {OffsetUnit.CALENDAR_DAYS}
    return {step.key: step.due.amount for step in playbook.steps}


# Client onboarding -----------------------------------------------------------------------------


def test_eight_steps_follow_one_another_and_end_after_ninety_days() -> None:
    book = shipped("client-onboarding")
    keys = [step.key for step in book.steps]

    assert keys == [
        *("preboarding", "kickoff", "discovery", "security"),
        *("documentation", "quick_win", "health_check", "transition_review"),
    ]
    assert [step.waits_for for step in book.steps] == [(), *((key,) for key in keys[:-1])]
    days = dues(book)
    assert (days["health_check"], days["transition_review"]) == (30, 90)
    assert list(days.values()) == sorted(days.values())


def test_the_technician_executes_the_first_four_and_never_verifies_them() -> None:
    book = shipped("client-onboarding")

    assert [step.role for step in book.steps] == [*["technician"] * 4, *["account_manager"] * 4]
    assert {step.verified_by for step in book.steps} == {"service_manager"}


def test_every_step_has_the_seven_checks_in_order_its_standard_and_its_mistakes() -> None:
    for step in shipped("client-onboarding").steps:
        assert [(item.text, item.required, item.evidence) for item in step.checklist] == [
            ("All prerequisites are verified", True, None),
            ("Stakeholders are told of the timeline", True, None),
            ("Tools and access are confirmed", True, None),
            ("The process was executed to standard", True, None),
            ("Quality is verified", True, None),
            ("Documentation is updated in the PSA", True, Evidence.NOTE),
            ("Handoff or closure is done", True, None),
        ]
        assert step.ordered
        assert step.takes == TimeStandard(30, 240)
        assert (len(step.mistakes), len(step.tools) >= 4) == (4, True)


def test_what_is_blocked_is_escalated_within_two_hours_up_its_path() -> None:
    book = shipped("client-onboarding")
    blocked = [each for each in book.deadlines if each.counts_from == "blocked"]
    paths = {each.key: [(rung.role, rung.after) for rung in each.path] for each in book.escalations}

    assert [each.within for each in blocked] == [TWO_HOURS, TWO_HOURS]
    assert [step for each in blocked for step in each.steps] == [step.key for step in book.steps]
    assert [each.escalation for each in blocked] == ["delivery", "account"]
    assert paths == {
        "delivery": [
            ("service_manager", AT_ONCE),
            ("operations_director", TWO_HOURS),
            ("ceo", TWO_HOURS),
        ],
        "account": [("general_manager", AT_ONCE)],
        "commercial": [("ceo", AT_ONCE)],
    }


def test_the_onboarding_has_the_targets_of_its_source() -> None:
    assert targets(shipped("client-onboarding")) == {
        "adherence": "> 95",
        "first_pass_quality": "> 90",
        "satisfaction": "> 4.5",
        "rework": "< 5",
        "process_time": "tracked",
        "timeliness": "== 100",
        "audit_trail": "== 100",
        "accuracy": ">= 99",
        "surprises": "== 0",
    }


def test_deviations_and_the_onboarding_itself_are_approved_at_the_top() -> None:
    book = shipped("client-onboarding")

    assert book.review_cycle is ReviewCycle.QUARTERLY
    assert book.deviations_approved_by == "operations_director"
    assert book.governance is not None
    assert book.governance.approvals == ("operations_director", "ceo")


# Customer handoff ------------------------------------------------------------------------------


def test_the_handoff_goes_from_the_close_to_day_30() -> None:
    assert dues(shipped("customer-handoff")) == {
        "prepare": 0,
        "documents": 0,
        "handoff_meeting": 1,
        "introduce": 2,
        "kickoff": 5,
        "week_1": 7,
        "first_value": 13,
        "weeks_2_to_4": 28,
        "review_30": 30,
    }


def test_the_meetings_have_their_parts_and_minutes() -> None:
    steps = {step.key: step for step in shipped("customer-handoff").steps}

    def minutes(key: str) -> list[int]:
        texts = (item.text.rpartition(", ") for item in steps[key].checklist)
        return [int(end.split()[0]) for _, comma, end in texts if comma]

    assert minutes("handoff_meeting") == [5, 5, 10, 5, 3, 2]
    assert minutes("kickoff") == [5, 15, 20, 10, 5, 5]
    assert steps["handoff_meeting"].takes == TimeStandard(30, 30)
    assert steps["kickoff"].takes == TimeStandard(60, 60)
    delivered = [each for each in steps["kickoff"].checklist if each.text.startswith("Delivered")]
    counts = {key: len(step.checklist) for key, step in steps.items()}
    assert len(delivered) == 5
    assert (counts["prepare"], counts["documents"], counts["week_1"]) == (5, 6, 5)
    assert (counts["weeks_2_to_4"], counts["review_30"]) == (5, 5)


def test_the_handoff_form_takes_a_filled_one_and_names_what_is_missing() -> None:
    fields = shipped("customer-handoff").inputs
    form = {
        "customer": "Harbour Dental (sample)",
        "customer_email": "owner@harbour.example",
        "csm": "Cleo",
        "ae": "Abe",
        "contract_value": "48000.00",
        "contract_term": 12,
        "go_live_on": "2027-01-11",
        "champion": "Cho, office manager",
        "executive": "Eve, owner",
        "technical": "Tim, IT",
        "criteria": ["20 % fewer missed appointments by June"],
    }

    assert fill(fields, form).wrong == {}
    assert fill(fields, {**form, "criteria": [], "champion": None}).wrong == {
        "champion": "is missing: Champion: name and title",
        "criteria": "is missing: Success criteria that can be measured",
    }
    kinds = {field.key: field.kind for field in fields}
    assert (kinds["contract_term"], kinds["go_live_on"]) == (FieldKind.WHOLE, FieldKind.DAY)


def test_the_handoff_has_the_targets_of_its_source() -> None:
    book = shipped("customer-handoff")

    assert targets(book) == {
        "form_complete": "== 100",
        "kickoff_within_3_days": ">= 95",
        "satisfaction_30": "> 8",
        "time_to_value": "< 14",
        "handoff_nps": "> 50",
    }
    assert book.owner == "vp_customer_success"
    assert {each.escalation for each in book.deadlines} == {"up"}
