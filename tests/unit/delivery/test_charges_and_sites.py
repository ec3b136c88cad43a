"""A charge that may have been made is looked up first; a site is looked at before it is changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.ids import new_id
from app.delivery.charges import create_charge
from app.delivery.sending import Sending
from app.delivery.sites import apply_to_site
from app.delivery.systems import Systems
from app.domain.delivery import DeliveryKind
from app.domain.tiers.flow import SiteMismatch
from app.ports.charges import ChargeMade, ChargeWanted
from app.ports.errors import OutcomeUnknown
from app.ports.provisioning import SiteFound

NOW = datetime(2026, 12, 6, 9, 0, tzinfo=UTC)
MADE = ChargeMade("pi_1", 25161, "USD", "Visa 4242")
CHARGE: dict[str, Any] = {
    "quote_id": "q-1",
    "reference": "TQ-1",
    "minor": 25161,
    "currency": "USD",
    "customer_ref": "cus_1",
    "payment_method_ref": "pm_1",
    "description": "21-25 Users",
    "receipt_email": None,
    "repeat_until": (NOW + timedelta(hours=23)).isoformat(),
}
SITE: dict[str, Any] = {"database": "db-7", "site_id": "site-42", "limit": 25}


@dataclass
class Cards:
    """Charges cards, and knows of those it was told of."""

    known: ChargeMade | None = None
    made: ChargeMade = MADE
    keys: list[str] = field(default_factory=list)
    looked: int = 0

    async def charge(self, wanted: ChargeWanted, *, key: str) -> ChargeMade:
        self.keys.append(key)
        return self.made

    async def find(self, quote_id: str) -> ChargeMade | None:
        self.looked += 1
        return self.known

    async def probe(self) -> str:
        return "fine"


@dataclass
class Places:
    """The clients' system, which answers from some place, and may answer from another later."""

    found: list[SiteFound]
    changes: list[Mapping[str, object]] = field(default_factory=list)

    async def look(self, database: str, site_id: str) -> SiteFound:
        return self.found[0]

    async def apply(self, change: Mapping[str, object], *, key: str) -> SiteFound:
        self.changes.append(change)
        return self.found[-1]

    async def probe(self) -> str:
        return "fine"


def sending(
    kind: DeliveryKind, payload: dict[str, Any], *, unsure: bool = False, at: datetime = NOW
) -> Sending:
    async def now() -> datetime:
        return at

    async def remember(_progress: Mapping[str, Any]) -> None:
        return None

    return Sending(new_id(), kind, "TQ-1/charge#1", payload, {}, None, unsure, now, remember)


async def test_a_first_charge_is_not_looked_for() -> None:
    cards = Cards()

    done = await create_charge(sending(DeliveryKind.CHARGE_CREATE, CHARGE), Systems(charges=cards))

    assert done.result == {"ref": "pi_1", "minor": 25161, "currency": "USD", "card": "Visa 4242"}
    assert (cards.keys, cards.looked) == (["TQ-1/charge#1"], 0)


async def test_a_charge_that_may_have_been_made_is_found_and_not_repeated() -> None:
    cards = Cards(known=MADE)

    unsure = sending(DeliveryKind.CHARGE_CREATE, CHARGE, unsure=True)
    done = await create_charge(unsure, Systems(charges=cards))

    assert done.result["ref"] == "pi_1"
    assert (cards.keys, cards.looked) == ([], 1)


@pytest.mark.parametrize("unsure", [False, True])
@pytest.mark.parametrize(
    ("told", "spoken"),
    [
        (ChargeMade("pi_1", 2516, "USD"), "25.16 USD"),
        (ChargeMade("pi_1", 25161, "EUR"), "251.61 EUR"),
    ],
)
async def test_a_charge_of_another_amount_is_not_believed(
    told: ChargeMade, spoken: str, unsure: bool
) -> None:
    cards = Cards(known=told, made=told)

    wanted = sending(DeliveryKind.CHARGE_CREATE, CHARGE, unsure=unsure)
    with pytest.raises(OutcomeUnknown, match=f"{spoken}.*251.61 USD was asked for") as refused:
        await create_charge(wanted, Systems(charges=cards))

    assert refused.value.code == "another_amount"


async def test_what_is_not_found_is_repeated_under_its_key_while_the_vendor_knows_it() -> None:
    cards = Cards()
    late = NOW + timedelta(hours=22, minutes=59)

    unsure = sending(DeliveryKind.CHARGE_CREATE, CHARGE, unsure=True, at=late)
    await create_charge(unsure, Systems(charges=cards))

    assert (cards.keys, cards.looked) == (["TQ-1/charge#1"], 1)


async def test_after_that_a_person_decides() -> None:
    cards = Cards()
    too_late = NOW + timedelta(hours=23)

    unsure = sending(DeliveryKind.CHARGE_CREATE, CHARGE, unsure=True, at=too_late)
    with pytest.raises(OutcomeUnknown):
        await create_charge(unsure, Systems(charges=cards))

    assert cards.keys == []


async def test_the_accounts_own_site_is_changed_and_says_what_it_had() -> None:
    places = Places([SiteFound("db-7", "site-42", 10), SiteFound("db-7", "site-42", 25)])

    done = await apply_to_site(sending(DeliveryKind.SITE_APPLY, SITE), Systems(sites=places))

    assert done.result == {"database": "db-7", "site_id": "site-42", "limit": 25}
    assert [change["was_limit"] for change in places.changes] == [10]


@pytest.mark.parametrize(
    "found", [SiteFound("db-8", "site-42", 10), SiteFound("db-7", "site-43", 10)]
)
async def test_another_database_or_site_is_never_changed(found: SiteFound) -> None:
    places = Places([found])

    with pytest.raises(SiteMismatch):
        await apply_to_site(sending(DeliveryKind.SITE_APPLY, SITE), Systems(sites=places))

    assert places.changes == []
