"""Changing a client over HTTP: its zone, its address, where it is; and what is refused."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.conftest import Service
from tests.builders import calling, stored_plan


async def client_address(caller: httpx.AsyncClient) -> str:
    (found,) = (await caller.get("/v1/clients")).json()["items"]
    return f"/v1/clients/{found['id']}"


async def test_a_new_zone_moves_the_open_plan_with_its_windows(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await stored_plan(service.sessions)
    address = await client_address(client)
    version = (await client.get(address)).headers["etag"]

    # when
    changed = await client.patch(
        address, json={"timezone": "America/Los_Angeles"}, headers={"If-Match": version}
    )

    # then
    assert changed.status_code == 200, changed.text
    assert changed.json()["timezone"] == "America/Los_Angeles"
    assert changed.json() == (await client.get(address)).json()
    assert changed.headers["etag"] == f'"{changed.json()["version"]}"' != version
    moved = (await client.get(f"/v1/plans/{plan.id}")).json()
    assert moved["client"]["timezone"] == "America/Los_Angeles"
    assert (moved["live_on"], moved["live_at"]) == ("2026-12-07", "2026-12-07T08:00:00Z")
    assert moved["window_opens_at"] == "2026-12-01T08:00:00Z"
    assert {one["closes_at"] for one in moved["adjustments"]} == {"2026-12-07T08:00:00Z"}
    timeline = (await client.get(f"/v1/plans/{plan.id}/timeline")).json()["items"]
    assert "The time zone changed from Australia/Brisbane to America/Los_Angeles" in [
        entry["what"] for entry in timeline
    ]


async def test_a_zone_in_which_the_live_date_has_begun_is_refused_with_the_way_out(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given a plan that goes live in two hours in Brisbane
    plan = await stored_plan(service.sessions)
    address = await client_address(client)
    service.clock.at = datetime(2026, 12, 6, 12, tzinfo=UTC)

    # when
    refused = await client.patch(address, json={"timezone": "Pacific/Auckland"})

    # then
    assert (refused.status_code, refused.json()["code"]) == (409, "live_date_begun_there")
    assert plan.ref in refused.json()["detail"]
    assert "Move its live date to a later Monday first" in refused.json()["detail"]
    assert refused.json()["facts"] == {"plan_ref": plan.ref, "live_on": "2026-12-07"}
    assert refused.json()["errors"][0]["pointer"] == "/timezone"
    assert (await client.get(address)).json()["timezone"] == "Australia/Brisbane"


async def test_two_people_change_a_client_and_the_second_is_told(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_plan(service.sessions)
    address = await client_address(client)
    seen = {"If-Match": (await client.get(address)).headers["etag"]}

    # when
    first = await client.patch(address, json={"language": "de"}, headers=seen)
    second = await client.patch(address, json={"language": "fr"}, headers=seen)

    # then
    assert (first.status_code, first.json()["language"]) == (200, "de")
    assert (second.status_code, second.json()["code"]) == (412, "stale_version")


async def test_a_change_that_changes_nothing_makes_no_version(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_plan(service.sessions)
    address = await client_address(client)
    before = (await client.get(address)).json()

    # then
    assert (await client.patch(address, json={})).json() == before
    same = {"name": before["name"], "timezone": before["timezone"], "country": None}
    assert (await client.patch(address, json=same)).json() == before


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"timezone": "Brisbane"}, "/timezone", "zone_unknown"),
        ({"timezone": "AEST"}, "/timezone", "zone_unknown"),
        ({"timezone": "../etc/passwd"}, "/timezone", "zone_unknown"),
        ({"timezone": ""}, "/timezone", None),
        ({"timezone": None}, "/timezone", None),
        ({"timezone": 10}, "/timezone", None),
        ({"timezone": ["UTC"]}, "/timezone", None),
        ({"email": "owner"}, "/email", None),
        ({"email": None}, "/email", None),
        ({"name": " "}, "/name", None),
        ({"name": "two\nlines"}, "/name", None),
        ({"language": None}, "/language", None),
        ({"country": ""}, "/country", None),
        ({"country": "x" * 65}, "/country", None),
        ({"region": 4}, "/region", None),
        ({"ref": "C-78"}, "", None),
        ({"package": "scale"}, "", None),
        ({"colour": "red"}, "", None),
        ([], "", None),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(
    service: Service, client: httpx.AsyncClient, change: Any, pointer: str, code: str | None
) -> None:
    # given
    await stored_plan(service.sessions)
    address = await client_address(client)

    # when
    refused = await client.patch(address, json=change)

    # then
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert code in (None, refused.json()["code"])


async def test_a_client_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    nobody = "/v1/clients/01a2044b-b4fc-7311-a382-ac96628c5f83"

    assert (await client.patch(nobody, json={"name": "X"})).json()["code"] == "client_not_found"
    assert (await client.patch("/v1/clients/7", json={"name": "X"})).status_code == 422


async def test_a_plan_that_is_over_is_left_as_it_is(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await stored_plan(service.sessions)
    await client.post(f"/v1/plans/{plan.id}/cancel", json={"reason": "They changed their mind."})
    before = (await client.get(f"/v1/plans/{plan.id}")).json()

    # when
    changed = await client.patch(await client_address(client), json={"timezone": "Asia/Tokyo"})

    # then
    assert changed.status_code == 200
    assert (await client.get(f"/v1/plans/{plan.id}")).json() == before


async def test_a_plan_without_a_date_takes_the_zone_and_has_no_hours_to_move(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await stored_plan(service.sessions, agreement__live_on=None)

    # when
    await client.patch(await client_address(client), json={"timezone": "Asia/Tokyo"})

    # then its date is one of the new zone
    await client.post(f"/v1/plans/{plan.id}/live-date", json={"live_on": "2026-12-07"})
    dated = (await client.get(f"/v1/plans/{plan.id}")).json()
    assert dated["live_at"] == "2026-12-06T15:00:00Z"


@pytest.mark.parametrize(
    ("given", "country", "region", "warned"),
    [
        ({"country": "AU", "region": "QLD"}, "AU", "QLD", []),
        ({"country": "Australia", "region": "Queensland"}, "AU", "QLD", []),
        ({"country": "au", "region": "AU-QLD"}, "AU", "QLD", []),
        ({"country": "XX"}, "XX", None, ["No public holidays are known for the country 'XX'."]),
        (
            {"country": "AU", "region": "Mars"},
            "AU",
            "Mars",
            [
                "No public holidays are known for the region 'Mars' of AU, "
                "only those of the whole country."
            ],
        ),
    ],
)
async def test_a_place_is_kept_and_warned_of_where_nobody_knows_it(
    service: Service,
    client: httpx.AsyncClient,
    given: dict[str, str],
    country: str,
    region: str | None,
    warned: list[str],
) -> None:
    # given
    plan = await stored_plan(service.sessions)
    address = await client_address(client)

    # when
    changed = (await client.patch(address, json=given)).json()

    # then
    assert (changed["country"], changed["region"]) == (country, region)
    assert [each["detail"] for each in changed["warnings"]] == warned
    seen = (await client.get(f"/v1/plans/{plan.id}")).json()
    assert [each["detail"] for each in seen["warnings"]] == warned
    assert {each["code"] for each in seen["warnings"]} <= {"holidays_unknown"}

    # and it can be taken off again
    cleared = (await client.patch(address, json={"country": None, "region": None})).json()
    assert (cleared["country"], cleared["region"], cleared["warnings"]) == (None, None, [])


async def test_whoever_may_only_read_changes_no_client(
    service: Service, client: httpx.AsyncClient
) -> None:
    await stored_plan(service.sessions)
    address = await client_address(client)

    for role in ("marketing", "billing", "integration", "read_only"):
        async with calling(service.app, await service.key(role)) as caller:
            assert (await caller.patch(address, json={"name": "X"})).status_code == 403
