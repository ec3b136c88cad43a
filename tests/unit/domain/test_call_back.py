"""A call back is believed where it fits what was asked for, and refused by name where not."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.agreement import EventType
from app.domain.call_back import (
    ANSWERABLE,
    Asked,
    CallBack,
    CallBackForAnotherClient,
    CallBackForAnotherPlan,
    CallBackForMadeByHand,
    CallBackForVoided,
    CallBackNotAskedFor,
    CallBackOfAnotherKind,
    confirms,
    read_call_back,
)
from app.domain.carrying_out import Evidence, EvidenceMissing
from app.domain.errors import DomainError
from app.domain.fields import DocumentNotUnderstood

ID = "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11"
CANCELLED = EventType.SERVICE_CANCELLED
DOCUMENT: dict[str, Any] = {
    "event": "billing.service_cancelled",
    "adjustment_id": ID,
    "evidence": {"reference": "IGN-7", "note": "Ended at 09:12."},
    "agreement": {"ref": "PROP-1042"},
    "plan": {"ref": "UPG-01JD"},
    "client": {"ref": "C-77", "email": "Owner@HarbourDental.example"},
}
ASKED = Asked(
    kind=AdjustmentKind.CANCEL_SERVICE,
    state=AdjustmentState.SUBMITTED,
    submitted=True,
    by_hand=False,
    agreement_ref="PROP-1042",
    plan_ref="UPG-01JD",
    client_ref="C-77",
    client_email="owner@harbourdental.example",
)


def called(**changes: Any) -> CallBack:
    return replace(read_call_back(CANCELLED, DOCUMENT), **changes)


def test_a_call_back_is_read_whole() -> None:
    assert read_call_back(CANCELLED, DOCUMENT) == CallBack(
        CANCELLED,
        UUID(ID),
        Evidence("IGN-7", "Ended at 09:12."),
        "PROP-1042",
        "UPG-01JD",
        "C-77",
        "owner@harbourdental.example",
    )


def test_the_id_and_the_evidence_are_enough() -> None:
    short = {"adjustment_id": ID.upper(), "evidence": {"reference": 7}}

    assert read_call_back(CANCELLED, short) == CallBack(
        CANCELLED, UUID(ID), Evidence("7", None), None, None, None, None
    )


@pytest.mark.parametrize(
    ("document", "codes"),
    [
        ({}, ["required"]),
        ({"adjustment_id": "sms"}, ["id_invalid"]),
        ({"adjustment_id": {}}, ["not_text"]),
        ({"adjustment_id": ID, "evidence": "IGN-7"}, ["not_an_object"]),
        ({"adjustment_id": ID, "evidence": {"reference": "x" * 501}}, ["too_long"]),
        ({"adjustment_id": ID, "client": {"email": "owner"}}, ["email_invalid"]),
    ],
)
def test_what_cannot_be_meant_is_not_understood(document: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(DocumentNotUnderstood) as caught:
        read_call_back(CANCELLED, document)

    assert caught.value.facts == {"codes": codes}


@pytest.mark.parametrize("state", sorted(ANSWERABLE))
def test_what_was_submitted_is_confirmed_also_when_it_was_given_up(state: AdjustmentState) -> None:
    assert confirms(called(), replace(ASKED, state=state)) is True


def test_the_first_word_stands() -> None:
    assert confirms(called(), replace(ASKED, state=AdjustmentState.CONFIRMED)) is False
    later = called(evidence=None)
    assert confirms(later, replace(ASKED, state=AdjustmentState.CONFIRMED)) is False


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement_ref": None, "plan_ref": None, "client_ref": None, "client_email": None},
        {"client_ref": None},
        {"client_email": "another@harbourdental.example"},
    ],
    ids=["nothing named", "by e-mail", "an address that changed"],
)
def test_what_it_leaves_out_contradicts_nothing(changes: dict[str, Any]) -> None:
    assert confirms(called(**changes), ASKED) is True


@pytest.mark.parametrize(
    ("changes", "asked", "expected"),
    [
        ({"agreement_ref": "PROP-1"}, {}, CallBackForAnotherPlan),
        ({"plan_ref": "UPG-1"}, {}, CallBackForAnotherPlan),
        ({"client_ref": "C-78"}, {}, CallBackForAnotherClient),
        (
            {"client_ref": None, "client_email": "b@b.example"},
            {},
            CallBackForAnotherClient,
        ),
        (
            {"client_email": "b@b.example"},
            {"client_ref": None},
            CallBackForAnotherClient,
        ),
        ({"event": EventType.SERVICE_STARTED}, {}, CallBackOfAnotherKind),
        ({"event": EventType.CREDITED}, {}, CallBackOfAnotherKind),
        ({}, {"kind": AdjustmentKind.CHARGE}, CallBackOfAnotherKind),
        ({}, {"state": AdjustmentState.VOIDED}, CallBackForVoided),
        ({}, {"state": AdjustmentState.SCHEDULED}, CallBackNotAskedFor),
        ({}, {"state": AdjustmentState.DUE}, CallBackNotAskedFor),
        ({}, {"state": AdjustmentState.FAILED, "submitted": False}, CallBackNotAskedFor),
        ({}, {"state": AdjustmentState.CONFIRMED, "submitted": False}, CallBackNotAskedFor),
        ({}, {"state": AdjustmentState.CONFIRMED, "by_hand": True}, CallBackForMadeByHand),
        ({"evidence": None}, {}, EvidenceMissing),
        ({"evidence": Evidence("  ")}, {}, EvidenceMissing),
    ],
)
def test_a_contradiction_has_a_name(
    changes: dict[str, Any], asked: dict[str, Any], expected: type[DomainError]
) -> None:
    with pytest.raises(DomainError) as caught:
        confirms(called(**changes), replace(ASKED, **asked))

    assert type(caught.value) is expected
