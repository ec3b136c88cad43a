"""The shape of `contracts.yaml`, and the policies of contracts made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, TypeVar

from pydantic import Field

from app.catalog.faults import Fault
from app.catalog.reading import Document
from app.catalog.shapes import Amount, Key, Line, Shape, Whole
from app.domain.approval import DiscountBand
from app.domain.contract.change import Anchoring, ChangeKind, ChangePolicy, When
from app.domain.day_count import Basis
from app.domain.proration import Manner

E = TypeVar("E", When, Manner, Anchoring, Basis)


@dataclass(frozen=True, slots=True)
class ContractPolicies:
    """How an installation reckons, approves and announces.

    Attributes:
        changes: By which rules each kind of change is reckoned.
        basis: How days are counted on new contracts.
        bands: Who approves a discount, by its depth.
        announce_days_before: Days before an end on which the renewal is announced, the first first.
        renewal_role: Whose it is to see to renewals, and to changes that were stopped.
    """

    changes: Mapping[ChangeKind, ChangePolicy]
    basis: Basis
    bands: tuple[DiscountBand, ...]
    announce_days_before: tuple[int, ...]
    renewal_role: str


class PolicyShape(Shape):
    """How one kind of change is reckoned."""

    when: Line
    manner: Line
    anchor: Line
    grace_days: Annotated[Whole, Field(ge=0, le=31)] = 0


class ChangesShape(Shape):
    """One policy for each kind."""

    upgrade: PolicyShape
    downgrade: PolicyShape
    renewal: PolicyShape
    recast: PolicyShape
    termination: PolicyShape


class BandShape(Shape):
    """Who approves discounts up to a depth."""

    up_to_percent: Amount | None
    approved_by: Key | None


class RenewalsShape(Shape):
    """When renewals are announced, and to whom."""

    announce_days_before: tuple[Annotated[Whole, Field(ge=1, le=3660)], ...] = Field(
        min_length=1, description="a list of days"
    )
    role: Key


class ContractsShape(Shape):
    """`contracts.yaml`."""

    changes: ChangesShape
    basis: Line
    discounts: tuple[BandShape, ...] = Field(min_length=1, description="a list of bands")
    renewals: RenewalsShape


def contracts_of(
    shape: ContractsShape, document: Document, faults: list[Fault]
) -> ContractPolicies | None:
    """The policies of contracts; None where a name, a depth or an order cannot be."""
    before = len(faults)
    changes = {
        kind: _policy(getattr(shape.changes, kind), kind, document, faults) for kind in ChangeKind
    }
    basis = _one_of(Basis, shape.basis, ("basis",), document, faults)
    bands = _bands(shape, document, faults)
    days = shape.renewals.announce_days_before
    if len(faults) > before:
        return None
    assert basis is not None
    return ContractPolicies(
        {kind: policy for kind, policy in changes.items() if policy is not None},
        basis,
        bands,
        tuple(sorted(set(days), reverse=True)),
        shape.renewals.role,
    )


def _policy(
    shape: PolicyShape, kind: ChangeKind, document: Document, faults: list[Fault]
) -> ChangePolicy | None:
    at = ("changes", str(kind))
    when = _one_of(When, shape.when, (*at, "when"), document, faults)
    manner = _one_of(Manner, shape.manner, (*at, "manner"), document, faults)
    anchor = _one_of(Anchoring, shape.anchor, (*at, "anchor"), document, faults)
    if when is None or manner is None or anchor is None:
        return None
    inside = kind in {ChangeKind.UPGRADE, ChangeKind.DOWNGRADE}
    if inside and anchor is Anchoring.RE_ANCHOR and manner is not Manner.FULL:
        message = "re_anchor needs the manner `full`: the days paid before would be billed twice"
        faults.append(document.fault((*at, "anchor"), message))
    return ChangePolicy(when, manner, anchor, shape.grace_days)


def _one_of(
    names: type[E], value: str, at: tuple[str | int, ...], document: Document, faults: list[Fault]
) -> E | None:
    try:
        return names(value)
    except ValueError:
        known = ", ".join(str(each) for each in names)
        faults.append(document.fault(at, f"expected one of {known}; found {value!r}"))
        return None


def _bands(
    shape: ContractsShape, document: Document, faults: list[Fault]
) -> tuple[DiscountBand, ...]:
    bands: list[DiscountBand] = []
    last = len(shape.discounts) - 1
    for index, each in enumerate(shape.discounts):
        at = ("discounts", index, "up_to_percent")
        if (each.up_to_percent is None) != (index == last):
            faults.append(document.fault(at, "the last band, and no other, has no end"))
            continue
        try:
            depth = None if each.up_to_percent is None else Fraction(each.up_to_percent)
        except (ValueError, ZeroDivisionError):
            faults.append(document.fault(at, 'expected a percentage as "10"'))
            continue
        before = bands[-1].up_to_percent if bands else Fraction(0)
        if depth is not None and before is not None and not before < depth <= 100:
            faults.append(document.fault(at, "expected a depth above the one before, at most 100"))
        bands.append(DiscountBand(depth, each.approved_by))
    return tuple(bands)
