"""The shape of `packages.yaml` and `movements.yaml`, and the values made of them."""

from pydantic import Field

from app.catalog.faults import Fault
from app.catalog.reading import Document
from app.catalog.shapes import Amount, CurrencyCode, Flag, Key, Line, Shape, Whole
from app.domain.errors import Invalid
from app.domain.money import Money
from app.domain.movement import Movement, Package, PackageService, Service


class ServiceShape(Shape):
    """One service."""

    key: Key
    title: Line


class PricedShape(Shape):
    """A service inside a package."""

    service: Key
    price: Amount


class PackageShape(Shape):
    """One package."""

    key: Key
    title: Line
    rank: Whole
    services: tuple[PricedShape, ...] = Field(min_length=1, description="a list of services")


class PackagesShape(Shape):
    """`packages.yaml`."""

    sample: Flag = False
    currency: CurrencyCode
    billing_period: Line
    services: tuple[ServiceShape, ...] = Field(min_length=1, description="a list of services")
    packages: tuple[PackageShape, ...] = Field(min_length=1, description="a list of packages")


class MovementShape(Shape):
    """One row of the movement table."""

    from_package: Key
    to_package: Key
    remove_groups: tuple[Line, ...] = ()


class MovementsShape(Shape):
    """`movements.yaml`."""

    movements: tuple[MovementShape, ...] = Field(min_length=1, description="a list of movements")


PERIODS = ("weekly", "monthly")


def packages_of(
    shape: PackagesShape, document: Document, faults: list[Fault]
) -> tuple[dict[str, Service], dict[str, Package]] | None:
    """Services and packages by key; None where keys repeat, prices or names are wrong."""
    before = len(faults)
    services = {each.key: Service(each.key, each.title) for each in shape.services}
    _refuse_repeats([each.key for each in shape.services], "services", document, faults)
    _refuse_repeats([each.key for each in shape.packages], "packages", document, faults)
    if shape.billing_period not in PERIODS:
        message = f"expected one of {', '.join(PERIODS)}; found {shape.billing_period!r}"
        faults.append(document.fault(("billing_period",), message))
    packages: dict[str, Package] = {}
    for index, each in enumerate(shape.packages):
        inside = _priced(shape, index, services, document, faults)
        packages[each.key] = Package(
            each.key, each.title, each.rank, shape.billing_period, inside, shape.sample
        )
    return (services, packages) if len(faults) == before else None


def _priced(
    shape: PackagesShape,
    index: int,
    services: dict[str, Service],
    document: Document,
    faults: list[Fault],
) -> tuple[PackageService, ...]:
    priced: list[PackageService] = []
    seen: set[str] = set()
    for place, each in enumerate(shape.packages[index].services):
        at = ("packages", index, "services", place)
        if each.service in seen:
            faults.append(
                document.fault((*at, "service"), f"{each.service!r} is in this package twice")
            )
        seen.add(each.service)
        if (service := services.get(each.service)) is None:
            message = f"there is no service {each.service!r}; expected one of {_all(services)}"
            faults.append(document.fault((*at, "service"), message))
            continue
        try:
            price = Money.of(each.price, shape.currency)
        except Invalid as wrong:
            faults.append(document.fault((*at, "price"), wrong.detail))
            continue
        if price.amount <= 0:
            faults.append(document.fault((*at, "price"), "expected an amount above zero"))
        priced.append(PackageService(service, price))
    return tuple(priced)


def movements_of(
    shape: MovementsShape,
    document: Document,
    packages: dict[str, Package] | None,
    faults: list[Fault],
) -> tuple[Movement, ...] | None:
    """The movement table; None where a row repeats, names no package, or does not rise.

    Args:
        shape: The file as fitted.
        document: The file as read.
        packages: The packages, or None where their own file is at fault (then unchecked).
        faults: Where to add what is wrong.
    """
    before = len(faults)
    seen: set[tuple[str, str]] = set()
    for index, row in enumerate(shape.movements):
        pair = (row.from_package, row.to_package)
        if pair in seen:
            faults.append(document.fault(("movements", index), "stands in the table twice"))
        seen.add(pair)
        if packages is not None:
            _refuse_unlawful(row, index, packages, document, faults)
    if len(faults) > before:
        return None
    return tuple(
        Movement(row.from_package, row.to_package, row.remove_groups) for row in shape.movements
    )


def _refuse_unlawful(
    row: MovementShape,
    index: int,
    packages: dict[str, Package],
    document: Document,
    faults: list[Fault],
) -> None:
    sides = (("from_package", row.from_package), ("to_package", row.to_package))
    for field, key in sides:
        if key not in packages:
            message = f"there is no package {key!r}; expected one of {_all(packages)}"
            faults.append(document.fault(("movements", index, field), message))
    if row.from_package in packages and row.to_package in packages:
        left, taken = packages[row.from_package], packages[row.to_package]
        if taken.rank <= left.rank:
            message = (
                f"expected a package above {left.key} (rank {left.rank}); "
                f"{taken.key} has rank {taken.rank}"
            )
            faults.append(document.fault(("movements", index, "to_package"), message))


def _refuse_repeats(keys: list[str], part: str, document: Document, faults: list[Fault]) -> None:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            faults.append(document.fault((part, index, "key"), f"{key!r} stands here twice"))


def _all(names: dict[str, Service] | dict[str, Package]) -> str:
    return ", ".join(names)
