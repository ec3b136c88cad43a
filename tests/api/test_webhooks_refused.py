"""Events that are not taken: whose bringer is not known, and what cannot be read."""

import json
from typing import Any

import httpx
import pytest

from tests.api.bringing import ADDRESS, jobs, kept, signed
from tests.api.conftest import Service
from tests.builders import calling, signed_document


async def test_who_proves_nothing_leaves_only_the_fact(
    service: Service, stranger: httpx.AsyncClient
) -> None:
    # given
    body = json.dumps(signed_document()).encode()
    good = signed(body)
    other_secret = signed(body, secret="whsec_b3RoZXI=")
    attempts = [
        {"content-type": "application/json"},
        other_secret,
        signed(body, age_s=400),
        {**good, "webhook-id": "msg_2"},
        {**good, "Authorization": "Bearer cov_sandbox_wrong"},
        {**good, "X-API-Key": "x"},
    ]

    # when
    answers = [await stranger.post(ADDRESS, content=body, headers=headers) for headers in attempts]
    changed = await stranger.post(ADDRESS, content=body + b" ", headers=good)

    # then
    for answer in (*answers, changed):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
    assert answers[0].json()["detail"] == (
        "Send an API key of the role integration, or sign the call."
    )
    rows = await kept(service)
    assert len(rows) == len(answers) + 1
    for row in rows:
        assert row.status == "rejected"
        assert row.reason is not None
        assert row.reason.startswith("unauthenticated: ")
        assert (row.document, row.body, row.event_id, row.body_hash) == (None,) * 4
    assert await jobs(service) == 0


async def test_a_key_of_another_role_is_refused(service: Service) -> None:
    # when
    async with calling(service.app, await service.key("support")) as support:
        refused = await support.post(ADDRESS, json=signed_document())
    async with calling(service.app, await service.key("integration")) as integration:
        taken = await integration.post(ADDRESS, json=signed_document())

    # then
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    assert taken.status_code == 202
    assert [row.status for row in await kept(service)] == ["rejected", "received"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "body_not_parseable"),
        (b"{", {}, 400, "body_not_parseable"),
        (b"[]", {}, 400, "body_not_parseable"),
        (b"[1]", {}, 400, "body_not_parseable"),
        (b'"text"', {}, 400, "body_not_parseable"),
        (b'{"a": NaN}', {}, 400, "body_not_parseable"),
        (b'{"a": 1, "a": 2}', {}, 400, "body_not_parseable"),
        (b'{"a": "\\u0000"}', {}, 400, "body_not_parseable"),
        (b'{"a": "\\ud800"}', {}, 400, "body_not_parseable"),
        (b'{"\\u0000": 1}', {}, 400, "body_not_parseable"),
        (b"\xff\xfe", {}, 400, "body_not_parseable"),
        (b"[" * 40 + b"]" * 40, {}, 400, "body_not_parseable"),
        (
            b"a=%00",
            {"content-type": "application/x-www-form-urlencoded"},
            400,
            "body_not_parseable",
        ),
        (
            b"a=%ED%A0%80",
            {"content-type": "application/x-www-form-urlencoded"},
            400,
            "body_not_parseable",
        ),
        (b"{}", {"content-type": "text/plain"}, 415, "media_type_not_taken"),
        (b"{}", {"content-type": "application/json; charset=utf-16"}, 415, "media_type_not_taken"),
        (b"{}", {"content-encoding": "gzip"}, 415, "media_type_not_taken"),
        (b"{}" + b" " * 1_048_576, {}, 413, "body_too_large"),
    ],
)
async def test_what_cannot_be_read_leaves_only_the_fact(
    service: Service,
    client: httpx.AsyncClient,
    body: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    # when
    answer = await client.post(
        ADDRESS, content=body, headers={"content-type": "application/json", **headers}
    )

    # then
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    (row,) = await kept(service)
    assert (row.status, row.document, row.body) == ("rejected", None, None)
    assert (row.reason or "").startswith(f"{code}: ")


async def test_a_body_without_a_length_is_cut_off_at_the_limit(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    # when
    answer = await client.post(
        ADDRESS, content=endless(), headers={"content-type": "application/json"}
    )

    # then
    assert answer.status_code == 413
    assert [row.status for row in await kept(service)] == ["rejected"]


async def test_a_source_that_nobody_knows_is_not_found(
    service: Service, client: httpx.AsyncClient
) -> None:
    # when
    unknown = await client.post("/webhooks/somebody", json={})
    method = await client.get(ADDRESS)

    # then
    assert (unknown.status_code, unknown.json()["code"]) == (404, "source_unknown")
    assert (method.status_code, method.headers["allow"]) == (405, "POST")
    assert await kept(service) == []
