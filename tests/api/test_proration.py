"""Proration by itself, over HTTP."""

from typing import Any

import httpx
import pytest

MAY: dict[str, Any] = {
    "period": {"from": "2026-05-01", "to": "2026-06-01"},
    "change_on": "2026-05-07",
    "old": {"amount": "599.95", "currency": "USD"},
    "new": {"amount": "9.95", "currency": "USD"},
    "policy": "full",
    "basis": "actual_days",
}


async def test_the_documented_example_is_what_it_says(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/proration/preview", json=MAY)

    assert answer.status_code == 200
    assert answer.json() == {
        "rows": [
            {
                "kind": "credit",
                "money": {"amount": "483.83", "currency": "USD"},
                "days": 25,
                "of_days": 31,
                "price": {"amount": "599.95", "currency": "USD"},
                "sentence": "25 of 31 days (7 to 31 May 2026) at 599.95 USD a period were paid "
                "but are not used: credit 483.83 USD",
            },
            {
                "kind": "charge",
                "money": {"amount": "8.02", "currency": "USD"},
                "days": 25,
                "of_days": 31,
                "price": {"amount": "9.95", "currency": "USD"},
                "sentence": "25 of 31 days (7 to 31 May 2026) at 9.95 USD a period are served "
                "but not billed: charge 8.02 USD",
            },
        ],
        "net": {"amount": "-475.81", "currency": "USD"},
    }


@pytest.mark.parametrize(
    ("changes", "rows", "net"),
    [
        ({"policy": "none"}, [], "0.00"),
        ({"policy": "charge_only"}, [], "0.00"),  # a fall
        (
            {"policy": "charge_only", "new": {"amount": "699.95", "currency": "USD"}},
            [("charge", "80.65", 25, 31)],  # 100.00 x 25 / 31 = 80.645...
            "80.65",
        ),
        (
            {"basis": "thirty_days"},
            [("credit", "479.96", 24, 30), ("charge", "7.96", 24, 30)],
            "-472.00",
        ),
    ],
)
async def test_policies_and_bases(
    client: httpx.AsyncClient, changes: dict[str, Any], rows: list[Any], net: str
) -> None:
    found = (await client.post("/v1/proration/preview", json={**MAY, **changes})).json()

    assert [
        (row["kind"], row["money"]["amount"], row["days"], row["of_days"]) for row in found["rows"]
    ] == rows
    assert found["net"]["amount"] == net


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"old": {"amount": "-1.00", "currency": "USD"}}, "/old"),
        ({"old": {"amount": "1.00", "currency": "XYZ"}}, "/old"),
        ({"old": {"amount": "1.001", "currency": "USD"}}, "/old"),
        ({"old": {"amount": "1.0", "currency": "JPY"}}, "/old"),
        ({"new": {"amount": "1.00", "currency": "AUD"}}, "/new/currency"),
        ({"period": {"from": "2026-05-01", "to": "2026-05-01"}}, "/period"),
        ({"period": {"from": "2026-06-01", "to": "2026-05-01"}}, "/period"),
        ({"change_on": "2026-06-01"}, "/change_on"),
        ({"change_on": "2026-04-30"}, "/change_on"),
        (
            {
                "period": {"from": "2026-05-30", "to": "2026-05-31"},
                "change_on": "2026-05-30",
                "basis": "thirty_days",
            },
            "/period",
        ),
        ({"policy": "half"}, "/policy"),
        ({"basis": "lunar"}, "/basis"),
    ],
)
async def test_what_cannot_be_reckoned_is_refused(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/proration/preview", json={**MAY, **changes})

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
