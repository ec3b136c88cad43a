"""Which package may follow which, and what the refusals say."""

import pytest

from app.domain.errors import MovementNotListed, NotAnUpgrade, PackageUnknown
from app.domain.money import Money
from app.domain.movement import Movement, Package, PackageService, Service, movement_between

SMS = Service("sms", "SMS")
CARE = Service("website_care", "Website Care")


def package(key: str, rank: int, *prices: str) -> Package:
    services = zip((CARE, SMS), prices or ("49.00",), strict=False)
    priced = tuple(PackageService(each, Money.of(price, "AUD")) for each, price in services)
    return Package(key, key.title(), rank, "weekly", priced)


PACKAGES = {p.key: p for p in (package("start", 1), package("sprint", 2), package("scale", 3))}
TABLE = (
    Movement("start", "sprint"),
    Movement("sprint", "scale", ("Google Business",)),
)


def test_a_package_costs_what_its_services_cost_together() -> None:
    assert package("sprint", 2, "49.00", "0.95").price == Money.of("49.95", "AUD")


def test_a_listed_rise_is_a_movement() -> None:
    movement = movement_between(PACKAGES, TABLE, "sprint", "scale")

    assert movement.removed_groups == ("Google Business",)


def test_a_rise_that_the_table_does_not_list_is_refused_with_those_it_lists() -> None:
    with pytest.raises(MovementNotListed) as refused:
        movement_between(PACKAGES, TABLE, "start", "scale")

    assert refused.value.pointer == "/to_package"
    assert refused.value.facts["listed"] == ["sprint"]


@pytest.mark.parametrize(
    ("left", "taken", "pointer"),
    [("premium", "scale", "/from_package"), ("start", "SCALE", "/to_package")],
)
def test_a_package_that_is_not_in_the_catalog_is_named(left: str, taken: str, pointer: str) -> None:
    with pytest.raises(PackageUnknown) as refused:
        movement_between(PACKAGES, TABLE, left, taken)

    assert refused.value.pointer == pointer
    assert refused.value.facts["known"] == ["start", "sprint", "scale"]
    assert "start, sprint, scale" in refused.value.detail


@pytest.mark.parametrize(
    ("left", "taken", "change", "words"),
    [
        ("scale", "sprint", "downgrade", "is a downgrade"),
        ("scale", "start", "downgrade", "is a downgrade"),
        ("sprint", "sprint", "no_change", "so nothing would change: this is not an upgrade."),
        ("sprint", "dash", "sidegrade", "is a sidegrade"),
    ],
)
def test_what_does_not_rise_is_refused_and_named_as_the_change_that_it_is(
    left: str, taken: str, change: str, words: str
) -> None:
    # Given a table that lists the change all the same
    packages = {**PACKAGES, "dash": package("dash", 2)}
    table = (Movement(left, taken),)

    # When it is asked for as an upgrade
    with pytest.raises(NotAnUpgrade) as refused:
        movement_between(packages, table, left, taken)

    # Then it is refused by its name
    assert refused.value.facts["change"] == change
    assert words in refused.value.detail
