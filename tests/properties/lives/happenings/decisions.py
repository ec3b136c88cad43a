"""What people decide: about second agreements and amended ones, and what the client is called."""

from app.domain.review import Choice
from app.services.client_edits import amend_client
from app.services.resolving import Resolve, resolve_plan
from tests.properties.lives.drawn import ZONES
from tests.properties.lives.happenings.listed import happens
from tests.properties.lives.happenings.people import of
from tests.properties.lives.life import Life, Pick


@happens(4)
async def resolved(life: Life, pick: Pick) -> None:
    """A person ends a review, or answers amended terms."""
    asked = [plan for plan in life.seen.plans if plan.state == "needs_review" or plan.amendment]
    plan = pick.of(asked or list(life.seen.plans))
    choice = pick.of([Choice.REJECT, Choice.SUPERSEDE, Choice.MERGE, Choice.QUEUE])
    life.write(f"Support decides about {of(plan, life)}: {choice}")
    await life.do(resolve_plan, Resolve(plan.id, choice, "It was agreed."))


@happens()
async def client_moved(life: Life, pick: Pick) -> None:
    """The client turns out to be in another zone."""
    client, zone = pick.of(life.seen.clients), pick.of(ZONES)
    life.write(f"Support says that the client is in {zone}")
    await life.do(amend_client, client.id, {"timezone": zone})


@happens(1)
async def client_renamed(life: Life, pick: Pick) -> None:
    """The client has another name, address or language."""
    client = pick.of(life.seen.clients)
    changes = pick.of(
        [{"name": "Harbour Smiles"}, {"email": "new@harbourdental.example"}, {"language": "de"}]
    )
    life.write(f"Support writes down of the client: {changes}")
    await life.do(amend_client, client.id, changes)
