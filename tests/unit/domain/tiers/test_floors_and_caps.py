"""Where prices stop: the floor of each pricing, the cap of the old one, a person beyond both."""

import pytest

from app.domain.tiers.outcome import Approval, Case
from tests.tiers import account, quoted, said


@pytest.mark.parametrize(
    ("pricing", "now", "users", "answer"),
    [
        ("legacy", "6-10 at 450.00", 5, "1-5 Users at 399.95"),
        ("core", "6-10 at 599.95", 5, "1-5 Users at 499.95"),
        ("core", "6-10 at 550.00", 5, "1-5 Users at 499.95"),
        ("growth", "6-10 at 799.95", 5, "1-5 Users at 699.95"),
        ("growth", "6-10 at 750.00", 5, "1-5 Users at 699.95"),
        ("legacy", "6-10 at 399.95", 5, "refused: at_floor"),
        ("core", "6-10 at 499.95", 5, "refused: at_floor"),
        ("legacy", "11-25 at 179.95", 10, "refused: below_floor"),
    ],
)
def test_no_decrease_goes_under_its_pricings_floor(
    pricing: str, now: str, users: int, answer: str
) -> None:
    assert said(quoted(account(now, pricing=pricing), users)) == answer


def test_a_discounted_start_is_the_floor_of_its_client() -> None:
    second_site = {"started": "1-5 at 359.95", "discounted": True}

    assert said(quoted(account("6-10 at 459.95", **second_site), 5)) == "1-5 Users at 359.95"  # type: ignore[arg-type]
    assert said(quoted(account("6-10 at 400.00", **second_site), 5)) == "1-5 Users at 359.95"  # type: ignore[arg-type]
    assert said(quoted(account("6-10 at 359.95", **second_site), 5)) == "refused: at_floor"  # type: ignore[arg-type]


def test_an_unknown_start_stops_a_decrease_and_no_rise() -> None:
    assert (
        said(quoted(account("6-10 at 500.00", started=None), 5)) == "needs_review: started_unknown"
    )
    assert said(quoted(account("6-10 at 500.00", started=None), 15)) == "11-15 Users at 600.00"


@pytest.mark.parametrize(
    ("now", "used", "users", "answer"),
    [
        ("1-5 at 399.95", 1, 45, "41-45 Users at 1199.95"),  # the ninth band
        ("1-5 at 399.95", 1, 46, "46-200 Users at 1299.95"),
        ("1-5 at 399.95", 1, 200, "46-200 Users at 1299.95"),
        ("11-25 at 499.95", 2, 60, "56-60 Users at 1199.95"),
        ("11-25 at 499.95", 2, 61, "61-200 Users at 1299.95"),
        ("1-5 at 499.95", 1, 50, "46-200 Users at 1399.95"),
        ("1-25 at 499.95", 1, 65, "61-65 Users at 1299.95"),
        ("1-25 at 499.95", 1, 66, "66-200 Users at 1399.95"),
        ("41-45 at 1199.95", 9, 46, "46-200 Users at 1299.95"),
    ],
)
def test_the_tenth_band_is_the_cap_where_it_was_offered_in_writing(
    now: str, used: int, users: int, answer: str
) -> None:
    found = quoted(account(now, bands_used=used, cap_in_writing=True), users)

    assert said(found) == answer
    capped = found.case is Case.UP_CAPPED
    assert found.approvals == ((Approval.CAPPED_PRICE,) if capped else ())


def test_without_a_written_offer_the_blocks_go_on() -> None:
    found = quoted(account("1-5 at 399.95"), 60)

    assert said(found) == "56-60 Users at 1499.95"
    assert found.approvals == ()


@pytest.mark.parametrize("in_writing", [False, True])
def test_beyond_two_hundred_users_old_pricing_is_for_a_person(in_writing: bool) -> None:
    found = quoted(account("1-5 at 399.95", cap_in_writing=in_writing), 201)

    assert said(found) == "needs_review: beyond_pricing"


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({"bands_used": None}, "needs_review: bands_used_unknown"),
        ({"bands_used": 10}, "needs_review: cap_reached"),
        ({"bands_used": 12}, "needs_review: cap_reached"),
        ({"idx_only": True}, "needs_review: idx_only_cap"),
    ],
)
def test_a_cap_that_cannot_be_counted_is_for_a_person(more: dict[str, object], answer: str) -> None:
    of = account("1-5 at 399.95", cap_in_writing=True, **more)  # type: ignore[arg-type]

    assert said(quoted(of, 60)) == answer


def test_nobody_steps_down_from_the_capped_band_by_blocks() -> None:
    of = account("46-200 at 1299.95", bands_used=10)

    assert said(quoted(of, 40)) == "needs_review: down_from_cap"


@pytest.mark.parametrize(
    ("pricing", "who"),
    [("core", "the sales lead"), ("growth", "the client's success manager")],
)
def test_beyond_forty_five_users_a_person_talks_about_the_price(pricing: str, who: str) -> None:
    of = account("41-45 at 1500.00", pricing=pricing)

    found = quoted(of, 46)

    assert said(found) == "custom_pricing: custom_pricing"
    assert found.goes_to == who
    assert (found.to_band, found.to_price, found.prorated) == (None, None, None)


def test_up_to_forty_five_users_the_policy_prices() -> None:
    assert said(quoted(account("1-5 at 499.95", pricing="core"), 45)) == "41-45 Users at 1299.95"


def test_idx_only_accounts_are_not_routed() -> None:
    of = account("26-50 at 400.00", pricing="growth", idx_only=True)

    assert said(quoted(of, 60)) == "51-75 Users at 500.00"


def test_old_pricing_has_no_custom_price() -> None:
    assert said(quoted(account("41-45 at 1199.95"), 50)) == "46-50 Users at 1299.95"
