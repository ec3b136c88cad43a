"""Whatever is sent, nothing answers 500: bytes, fields of every kind, every documented route."""

import asyncio
import json
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from sqlalchemy import URL

from app.db.engine import make_engine, make_sessions
from app.services.intake import process_event
from tests import postgres
from tests.api.contracting import made, stored_contract
from tests.builders import (
    FixedClock,
    calling,
    changed,
    make_service,
    office,
    signed_document,
    stored_plan,
    stored_staff,
)

NUMBERS = count(1)
PLACES = [
    "event",
    "event_id",
    "occurred_at",
    "agreement",
    "agreement__ref",
    "agreement__live_on",
    "agreement__signed_at",
    "agreement__total",
    "agreement__currency",
    "client",
    "client__ref",
    "client__name",
    "client__email",
    "client__timezone",
    "client__country",
    "client__services",
    "movement",
    "movement__from",
    "movement__to",
    "staff",
    "staff__sales",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**39), 10**39)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=300)
    | st.sampled_from(["2026-12-07", "2026-12-08T00:00:00Z", "9999-12-31", "x" * 5000, "\x7f"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
MEDIA_TYPES = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "application/vnd.x+json",
        "text/plain",
        "",
    ]
)
HARDLY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """One loop for all examples: connections belong to the loop that opened them."""
    with asyncio.Runner() as runner:
        yield runner


class Door:
    """The application on a database, called from tests that are not asynchronous."""

    def __init__(self, runner: asyncio.Runner, url: URL) -> None:
        self.runner = runner
        self.engine = make_engine(url)
        self.app = make_service(make_sessions(self.engine), FixedClock())

    def call(self, method: str, address: str, **what: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with calling(self.app) as client:
                return await client.request(method, address, **what)

        return self.runner.run(once())

    def understood(self, event_id: str) -> str:
        """Do what the worker's job does; say what became of the event."""

        async def once() -> str:
            async with make_sessions(self.engine)() as session, session.begin():
                event = await process_event(
                    session, UUID(event_id), office=office(), now=FixedClock().at
                )
                return event.status

        return self.runner.run(once())


@pytest.fixture
def door(loop: asyncio.Runner, database_template: URL) -> Iterator[Door]:
    url = loop.run(postgres.clone(database_template))
    opened = Door(loop, url)
    yield opened
    loop.run(opened.engine.dispose())
    loop.run(postgres.drop(url))


@HARDLY
@given(body=st.binary(max_size=400), media_type=MEDIA_TYPES)
def test_no_bytes_break_the_door_for_events(door: Door, body: bytes, media_type: str) -> None:
    answer = door.call(
        "POST", "/webhooks/agreement", content=body, headers={"content-type": media_type}
    )
    assert answer.status_code in (202, 400, 413, 415)


@HARDLY
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_no_field_breaks_the_door_for_events_or_plans(
    door: Door, place: str, value: object
) -> None:
    # given
    number = next(NUMBERS)
    document = signed_document(
        event_id=f"zap-{number}",
        agreement__ref=f"PROP-{number}",
        client__ref=f"C-{number}",
        client__email=f"owner{number}@client.example",
    )
    body = json.dumps(changed(document, {place: value})).encode()
    headers = {"content-type": "application/json"}

    # when
    event = door.call("POST", "/webhooks/agreement", content=body, headers=headers)
    by_hand = door.call("POST", "/v1/plans", content=body, headers=headers)

    # then
    assert event.status_code in (202, 400), event.text
    if event.status_code == 202:
        assert door.understood(event.json()["event_id"]) in ("processed", "quarantined", "ignored")
    assert by_hand.status_code in (200, 201, 400, 409, 422), by_hand.text
    assert not left_to_the_database(by_hand), by_hand.text


def left_to_the_database(answer: httpx.Response) -> bool:
    """Whether only a constraint of the database refused it: a rule should have said so before."""
    return answer.status_code >= 400 and answer.json()["code"] in (
        "store_refused",
        "value_not_storable",
    )


HOOK = {"target_url": "https://hooks.example/abc", "events": ["contract.*"]}
PAYER = {
    "ref": "ACC-1",
    "account": {
        "pricing": "core",
        "band": {"from": 1, "to": 10},
        "price": {"amount": "599.95", "currency": "USD"},
        "contract": None,
        "next_billing_on": "2026-12-20",
    },
}


async def ids(door: Door) -> dict[str, str]:
    """One of each thing that an address may name."""
    sessions = make_sessions(door.engine)
    await stored_staff(sessions)
    plan = await stored_plan(sessions)
    found = {"source": "agreement", "plan_id": str(plan.id)}
    async with calling(door.app) as client:
        whole = (await client.get(f"/v1/plans/{plan.id}")).json()
        found |= {
            "task_id": whole["tasks"][0]["id"],
            "adjustment_id": whole["adjustments"][0]["id"],
            "client_id": whole["client"]["id"],
            "staff_id": whole["staff"]["support"]["id"],
            "event_id": (await client.post("/webhooks/agreement", json={})).json()["event_id"],
            "delivery_id": (await client.get("/v1/deliveries")).json()["items"][0]["id"],
            "account_id": (await client.post("/v1/tier-accounts", json=PAYER)).json()["id"],
            "system": "helpscout",
            "notice_id": str(plan.id),  # of a contract; there is none
            "run_id": str(plan.id),  # of a playbook; there is none
            "escalation_id": str(plan.id),  # there is none
            "stage": "before",
            "key": "customer-handoff",
            "number": "1",
            "event": "contract.renewal_ahead",
            "hook_id": (await client.post("/v1/hooks", json=HOOK)).json()["id"],
        }
        wanted = {"account_id": found["account_id"], "requested_users": 15}
        contract_id = await stored_contract(client, sessions)
        deep = {"product": "seats", "quantity": 200, "discount": {"percent": "15"}}
        asked = await made(client, contract_id, "upgrade", deep, effective_on="2026-12-15")
        found |= {
            "contract_id": contract_id,
            "change_id": asked["id"],
            "approval_id": asked["approval"]["id"],
            "quote_id": (await client.post("/v1/tier-quotes", json=wanted)).json()["id"],
        }
    return found


def test_no_documented_request_breaks_a_route(door: Door) -> None:
    # given
    known = door.runner.run(ids(door))
    schema = schemathesis.openapi.from_dict(door.app.openapi())
    a_persons = ("no_person", "not_the_approver", "person_wanted")
    tried: list[str] = []

    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()

        @settings(
            max_examples=10,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), exists=st.booleans())
        def answers(case: Any, exists: bool) -> None:
            if exists:
                case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
            what = case.as_transport_kwargs(base_url="http://changeover.test")
            what.pop("cookies", None)
            what["headers"] = {
                name: value
                for name, value in (what.get("headers") or {}).items()
                if name.lower() not in ("authorization", "x-api-key")
            }
            if isinstance(what.get("data"), bytes | str):
                what["content"] = what.pop("data")
            answer = door.call(what.pop("method"), what.pop("url"), **what)
            assert answer.status_code not in (401, 500), answer.text
            # The key may do everything, but it is nobody's: what a person must do it cannot.
            assert answer.status_code != 403 or answer.json()["code"] in a_persons, answer.text
            assert not left_to_the_database(answer), answer.text
            assert answer.status_code < 400 or "problem+json" in answer.headers["content-type"]

        # when
        answers()
        tried.append(operation.label)

    # then
    assert len(tried) > 40
