"""Events coming in: in which forms, and what a repeat of one does."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import func, select

from app.db.models import InboundEvent
from tests.api.bringing import ADDRESS, jobs, kept, signed
from tests.api.conftest import Service
from tests.builders import BOOTSTRAP, signed_document

KEY = {"Authorization": f"Bearer {BOOTSTRAP}"}
FLAT = {
    "event": "agreement.signed",
    "event_id": "zap-81723",
    "agreement__ref": "PROP-1042",
    "agreement__live_on": "2026-12-07",
    "client__ref": "C-77",
    "client__name": "Harbour Dental",
    "client__email": "owner@harbourdental.example",
    "movement__from": "sprint",
    "movement__to": "scale",
}


async def test_an_event_is_stored_with_its_job_and_answered_with_its_id(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    document = signed_document(agreement__total=1490)

    # when
    answer = await client.post(ADDRESS, json=document)

    # then
    (row,) = await kept(service)
    assert answer.status_code == 202
    assert answer.json() == {"event_id": str(row.id), "status": "accepted"}
    assert (row.status, row.source, row.event_id) == ("received", "agreement", "zap-81723")
    assert row.document is not None
    assert row.document["agreement"]["ref"] == "PROP-1042"
    assert json.loads(row.body or b"") == document
    assert (row.content_type, row.received_at) == ("application/json", service.clock.at)
    assert await jobs(service) == 1
    read = await client.get(f"/v1/inbound-events/{answer.json()['event_id']}")
    assert read.json()["document"] == row.document


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps(signed_document()), "application/json"),
        (json.dumps(signed_document()), "application/json; charset=UTF-8"),
        (json.dumps(FLAT), "application/json"),
        (urlencode(FLAT), "application/x-www-form-urlencoded"),
        (
            "".join(
                f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in FLAT.items()
            )
            + "--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
    ],
    ids=["json", "charset", "flattened", "form", "multipart"],
)
async def test_every_form_of_a_body_brings_the_same_event(
    service: Service, client: httpx.AsyncClient, body: str, content_type: str
) -> None:
    # when
    answer = await client.post(ADDRESS, content=body, headers={"content-type": content_type})

    # then
    assert answer.json()["status"] == "accepted", answer.text
    (row,) = await kept(service)
    assert row.event_id == "zap-81723"
    assert row.document is not None
    assert row.document["client"]["email"] == "owner@harbourdental.example"
    assert row.document["movement"] == {"from": "sprint", "to": "scale"}


async def test_an_array_is_answered_event_by_event(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    events = [signed_document(event_id=name) for name in ("b", "a", "b")]

    # when
    several = await client.post(ADDRESS, json=events)
    alone = await client.post(ADDRESS, json=[signed_document(event_id="c")])

    # then
    first, second, third = several.json()["events"]
    assert [each["status"] for each in (first, second, third)] == [
        "accepted",
        "accepted",
        "duplicate",
    ]
    assert third["event_id"] == first["event_id"] != second["event_id"]
    assert [each["status"] for each in alone.json()["events"]] == ["accepted"]
    assert await jobs(service) == 3
    assert sum(row.body is not None for row in await kept(service)) == 2


async def test_a_repeat_is_answered_with_the_first_id_and_changes_nothing(
    service: Service, client: httpx.AsyncClient
) -> None:
    # when
    first = await client.post(ADDRESS, json=signed_document())
    again = await client.post(ADDRESS, json=signed_document())
    other = await client.post(ADDRESS, json=signed_document(agreement__live_on="2026-12-14"))

    # then
    assert first.json()["status"] == "accepted"
    for repeat in (again, other):
        assert repeat.status_code == 202
        assert repeat.json() == {"event_id": first.json()["event_id"], "status": "duplicate"}
    (row,) = await kept(service)
    assert (row.repeats, row.differs) == (2, True)
    assert row.document is not None
    assert row.document["agreement"]["live_on"] == "2026-12-07"
    assert await jobs(service) == 1


async def test_the_same_event_many_times_at_once_is_accepted_once(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    forth = [signed_document(event_id=name) for name in ("a", "b", "c")]
    back = list(reversed(forth))

    # when
    answers = await asyncio.gather(
        *(client.post(ADDRESS, json=order) for order in (forth, back) * 4)
    )

    # then
    given = [each for answer in answers for each in answer.json()["events"]]
    assert [each["status"] for each in given].count("accepted") == 3
    assert len({each["event_id"] for each in given}) == 3
    assert [(row.repeats, row.differs) for row in await kept(service)] == [(7, False)] * 3
    assert await jobs(service) == 3


async def test_the_same_content_again_does_not_differ(
    service: Service, client: httpx.AsyncClient
) -> None:
    # when
    document = signed_document(event_id=...)
    first = await client.post(ADDRESS, json=document)
    again = await client.post(ADDRESS, json=document)

    # then
    assert again.json() == {"event_id": first.json()["event_id"], "status": "duplicate"}
    (row,) = await kept(service)
    assert (row.repeats, row.differs) == (1, False)
    assert (row.event_id or "").startswith("sha256:")


async def test_numbers_with_a_fraction_are_kept_exactly(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    body = json.dumps(signed_document()).replace('"title"', '"total": 1490.10, "title"')

    # when
    await client.post(ADDRESS, content=body, headers={"content-type": "application/json"})

    # then
    (row,) = await kept(service)
    assert row.document is not None
    assert row.document["agreement"]["total"] == "1490.10"


async def test_a_signature_is_as_good_as_a_key(
    service: Service, stranger: httpx.AsyncClient
) -> None:
    # given
    body = json.dumps(signed_document()).encode()

    # when
    answer = await stranger.post(ADDRESS, content=body, headers=signed(body))

    # then
    assert answer.status_code == 202
    assert [row.status for row in await kept(service)] == ["received"]


async def test_parseable_is_stored_whatever_it_says(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    odd: list[Any] = [{}, {"event": 7}, {"agreement": "x"}, {"event_id": True}, {"event_id": 5}]

    # when
    answers = [await client.post(ADDRESS, json=document) for document in odd]

    # then
    assert [answer.status_code for answer in answers] == [202] * len(odd)
    async with service.sessions() as session:
        count = await session.scalar(select(func.count()).where(InboundEvent.status == "received"))
    assert count == len(odd)


async def test_a_request_id_comes_back(client: httpx.AsyncClient) -> None:
    answer = await client.post(ADDRESS, json={}, headers={"X-Request-Id": "zap-1"})
    assert answer.headers["x-request-id"] == "zap-1"


async def test_its_answers_are_protected_like_all_others(client: httpx.AsyncClient) -> None:
    taken = await client.post(ADDRESS, json={})
    refused = await client.post(ADDRESS, content=b"{", headers={"content-type": "application/json"})
    for answer in (taken, refused):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-request-id"]
