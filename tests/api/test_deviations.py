"""A deviation that is asked for twice, and beside an approval of the same role, over the API."""

from dataclasses import replace
from pathlib import Path

from app.catalog.loader import load_catalog
from tests.builders import FixedClock, Sessions, calling, make_service, office
from tests.integration.services.test_runs import LEAD, THANKS


async def test_a_step_is_completed_although_a_deviation_was_asked_for(
    sessions: Sessions, tmp_path: Path
) -> None:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "lead.yaml").write_text(LEAD)
    (tmp_path / "playbooks" / "thanks.yaml").write_text(THANKS)
    at = replace(office(), catalog=load_catalog(tmp_path))
    async with calling(make_service(sessions, FixedClock(), at=at)) as caller:
        body = {"playbook": "lead", "subject": "L", "inputs": {"region": "north", "discount": 20}}
        run = (await caller.post("/v1/runs", json=body)).json()["id"]
        step = f"/v1/runs/{run}/steps/offer"
        answers = [
            await caller.post(f"{step}/deviate", json={"reason": "By phone."}),
            await caller.post(f"{step}/deviate", json={"reason": "By post."}),
            await caller.post(f"{step}/complete", json={}),
        ]
        assert [each.status_code for each in answers] == [200] * 3, [a.text for a in answers]
