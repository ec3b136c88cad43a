"""Texts of playbooks that cannot be read: those that runs keep, and those that are proposed."""

from datetime import UTC, datetime

import httpx
from sqlalchemy import text

from app.services.runs.sweeping import sweep_deadlines
from tests.api.conftest import Service
from tests.api.test_runs import ONBOARDING
from tests.builders import catalog, office

ANOTHER_LANGUAGE = """
INSERT INTO playbook_texts (id, playbook, playbook_version, digest, body, created_at)
VALUES (changeover_uuid7(), 'client-onboarding', 1, 'another', 'key: client-onboarding', now())
"""
KEPT = """
UPDATE runs SET text_id = (SELECT id FROM playbook_texts WHERE digest = 'another')
WHERE id = CAST(:id AS uuid)
"""


async def test_a_run_whose_text_cannot_be_read_says_so_and_holds_up_no_other(
    service: Service, client: httpx.AsyncClient
) -> None:
    runs = []
    for _ in range(2):
        run = (await client.post("/v1/runs", json=ONBOARDING)).json()["id"]
        step = f"/v1/runs/{run}/steps/preboarding"
        assert (await client.post(f"{step}/block", json={"reason": "Why."})).status_code == 200
        runs.append(run)
    unreadable, other = runs
    async with service.sessions.begin() as session:
        await session.execute(text(ANOTHER_LANGUAGE))
        await session.execute(text(KEPT), {"id": unreadable})

    # what is read of it and done with it is refused, and says what to do
    read = await client.get(f"/v1/runs/{unreadable}")
    acted = await client.post(f"/v1/runs/{unreadable}/steps/preboarding/unblock")
    for answer in (read, acted):
        assert (answer.status_code, answer.json()["code"]) == (409, "playbook_unreadable")
        assert "Go back to the release that reads it" in answer.json()["detail"]
    assert (await client.get("/v1/runs")).status_code == 200

    # the sweep leaves it alone, and tells of the other
    async with service.sessions.begin() as session:
        due = datetime(2026, 11, 20, 5, 13, tzinfo=UTC)
        assert await sweep_deadlines(session, office=office(), now=due) == 1
    told = (await client.get("/v1/escalations")).json()["items"]
    assert [each["run_id"] for each in told] == [other]

    # a new version names it among the runs, and says why it stays
    body = catalog().playbook_texts["client-onboarding"].replace("version: 1", "version: 2", 1)
    proposal = {"text": body, "dry_run": True}
    dry = await client.post("/v1/playbooks/client-onboarding/versions", json=proposal)
    assert dry.status_code == 200, dry.text
    sentences = {each["id"]: each["sentences"] for each in dry.json()["runs"]}
    assert sentences[other] != sentences[unreadable]
    assert sentences[unreadable][0].startswith("The run cannot move. The text of the playbook")


async def test_ten_thousand_faults_are_told_as_a_hundred_and_how_many_more(
    client: httpx.AsyncClient,
) -> None:
    body = "\n".join(f"x{number}: 1" for number in range(20_000))

    answer = await client.post("/v1/playbooks/client-onboarding/versions", json={"text": body})

    assert (answer.status_code, len(answer.json()["errors"])) == (422, 101)
    assert answer.json()["errors"][-1]["detail"].startswith("and 19,9")
    assert len(answer.content) < 100_000
