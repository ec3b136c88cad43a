"""What the rules refuse, as facts with a stable code; no transport words in here."""

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """A rule was not met.

    Args:
        detail: One sentence for a person: the fact, and what would be right.
        pointer: JSON pointer of the field at fault in the caller's document, if one is.
        facts: Further values worth returning (days, names of states), JSON-ready.
    """

    code: ClassVar[str] = "rule_not_met"

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.facts: Mapping[str, object] = dict(facts or {})


class Invalid(DomainError):
    """A value that can never be right."""

    code = "invalid"


class Conflict(DomainError):
    """Right in itself, but not in the present state."""

    code = "conflict"


class NotFound(DomainError):
    """There is no such thing."""

    code = "not_found"


class Forbidden(DomainError):
    """Somebody else may do this."""

    code = "forbidden"


# Values ------------------------------------------------------------------------------------


class AmountInvalid(Invalid):
    """An amount of money that its currency cannot express."""

    code = "amount_invalid"


class CurrencyUnknown(Invalid):
    """Not an ISO 4217 currency in circulation."""

    code = "currency_unknown"


class CurrenciesDiffer(Invalid):
    """Amounts of two currencies were to be reckoned together."""

    code = "currencies_differ"


class PeriodEmpty(Invalid):
    """A period that holds no day."""

    code = "period_empty"


class ZoneUnknown(Invalid):
    """Not the name of an IANA time zone."""

    code = "zone_unknown"


class DayNotUnderstood(Invalid):
    """Neither an ISO day nor an instant with its zone."""

    code = "day_not_understood"


class AnchorInvalid(Invalid):
    """A billing anchor that its period cannot have."""

    code = "anchor_invalid"


# Packages ----------------------------------------------------------------------------------


class PackageUnknown(Invalid):
    """Not a package of the catalog."""

    code = "package_unknown"


class NotAnUpgrade(Invalid):
    """The same package, one of the same rank, or a lower one."""

    code = "not_an_upgrade"


class MovementNotListed(Invalid):
    """A rise in rank that the movement table does not list."""

    code = "movement_not_listed"


class StepsInACircle(Invalid):
    """Steps of a playbook that wait for one another."""

    code = "steps_in_a_circle"


# Reckoning ---------------------------------------------------------------------------------


class WeightsInvalid(Invalid):
    """Weights by which nothing can be split."""

    code = "weights_invalid"


class PriceNegative(Invalid):
    """A price below zero."""

    code = "price_negative"


class ChangeOutsidePeriod(Invalid):
    """A change on a day that the period does not hold."""

    code = "change_outside_period"


# Looked for, and not there ------------------------------------------------------------------


class TaskNotFound(NotFound):
    """There is no task with this id."""

    code = "task_not_found"


class AdjustmentNotFound(NotFound):
    """There is no adjustment with this id."""

    code = "adjustment_not_found"


class DeliveryNotFound(NotFound):
    """There is no delivery with this id."""

    code = "delivery_not_found"


class EventNotFound(NotFound):
    """There is no inbound event with this id."""

    code = "inbound_event_not_found"


class StaffNotFound(NotFound):
    """There is no member of staff with this id."""

    code = "staff_not_found"


class ClientNotFound(NotFound):
    """There is no client with this id."""

    code = "client_not_found"
