"""People and clients over HTTP, and what the service says of itself."""

import httpx
import pytest

from tests.api.conftest import Service
from tests.builders import stored_plan, stored_staff

SUE = {
    "name": "Sue Support",
    "email": "Sue@Agency.example",
    "role": "support",
    "active": True,
    "refs": {"monday": "501", "helpscout": None},
}


async def test_a_person_is_added_changed_and_found(client: httpx.AsyncClient) -> None:
    # when
    added = await client.post("/v1/staff", json=SUE)
    address = added.headers["location"]
    changed = await client.patch(
        address, json={"active": False, "refs": {"helpscout": "77"}}, headers={"If-Match": '"1"'}
    )
    stale = await client.patch(address, json={"active": True}, headers={"If-Match": '"1"'})
    nothing = await client.patch(address, json={})
    found = await client.get("/v1/staff?email=sue@agency.example&active=false&role=support")

    # then
    assert added.status_code == 201
    assert added.json()["email"] == "sue@agency.example"
    assert added.json()["refs"] == {"monday": "501"}
    assert (changed.json()["active"], changed.json()["refs"]) == (False, {"helpscout": "77"})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert nothing.json() == changed.json() == (await client.get(address)).json()
    assert [person["id"] for person in found.json()["items"]] == [added.json()["id"]]


async def test_one_address_belongs_to_one_person(client: httpx.AsyncClient) -> None:
    # when
    await client.post("/v1/staff", json=SUE)
    again = await client.post("/v1/staff", json={**SUE, "email": "SUE@agency.example"})

    # then
    assert (again.status_code, again.json()["code"]) == (409, "staff_email_taken")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"role": "suport"}, "/role"),
        ({"role": "Support"}, "/role"),
        ({"email": "sue"}, "/email"),
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"active": 1}, "/active"),
        ({"refs": {"monday": 501}}, "/refs"),
        ({"colour": "red"}, ""),
    ],
)
async def test_a_person_who_cannot_be_is_refused(
    client: httpx.AsyncClient, change: dict[str, object], pointer: str
) -> None:
    # given
    address = (await client.post("/v1/staff", json=SUE)).headers["location"]

    # when
    added = await client.post("/v1/staff", json={**SUE, "email": "new@agency.example", **change})
    changed = await client.patch(address, json=change)

    # then
    for refused in (added, changed):
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == pointer


async def test_clients_come_from_agreements(service: Service, client: httpx.AsyncClient) -> None:
    # given
    await stored_plan(service.sessions)

    # when
    found = (await client.get("/v1/clients?ref=C-77")).json()["items"]
    other = (await client.get("/v1/clients?email=nobody@client.example")).json()["items"]

    # then
    assert [each["name"] for each in found] == ["Harbour Dental"]
    assert other == []
    read = await client.get(f"/v1/clients/{found[0]['id']}")
    assert read.json() == found[0]
    assert read.headers["etag"] == f'"{found[0]["version"]}"'


async def test_the_packages_are_listed_by_rank(client: httpx.AsyncClient) -> None:
    items = (await client.get("/v1/packages")).json()["items"]
    assert [each["key"] for each in items] == ["start", "sprint", "scale"]
    assert items[1]["price"] == {"amount": "196.00", "currency": "AUD"}
    assert all(each["sample"] for each in items)


async def test_a_caller_is_told_who_it_is(service: Service, client: httpx.AsyncClient) -> None:
    me = (await client.get("/v1/me", headers={"X-Request-Id": "abc"})).json()
    assert (me["id"], me["role"], me["timezone"]) == ("bootstrap", "admin", "Australia/Brisbane")
    assert me["now"] == "2026-11-20T03:13:00Z"


async def test_probes_and_scrapers_get_their_answers(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)

    # then
    assert (await client.get("/healthz")).json() == {"status": "alive"}
    ready = (await client.get("/readyz")).json()
    assert (ready["status"], ready["database"], ready["migrations"]) == ("ready", "ok", "ok")
    numbers = await client.get("/metrics")
    assert numbers.headers["content-type"].startswith("text/plain")
    assert "changeover_inbound_events" in numbers.text
