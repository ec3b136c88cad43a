"""What the rules of contracts refuse; each refusal names its fact."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.errors import Conflict, DomainError, Invalid, NotFound


class ContractNotFound(NotFound):
    """There is no contract with this id."""

    code = "contract_not_found"


class ChangeNotFound(NotFound):
    """There is no change with this id."""

    code = "change_not_found"


class TermEmpty(Invalid):
    """A contract, or a line, that ends before it starts."""

    code = "ends_before_start"


class LineInvalid(Invalid):
    """A line that cannot be: its quantity, its price or its discount."""

    code = "line_invalid"


class QuantityInvalid(LineInvalid):
    """Fewer than none, or more than can be kept."""

    code = "quantity_invalid"


class LinesOverlap(Invalid):
    """Two lines of one product on one contract, on the same day."""

    code = "lines_overlap"


class LinesBeginLater(Invalid):
    """Lines that begin only after a recast, of which it says nothing."""

    code = "lines_begin_later"


class LineOutsideTerm(Invalid):
    """A line on days that the contract does not have."""

    code = "line_outside_term"


class LinesMissing(Invalid):
    """A contract or a change without a line."""

    code = "lines_missing"


class ProductNotOnContract(Invalid):
    """A product to alter that the contract does not have then."""

    code = "product_not_on_contract"


class PriceMissing(Invalid):
    """A product that is new to the contract, without a price."""

    code = "price_missing"


class NothingChanges(Invalid):
    """A change that leaves everything as it is."""

    code = "nothing_changes"


class KindMismatch(Invalid):
    """A change that is called by another kind's name."""

    code = "kind_mismatch"


class EffectiveInPast(Invalid):
    """A day before today, by somebody who may not back-date, or for what never can be."""

    code = "effective_in_past"


class EffectiveOutsideTerm(Invalid):
    """A day on which the contract does not run."""

    code = "effective_outside_term"


class BillingBeforeStart(Invalid):
    """A new price from before the day on which the service starts."""

    code = "billing_before_start"


class ContractEnded(Conflict):
    """A change of a contract that is over, or will be by then."""

    code = "contract_ended"


class NoticeTooShort(Invalid):
    """A termination later than the contract's notice period allows."""

    code = "notice_too_short"


class RenewalNotAtEnd(Invalid):
    """A renewal on another day than the one after the contract's last."""

    code = "renewal_not_at_end"


class RenewedBefore(Conflict):
    """A second renewal of one contract."""

    code = "renewed_before"


class CreditTooHigh(Invalid):
    """A stated credit above what was paid and is not used."""

    code = "credit_above_paid"


class BaseGone(Conflict):
    """A change of a line that an earlier change has ended."""

    code = "base_gone"


class ChangeNotPending(Conflict):
    """An action on a change whose state does not allow it."""

    code = "change_not_pending"


class ChangeByPlan(Conflict):
    """A change that an upgrade plan carries out: it follows the plan."""

    code = "change_by_plan"


class NotBilledYet(Conflict):
    """A change of a line before its first bill, with nothing known of what paid for its days."""

    code = "not_billed_yet"


class TermTooLong(Invalid):
    """A term that ends after the last day that can be told."""

    code = "term_too_long"


class FieldUnfit(Invalid):
    """A field that a change of this kind does not have."""

    code = "field_unfit"


class PolicyImpossible(Invalid):
    """A policy that would bill days twice."""

    code = "policy_impossible"


class NothingToReinstate(Conflict):
    """A change that is no termination: only the end of a contract is taken back so."""

    code = "nothing_to_reinstate"


@contextmanager
def at_line(at: int) -> Iterator[None]:
    """Have what a line refuses point into the caller's document: a line knows no other lines.

    Args:
        at: Which line of the document, from zero.
    """
    try:
        yield
    except DomainError as refusal:
        refusal.pointer = f"/lines/{at}{refusal.pointer or ''}"
        raise
