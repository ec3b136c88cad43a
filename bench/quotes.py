"""How many quotes of user tiers one core reckons in a second, without database or network.

    .venv/bin/python bench/quotes.py [--rounds 7] [--seconds 1.0]

Asks the shipped policy over and over for the requests below, which hold every way through it:
up and down, by card, by blocks, to the floor, to the cap, refused, unchanged, for a person.
Prints quotes a second: median, least and most of the rounds. Reading accounts from JSON and
writing answers is not in it.
"""

import argparse
import statistics
import time
from datetime import date

from app.catalog.loader import load_catalog
from app.domain.money import Money
from app.domain.period import BillingPeriod
from app.domain.tiers.account import Account, Asked, Band, CardRow, Contract, Started
from app.domain.tiers.quote import quote

ON = date(2026, 12, 6)
CARD = (
    CardRow(Band(1, 10), Money.of("349.95", "USD")),
    CardRow(Band(11, 25), Money.of("499.95", "USD")),
)


def account(first: int, last: int, price: str, **more: object) -> Account:
    """An account out of contract, on legacy pricing unless said."""
    facts: dict[str, object] = {
        "pricing": "legacy",
        "started": Started(Band(1, 5), Money.of("399.95", "USD")),
        "bands_used": 1,
        **more,
    }
    return Account(
        band=Band(first, last),
        price=Money.of(price, "USD"),
        billing_period=BillingPeriod.MONTH,
        next_billing_on=date(2027, 1, 1),
        **facts,  # type: ignore[arg-type]
    )


BOUND = Contract(12, 6, date(2026, 12, 1), CARD)
LAST_CYCLE = Contract(12, 12, date(2026, 12, 1), CARD)
REQUESTS = (
    (account(1, 10, "349.95"), Asked(25, ON)),
    (account(1, 10, "349.95", contract=BOUND), Asked(25, ON)),
    (account(1, 10, "349.95", contract=LAST_CYCLE), Asked(25, ON)),
    (account(11, 25, "499.95"), Asked(10, ON)),
    (account(11, 25, "799.95"), Asked(20, ON)),
    (account(11, 25, "179.95"), Asked(10, ON)),
    (account(11, 25, "499.95"), Asked(20, ON)),
    (account(1, 5, "399.95", cap_offered_in_writing=True), Asked(60, ON)),
    (account(1, 5, "499.95", pricing="core"), Asked(46, ON)),
    (account(1, 25, "300.00", idx_only=True), Asked(60, ON)),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    chosen = parser.parse_args()
    policy = load_catalog().policies["user-tiers"]
    rates = []
    for _ in range(chosen.rounds):
        count, started = 0, time.perf_counter()
        while (taken := time.perf_counter() - started) < chosen.seconds:
            for of, asked in REQUESTS:
                quote(policy, of, asked)
            count += len(REQUESTS)
        rates.append(count / taken)
    print(
        f"quotes a second: median {statistics.median(rates):,.0f}   least {min(rates):,.0f}   "
        f"most {max(rates):,.0f}   rounds {len(rates)}"
    )


if __name__ == "__main__":
    main()
