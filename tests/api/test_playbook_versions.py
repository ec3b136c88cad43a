"""Versions of playbooks over the API: looked at, proposed, decided, withdrawn, acknowledged."""

from pathlib import Path
from typing import Any

import httpx

from tests.api.contracting import person_key
from tests.builders import FixedClock, Sessions, calling, make_service, office
from tests.welcoming import welcome, welcoming

VERSIONS = "/v1/playbooks/welcome/versions"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def approved_by(caller: httpx.AsyncClient, role: str, key: str) -> None:
    found = await caller.get("/v1/approvals", params={"state": "requested", "role": role})
    (approval,) = found.json()["items"]
    assert approval["subject_kind"] == "playbook_version"
    answer = await caller.post(f"/v1/approvals/{approval['id']}/approve", headers=bearer(key))
    assert answer.status_code == 200, answer.text


async def test_a_version_goes_from_a_look_to_its_readers(  # noqa: PLR0915 - one story
    sessions: Sessions, tmp_path: Path
) -> None:
    clock = FixedClock()
    app = make_service(sessions, clock, at=welcoming(office(), tmp_path))
    lead, sue = await person_key(sessions, "lead"), await person_key(sessions, "support", "support")
    async with calling(app) as caller:

        async def posts(address: str, body: dict[str, Any] | None, **headers: str) -> Any:
            return await caller.post(f"{VERSIONS}{address}", json=body, headers=headers)

        # given: an open run on the catalog's version 1
        begun = await caller.post(
            "/v1/runs",
            json={"playbook": "welcome", "subject": "C-1", "inputs": {"client_name": "Jo"}},
        )
        assert begun.status_code == 201, begun.text

        # a text that is no playbook: every fault with its line and field, and nothing is kept
        broken = welcome(2, caller="nobody", last="call").replace("subject: client", "subject: x")
        answer = await posts("", {"text": broken, "dry_run": True})
        assert answer.status_code == 422
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            ("/text", "playbook_fault")
        ]
        assert answer.json()["errors"][0]["detail"].startswith("welcome.yaml:9: subject: ")
        assert (await posts("", {"text": welcome(1)})).json()["code"] == (
            "playbook_version_not_higher"
        )

        # looked at, nothing is kept
        faster = {"days": "1", "change": "Clients wait too long."}
        looked = await posts("", {"text": welcome(2, **faster), "dry_run": True})
        assert looked.status_code == 200, looked.text
        seen = looked.json()
        assert seen["sentences"] == [
            "version: 1, now 2",
            "steps[call].due.days: 3, now 1",
            "governance.change: First version., now Clients wait too long.",
        ]
        assert seen["differences"][1]["path"] == "steps[call].due.days"
        assert (seen["id"], seen["approvals"], seen["runs_on"]) == (
            None,
            ["lead"],
            [{"number": 1, "runs": 1}],
        )
        (run,) = seen["runs"]
        assert (run["subject_ref"], run["can_move"]) == ("C-1", True)
        assert [step["fate"] for step in run["steps"]] == ["changes", "same"]
        assert [(one["role"], one["people"]) for one in seen["acknowledge"]] == [
            ("support", ["Pat of support"]),
            ("sales", []),
        ]
        assert len((await caller.get(VERSIONS)).json()["items"]) == 1

        # proposed, and withdrawn by whoever means the present version of it
        key = {"Idempotency-Key": "proposal-2"}
        made = await posts("", {"text": welcome(2, **faster)}, **key)
        assert (made.status_code, made.json()["state"]) == (201, "awaiting_approval"), made.text
        again = await posts("", {"text": welcome(2, **faster)}, **key)
        assert again.headers["Idempotency-Replayed"] == "true"
        why = {"reason": "Too soon."}
        stale = await posts("/2/withdraw", why, **{"If-Match": '"9"'})
        assert stale.status_code == 412
        gone = await posts("/2/withdraw", why, **{"If-Match": made.headers["ETag"]})
        assert (gone.json()["state"], gone.json()["approvals"][0]["state"]) == (
            "withdrawn",
            "voided",
        )
        assert (await posts("/2/withdraw", why)).json()["code"] == "playbook_version_state_refuses"

        # the next one is approved, and in force at once
        assert (await posts("", {"text": welcome(3, **faster)})).status_code == 201
        await approved_by(caller, "lead", lead)
        listed = (await caller.get(VERSIONS)).json()["items"]
        assert [(one["number"], one["state"], one["runs"]) for one in listed] == [
            (3, "in_force", 0),
            (2, "withdrawn", 0),
            (1, "superseded", 1),
        ]
        assert (await caller.get("/v1/playbooks/welcome")).json()["version"] == 3
        assert (await caller.get(f"{VERSIONS}/1")).json()["text"] == welcome(1)

        # a key that is tied to nobody reads for nobody; a person does, and once
        assert (await posts("/3/acknowledge", None)).json()["code"] == "person_wanted"
        for _ in range(2):
            read = await caller.post(f"{VERSIONS}/3/acknowledge", headers=bearer(sue))
            assert (read.json()["asked"], read.json()["acknowledged"]) == (1, 1), read.text
        not_asked = await caller.post(f"{VERSIONS}/3/acknowledge", headers=bearer(lead))
        assert not_asked.json()["code"] == "not_asked_to_read"

        # the upgrade's version is its file's
        of_plans = await caller.post(
            "/v1/playbooks/client-upgrade/versions", json={"text": welcome(3)}
        )
        assert of_plans.json()["code"] == "runs_as_plans"
        assert (await caller.get(f"{VERSIONS}/7")).status_code == 404
