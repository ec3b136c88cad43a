"""Packages, the services in them, and which package may follow which in an upgrade."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.errors import MovementNotListed, NotAnUpgrade, PackageUnknown
from app.domain.money import Money, total_of


@dataclass(frozen=True, slots=True)
class Service:
    """One thing a client gets."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class PackageService:
    """A service inside a package, with its price there for one billing period."""

    service: Service
    price: Money


@dataclass(frozen=True, slots=True)
class Package:
    """A named bundle of services; a higher rank is a higher package.

    `services` is never empty, and all its prices are in one currency. `sample` marks
    invented data that an installation is to replace.
    """

    key: str
    title: str
    rank: int
    billing_period: str
    services: tuple[PackageService, ...]
    sample: bool = False

    @property
    def price(self) -> Money:
        """What the package costs for one billing period: the sum of its services' prices."""
        currency = self.services[0].price.currency
        return total_of((item.price for item in self.services), currency)


@dataclass(frozen=True, slots=True)
class Movement:
    """A listed rise from one package to another, with the board groups that it does not need."""

    from_key: str
    to_key: str
    removed_groups: tuple[str, ...] = ()


def movement_between(
    packages: Mapping[str, Package],
    movements: Sequence[Movement],
    from_key: str,
    to_key: str,
) -> Movement:
    """An upgrade is a rise in rank that the movement table lists; nothing else is.

    Args:
        packages: Every package, by key.
        movements: The movement table.
        from_key: The package left.
        to_key: The package taken.

    Raises:
        PackageUnknown: One of the two is not in the catalog.
        NotAnUpgrade: The packages are the same or of one rank, or the rank falls.
        MovementNotListed: The rank rises, but the table has no such row.

    Source: docs/domain/upgrade.md, "What happens" 2 and I11.
    """
    left = _package(packages, from_key, pointer="/from_package")
    taken = _package(packages, to_key, pointer="/to_package")
    _refuse_unless_rising(left, taken)
    for movement in movements:
        if (movement.from_key, movement.to_key) == (from_key, to_key):
            return movement
    raise MovementNotListed(
        f"{left.title} to {taken.title} is a rise, but the movement table does not list it.",
        pointer="/to_package",
        facts={
            "from_package": from_key,
            "to_package": to_key,
            "listed": [m.to_key for m in movements if m.from_key == from_key],
        },
    )


def _package(packages: Mapping[str, Package], key: str, *, pointer: str) -> Package:
    if (package := packages.get(key)) is not None:
        return package
    known = sorted(packages, key=lambda each: packages[each].rank)
    raise PackageUnknown(
        f"There is no such package in the catalog; it has {', '.join(known)}.",
        pointer=pointer,
        facts={"known": known},
    )


def _refuse_unless_rising(left: Package, taken: Package) -> None:
    if taken.rank > left.rank:
        return
    if taken.key == left.key:
        change = "no_change"
        detail = (
            f"The client has {left.title} already, so nothing would change: this is not an upgrade."
        )
    elif taken.rank == left.rank:
        change = "sidegrade"
        detail = (
            f"{left.title} and {taken.title} are of one rank: this is a sidegrade, not an upgrade."
        )
    else:
        change = "downgrade"
        detail = (
            f"{left.title} to {taken.title} is a downgrade, not an upgrade; "
            "it belongs to the procedure for contract changes."
        )
    raise NotAnUpgrade(
        detail,
        pointer="/to_package",
        facts={"from_package": left.key, "to_package": taken.key, "change": change},
    )
