"""Who did something, and the roles that keys may have."""

from uuid import UUID

from app.domain.actor import Actor, ActorKind
from app.domain.roles import Role


def test_a_part_of_the_service_acts_under_its_own_name_and_without_a_role() -> None:
    clock = Actor.service("clock")

    assert clock == Actor(ActorKind.SERVICE, id="clock", name="clock")
    assert clock.role is None
    assert clock.staff_id is None


def test_a_key_of_a_member_of_staff_is_told_apart_from_an_untied_one() -> None:
    tied = Actor(ActorKind.KEY, "k1", "Support desk", Role.SUPPORT, staff_id=UUID(int=7))
    untied = Actor(ActorKind.KEY, "k1", "Support desk", Role.SUPPORT)

    assert tied != untied


def test_the_roles_are_those_of_the_contract() -> None:
    assert {str(role) for role in Role} == {
        "admin",
        "manager",
        "support",
        "sales",
        "marketing",
        "billing",
        "integration",
        "read_only",
    }
