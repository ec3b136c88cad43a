"""The organisation's people: listed, added, changed."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.locking import hold_person
from app.api.permissions import MANAGE_STAFF, READ
from app.api.shapes import absent
from app.queries import staff as queries
from app.services.runs.set_off import join
from app.services.staff import AddStaff, amend_staff, refuse_unknown_role
from app.web.bodies import Body, Out
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import ActorDep, NowDep, SessionDep, WiredDep, make_router
from app.web.scalars import Email, Id, Instant, Name, QueryFlag, Ref, Slug, StrictBool
from app.web.security import allow

staff = make_router(tags=["staff"], prefix="/v1/staff")

Refs = Annotated[dict[Slug, Ref | None], Field(max_length=20)]
_REFS = "Ids in outside systems, by system; without one the person is looked up by e-mail there."
_TERRITORIES = "Where this person takes turns, as playbooks name territories."
Territories = Annotated[list[Slug], Field(max_length=50)]
_ROLE = "sales, support, marketing, lead ..., or a role that a playbook names."


class PersonIn(Body):
    """A member of staff to be added."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Sue Support",
                    "email": "sue@agency.example",
                    "role": "support",
                    "active": True,
                    "refs": {"monday": "501", "helpscout": None},
                }
            ]
        }
    )

    name: Name
    email: Email
    role: Slug = Field(description=_ROLE)
    active: StrictBool = Field(True, description="Gets new work in turn.")
    refs: Refs = Field(default_factory=dict, description=_REFS)
    territories: Territories = Field(default_factory=list, description=_TERRITORIES)


class PersonChangesIn(Body):
    """What is to change of a member of staff; a field left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"active": False}]})

    name: Name = Field(default_factory=absent)
    email: Email = Field(default_factory=absent)
    role: Slug = Field(default_factory=absent, description=_ROLE)
    active: StrictBool = Field(default_factory=absent)
    refs: Refs = Field(default_factory=absent, description=f"Replaces all of them. {_REFS}")
    territories: Territories = Field(default_factory=absent, description=_TERRITORIES)


class StaffOut(Out):
    """A member of staff."""

    id: Id
    version: int
    name: str
    email: str
    role: str
    active: bool
    refs: dict[str, str]
    territories: list[str]
    created_at: Instant


@staff.get("", operation_id="staff_list")
@allow(*READ)
async def staff_list(
    session: SessionDep,
    asked: PageDep,
    role: Annotated[Slug | None, Query(description="Only of this role.")] = None,
    email: Annotated[Email | None, Query(description="Only with this address.")] = None,
    active: Annotated[QueryFlag | None, Query(description="Only those who get work.")] = None,
) -> Page[StaffOut]:
    """List the people."""
    wanted = queries.staff_listed(queries.StaffFilter(role, email, active))
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(lambda row: StaffOut.model_validate(queries.staff_of(row)))


@staff.post("", operation_id="staff_create", status_code=201)
@allow(*MANAGE_STAFF)
async def staff_create(
    body: PersonIn,
    session: SessionDep,
    wired: WiredDep,
    actor: ActorDep,
    now: NowDep,
    response: Response,
) -> StaffOut:
    """Add a person.

    From now on they get work of their role in turn.
    """
    await refuse_unknown_role(session, body.role, wired.office)
    command = AddStaff(
        body.name, body.email, body.role, body.active, body.refs, tuple(body.territories)
    )
    person = await join(session, command, office=wired.office, actor=actor, now=now)
    response.headers["Location"] = f"/v1/staff/{person.id}"
    return await _answer(session, person.id, response)


@staff.get("/{staff_id}", operation_id="staff_get")
@allow(*READ)
async def staff_get(staff_id: Id, session: SessionDep, response: Response) -> StaffOut:
    """Get a person."""
    return await _answer(session, staff_id, response)


@staff.patch("/{staff_id}", operation_id="staff_update")
@allow(*MANAGE_STAFF)
async def staff_update(
    staff_id: Id,
    body: PersonChangesIn,
    call: ActingDep,
) -> StaffOut:
    """Change a person.

    One who is made inactive gets no new work and keeps what they have.
    """
    await hold_person(call.session, staff_id, call.expected)
    changes = body.model_dump(include=body.model_fields_set)
    if "role" in changes:
        await refuse_unknown_role(call.session, changes["role"], call.office)
    if "email" in changes:
        changes["email"] = changes["email"].lower()
    if "refs" in changes:
        changes["refs"] = {system: ref for system, ref in changes["refs"].items() if ref}
    if changes:
        await amend_staff(call.session, staff_id, changes, actor=call.actor, now=call.now)
    return await _answer(call.session, staff_id, call.response)


async def _answer(session: SessionDep, staff_id: Id, response: Response) -> StaffOut:
    person = await queries.staff_by_id(session, staff_id)
    response.headers["ETag"] = etag(person.version)
    return StaffOut.model_validate(person)
