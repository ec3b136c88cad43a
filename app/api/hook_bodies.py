"""The events that subscribers are sent: their bodies, and the document's `webhooks` section."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ConfigDict, Field
from pydantic.json_schema import models_json_schema

from app.api.playbook_event_bodies import PlaybookEvent
from app.api.run_event_bodies import RunEvent
from app.catalog.loader import Catalog
from app.domain.contract.change import ChangeKind, ChangeState
from app.domain.contract.playbook import ChangeMoment, Following
from app.domain.run.events import EVENTS_OF_PLAYBOOKS, EVENTS_OF_RUNS, own_events
from app.web.bodies import Body
from app.web.money_fields import SignedMoneyIn
from app.web.openapi import Written
from app.web.scalars import Day, Id, Instant

Json = dict[str, Any]

_ID: Final = "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11"
_CONTRACT: Final[Json] = {
    "id": _ID,
    "ref": "CT-3D1F6A2B9C11",
    "order_ref": "PROP-1042",
    "ends_on": "2027-01-01",
}
_CLIENT: Final[Json] = {"id": _ID, "ref": "C-77", "name": "Harbour Dental"}


class EventContract(Body):
    """The contract that an event is about."""

    id: Id
    ref: str = Field(description="What people and rooms call it.")
    order_ref: str | None
    ends_on: Day = Field(description="The first day without service.")


class EventClient(Body):
    """Whose contract it is."""

    id: Id
    ref: str | None
    name: str


class EventChange(Body):
    """The change that an event is about, as it was then."""

    id: Id
    kind: ChangeKind
    state: ChangeState
    signed_on: Day
    effective_on: Day
    billing_from: Day
    order_ref: str | None
    plan_id: Id | None = Field(description="The upgrade of packages that it records.")
    before: list[str] = Field(description="The lines that it ends or alters.")
    after: list[str] = Field(description="The lines that it opens.")
    net: SignedMoneyIn = Field(description="Its own rows: charges less credits.")
    successor_id: Id | None = Field(description="The contract that it opens.")
    reason: str | None


class EventData(Body):
    """What every event of a contract says."""

    contract: EventContract
    client: EventClient
    on: Day = Field(description="The day that it is about.")


class ChangeEventData(EventData):
    """Of a change: which one, and what has befallen it."""

    change: EventChange
    moment: ChangeMoment


class NoticeEventData(EventData):
    """Of a renewal: what people are told."""

    notice: str = Field(examples=["renewal_ahead"])
    said: str = Field(description="In plain English.")


class _Event(Body):
    id: Id = Field(description="Equal in all attempts, and the header `webhook-id`.")
    type: str
    timestamp: Instant


class ContractChangeEvent(_Event):
    """Something has befallen a change of a contract."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "type": "contract.change_scheduled",
                    "timestamp": "2026-02-01T12:00:00Z",
                    "data": {
                        "contract": _CONTRACT,
                        "client": _CLIENT,
                        "on": "2026-03-16",
                        "change": {
                            "id": _ID,
                            "kind": "upgrade",
                            "state": "scheduled",
                            "signed_on": "2026-02-01",
                            "effective_on": "2026-03-16",
                            "billing_from": "2026-03-16",
                            "order_ref": "PROP-1043",
                            "plan_id": None,
                            "before": ["100 x Seats at 10.00 AUD a month"],
                            "after": ["150 x Seats at 10.00 AUD a month"],
                            "net": {"amount": "258.06", "currency": "AUD"},
                            "successor_id": None,
                            "reason": None,
                        },
                        "moment": "scheduled",
                    },
                }
            ]
        }
    )

    data: ChangeEventData


class ContractNoticeEvent(_Event):
    """A contract nears its end, or did not renew by itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "type": "contract.renewal_ahead",
                    "timestamp": "2026-10-02T23:00:00Z",
                    "data": {
                        "contract": _CONTRACT,
                        "client": _CLIENT,
                        "on": "2026-12-31",
                        "notice": "renewal_ahead",
                        "said": "The contract of Harbour Dental ends in 90 days, with Thursday 31 "
                        "December 2026: nothing renews it by itself.",
                    },
                }
            ]
        }
    )

    data: NoticeEventData


EventModel = (
    type[ContractChangeEvent] | type[ContractNoticeEvent] | type[RunEvent] | type[PlaybookEvent]
)


def events_of(catalog: Catalog) -> dict[str, tuple[EventModel, ...]]:
    """The body of each event that an installation sends, by its type; one may have either body."""
    found: dict[str, dict[EventModel, None]] = {}

    def add(following: Following, model: EventModel) -> None:
        if following.event is not None:
            found.setdefault(following.event, {})[model] = None

    playbook = catalog.contract_playbook
    for moments in playbook.changes.values():
        for following in moments.values():
            add(following, ContractChangeEvent)
    for following in (*playbook.ahead.values(), playbook.not_renewed):
        add(following, ContractNoticeEvent)
    own = {name for book in catalog.playbooks.values() for name in own_events(book)}
    found |= {name: {RunEvent: None} for name in EVENTS_OF_RUNS | own}
    found |= {name: {PlaybookEvent: None} for name in EVENTS_OF_PLAYBOOKS}
    return {name: tuple(models) for name, models in sorted(found.items())}


def written_of(raw_paths: Mapping[str, Json], catalog: Catalog) -> Written:
    """What the document says beyond the routers: raw routes, and the events that are sent.

    Args:
        raw_paths: Path items of the routes outside the framework.
        catalog: The installation's; its playbooks name the events.
    """
    _, schemas = models_json_schema(
        [
            (ContractChangeEvent, "validation"),
            (ContractNoticeEvent, "validation"),
            (RunEvent, "validation"),
            (PlaybookEvent, "validation"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    sent = events_of(catalog)
    webhooks = {name: {"post": _operation(name, models)} for name, models in sent.items()}
    return Written(raw_paths, webhooks, schemas["$defs"])


def _operation(name: str, models: tuple[EventModel, ...]) -> Json:
    refs = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in models]
    schema = refs[0] if len(refs) == 1 else {"oneOf": refs}
    return {
        "tags": ["hooks"],
        "operationId": f"events_{name.replace('.', '_')}",
        "summary": name,
        "description": (
            "Posted to whoever subscribes to it at `POST /v1/hooks`, signed by Standard Webhooks. "
            "Any 2xx takes it, 410 unsubscribes; anything else is sent again."
        ),
        "security": [],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "2XX": {"description": "Taken."},
            "410": {"description": "Nobody listens any more: the subscription ends."},
        },
    }
