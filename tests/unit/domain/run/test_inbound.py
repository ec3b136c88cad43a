"""What events say to the runs that they start."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.fields import DocumentNotUnderstood
from app.domain.run.inbound import (
    is_first_agreement,
    read_first,
    told_by_agreement,
    told_by_deal,
)

SIGNED: dict[str, Any] = {
    "event": "agreement.signed",
    "occurred_at": "2026-11-20T03:12:00Z",
    "agreement": {"ref": "MSA-9", "kind": "New"},
    "client": {"ref": "C-90", "email": "owner@harbour.example"},
    "inputs": {"tier": "gold"},
}


def test_a_first_agreement_is_told_by_its_kind() -> None:
    assert is_first_agreement(SIGNED)
    assert not is_first_agreement({"agreement": {"ref": "MSA-9"}})


def test_a_first_agreement_names_itself_and_its_client() -> None:
    assert read_first(SIGNED).ref == "C-90"
    with pytest.raises(DocumentNotUnderstood) as refused:
        read_first({"agreement": {"kind": "new"}})
    assert {fault.pointer for fault in refused.value.faults} == {"/agreement/ref", "/client/ref"}


def test_an_agreement_tells_its_client_and_its_day() -> None:
    known = {"name": "Harbour Dental", "email": None, "ref": "C-90"}

    told = told_by_agreement(SIGNED, "2026-11-20", known)

    assert told.subject_ref == "MSA-9"
    assert told.occurred_at == datetime(2026, 11, 20, 3, 12, tzinfo=UTC)
    assert told.figures == {
        "client_name": "Harbour Dental",
        "client_ref": "C-90",
        "new_client": True,
        "signed_on": "2026-11-20",
        "agreement_ref": "MSA-9",
        "tier": "gold",
    }


def test_a_deal_tells_its_own_fields() -> None:
    event = {"deal": {"ref": "DEAL-5", "csm": "Cleo", "ae": None}, "inputs": {"csm": "Carl"}}

    told = told_by_deal(event)

    assert (told.subject_ref, told.figures) == ("DEAL-5", {"ref": "DEAL-5", "csm": "Carl"})
    with pytest.raises(DocumentNotUnderstood):
        told_by_deal({"deal": {}})
