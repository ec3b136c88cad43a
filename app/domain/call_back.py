"""What an automation calls back about a change of the bill, and whether that can be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.agreement import EventType
from app.domain.carrying_out import Evidence, must_have_evidence
from app.domain.errors import Conflict
from app.domain.fields import DocumentNotUnderstood, Reader
from app.domain.submission import CALL_BACKS


class CallBackOfAnotherKind(Conflict):
    """It says that something else was done than was asked for."""

    code = "call_back_of_another_kind"


class CallBackForAnotherPlan(Conflict):
    """Its agreement or plan is not the one that the adjustment belongs to."""

    code = "call_back_for_another_plan"


class CallBackForAnotherClient(Conflict):
    """Its client is not the one whose bill the adjustment changes."""

    code = "call_back_for_another_client"


class CallBackForVoided(Conflict):
    """The adjustment was voided: the bill may hold a change that nobody wants."""

    code = "call_back_for_voided"


class CallBackNotAskedFor(Conflict):
    """The adjustment was never submitted, so whatever was done was not done for it."""

    code = "call_back_not_asked_for"


class CallBackForMadeByHand(Conflict):
    """A person made the change after the request had failed: the bill may hold it twice."""

    code = "call_back_for_made_by_hand"


ANSWERABLE: Final = frozenset(
    {AdjustmentState.SUBMITTED, AdjustmentState.UNCERTAIN, AdjustmentState.FAILED}
)
"""States in which a call back is news; one that failed was made after all."""


@dataclass(frozen=True, slots=True)
class CallBack:
    """What the automation says; what it left out is None.

    Attributes:
        event: What was done.
        adjustment_id: For which change.
        evidence: Where it can be seen.
        agreement_ref, plan_ref: What it believes the change to belong to.
        client_ref, client_email: Whose bill it believes to have changed.
    """

    event: EventType
    adjustment_id: UUID
    evidence: Evidence | None
    agreement_ref: str | None
    plan_ref: str | None
    client_ref: str | None
    client_email: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, as it is known here.

    Attributes:
        kind, state: Of the adjustment.
        submitted: Whether a request for it left, in the window that it has now.
        by_hand: Whether a person made it, and not only saw that it was made.
        agreement_ref, plan_ref, client_ref, client_email: Whom it concerns.
    """

    kind: AdjustmentKind
    state: AdjustmentState
    submitted: bool
    by_hand: bool
    agreement_ref: str
    plan_ref: str
    client_ref: str | None
    client_email: str


def read_call_back(event: EventType, document: Mapping[str, object]) -> CallBack:
    """Read a call back; only the adjustment's id is indispensable to find out what it concerns.

    Raises:
        DocumentNotUnderstood: there is no id, it is none, or a field cannot be meant.

    Source: docs/billing-hook.md, "Calling back".
    """
    reader = Reader(document)
    adjustment_id = _id(reader)
    proof = reader.inner("evidence")
    reference, note = proof.text("reference", most=500), proof.text("note", most=2000)
    agreement_ref = reader.inner("agreement").text("ref")
    plan_ref = reader.inner("plan").text("ref")
    client = reader.inner("client")
    client_ref, client_email = client.text("ref"), client.email("email")
    if reader.faults or adjustment_id is None:
        raise DocumentNotUnderstood(reader.faults)
    evidence = Evidence(reference, note) if reference else None
    return CallBack(
        event, adjustment_id, evidence, agreement_ref, plan_ref, client_ref, client_email
    )


def _id(reader: Reader) -> UUID | None:
    text = reader.text("adjustment_id", required=True)
    try:
        return UUID(text) if text is not None else None
    except ValueError:
        reader.fault("adjustment_id", "id_invalid", "must be the id of an adjustment.")
        return None


def confirms(call: CallBack, asked: Asked) -> bool:
    """Whether a call back says something new, once it contradicts nothing that is known.

    Args:
        call: What the automation says.
        asked: What it was asked for.

    Returns:
        False where the adjustment is confirmed already: the first word stands.

    Raises:
        CallBackForAnotherPlan, CallBackForAnotherClient, CallBackOfAnotherKind: it is about
            something else than the adjustment that it names.
        CallBackForVoided, CallBackNotAskedFor, CallBackForMadeByHand: nobody wants the change,
            asked for it, or asked for it a second time.
        EvidenceMissing: it does not say where the change can be seen.

    Source: docs/domain/upgrade.md, "What happens" 4; docs/billing-hook.md, "Contradictions".
    """
    _must_concern_the_same(call, asked)
    expected = CALL_BACKS[asked.kind]
    if call.event is not expected:
        raise CallBackOfAnotherKind(
            f"It says {call.event}; what was asked for is answered with {expected}.",
            facts={"expected": str(expected)},
        )
    if asked.state is AdjustmentState.VOIDED:
        raise CallBackForVoided("The adjustment was voided: see what was changed in billing.")
    if asked.submitted and asked.state is AdjustmentState.CONFIRMED:
        if asked.by_hand:
            raise CallBackForMadeByHand(
                "A person made this change already: see whether the bill holds it twice."
            )
        return False
    if not asked.submitted or asked.state not in ANSWERABLE:
        raise CallBackNotAskedFor(
            f"The adjustment is {asked.state} and was never submitted: see what was changed."
        )
    must_have_evidence(call.evidence)
    return True


def _must_concern_the_same(call: CallBack, asked: Asked) -> None:
    if call.agreement_ref not in (None, asked.agreement_ref) or call.plan_ref not in (
        None,
        asked.plan_ref,
    ):
        raise CallBackForAnotherPlan(
            "The adjustment belongs to another plan than the one that the call back names."
        )
    # A client that was found by e-mail has no ref to compare.
    if call.client_ref is not None and asked.client_ref is not None:
        same = call.client_ref == asked.client_ref
    else:
        same = call.client_email in (None, asked.client_email)
    if not same:
        raise CallBackForAnotherClient(
            "The adjustment changes another client's bill than the one that the call back names."
        )
