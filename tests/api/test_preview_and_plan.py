"""A preview beside the plan that follows it, or that is refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest

from tests.api.conftest import Service
from tests.api.previewing import PREVIEW, previewed
from tests.builders import THURSDAYS, signed_document, stored_plan, stored_staff
from tests.contents import contents

SHOWN_BY_BOTH = (
    "state",
    "flags",
    "live_on",
    "live_at",
    "window_opens_at",
    "movement",
    "warnings",
    "staff",
    "board",
    "review_reason",
)


def apart(rows: Sequence[dict[str, Any]], *left_out: str) -> list[dict[str, Any]]:
    """Rows without what is made anew each time."""
    made_anew = {"id", "plan_id", "run_id", "adjustment_id", "key", *left_out}
    return [{name: row[name] for name in row.keys() - made_anew} for row in rows]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"client__services": [THURSDAYS]},
        {"movement__from": "start"},
        {"agreement__live_on": None},
        {"agreement__live_on": "2026-11-23"},
        {"client__timezone": "Africa/Cairo", "staff__sales": "nobody@agency.example"},
    ],
)
async def test_the_plan_that_follows_is_the_one_that_was_shown(
    service: Service, client: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    # given
    await stored_staff(service.sessions)

    # when
    seen = await previewed(client, **changes)
    made = (await client.post("/v1/plans", json=signed_document(**changes))).json()

    # then
    shown = seen["plan"]
    assert {name: shown[name] for name in SHOWN_BY_BOTH} == {n: made[n] for n in SHOWN_BY_BOTH}
    assert apart(shown["tasks"]) == apart(made["tasks"])
    assert apart(shown["adjustments"]) == apart(made["adjustments"])
    deliveries = (await client.get(f"/v1/deliveries?plan_id={made['id']}")).json()["items"]
    left = {each["kind"]: each for each in deliveries}
    now = [each for each in seen["messages"] if each["only_if"] is None]
    now = [each for each in now if each["at"] == made["created_at"]]
    sent = [await payload(client, each) for each in deliveries if each["kind"] == "chat.post"]
    ours = sorted(each["text"].split("\n<https")[0] for each in now)
    assert ours == sorted(one["text"].split("\n<https")[0] for one in sent)
    for mail in seen["emails"]:
        if mail["kind"] in left:
            stored = await payload(client, left[mail["kind"]])
            parts = ("subject", "text", "html")
            assert {part: mail[part] for part in parts} == {part: stored[part] for part in parts}


async def payload(client: httpx.AsyncClient, delivery: Mapping[str, Any]) -> Any:
    return (await client.get(f"/v1/deliveries/{delivery['id']}")).json()["payload"]


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement__live_on": "2026-12-08"},
        {"agreement__live_on": "2026-11-16"},
        {"agreement__live_on": "soon"},
        {"movement__to": "platinum"},
        {"movement": {"from": "scale", "to": "start"}},
        {"movement__from": ...},
        {"movement__to": ...},
        {"agreement__ref": "a\u0000b"},
        {"agreement__kind": "renewal"},
        {"client": {}},
        {"client__timezone": "Mars/Olympus"},
        {"client__colour": "red"},
        {"client__services": [{"service": "sms", "billing_period": "month"}]},
        {"event": "agreement.voided"},
    ],
)
async def test_what_a_plan_is_refused_for_its_preview_is_refused_for(
    service: Service, client: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    # given
    before = await contents(service.sessions)

    # when
    document = signed_document(**changes)
    shown = await client.post(PREVIEW, json=document)
    made = await client.post("/v1/plans", json=document)

    # then
    assert shown.status_code == made.status_code
    assert shown.status_code in (400, 422)
    assert {**shown.json(), "request_id": ""} == {**made.json(), "request_id": ""}
    assert await contents(service.sessions) == before


async def test_a_second_agreement_is_shown_as_a_person_would_meet_it(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)
    await stored_plan(service.sessions)
    before = await contents(service.sessions)

    # when
    seen = await previewed(client, agreement__ref="PROP-2000")

    # then
    assert seen["plan"]["state"] == "needs_review"
    assert "has the open plan" in seen["plan"]["review_reason"]
    assert (seen["board"], seen["plan"]["tasks"], seen["bills"]) == (None, [], None)
    assert seen["messages"][0]["occasion"] == "review_needed"
    assert seen["emails"] == []
    assert await contents(service.sessions) == before


async def test_an_agreement_that_has_its_plan_makes_nothing(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await stored_plan(service.sessions)

    # when
    seen = await previewed(client)

    # then
    assert (seen["created"], seen["plan"]["id"]) == (False, str(plan.id))
    assert seen["board"] is seen["bills"] is None
    assert seen["emails"] == seen["messages"] == seen["cut_over"] == []
