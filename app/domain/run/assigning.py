"""Who does a step of a run: the role, and how a person of it is found."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.playbook.condition import Known
from app.domain.playbook.model import Playbook, Step
from app.domain.playbook.who import Assignment, ByName, ByTable, InTurn


@dataclass(frozen=True, slots=True)
class Doer:
    """Whom a step goes to.

    Attributes:
        role: The role that does it.
        person: The e-mail address of the person who always does it; "" asks the role.
        territory: Where turns are taken; "" is the run's own person of the role.
        otherwise: The role that gets it where the territory has nobody.
    """

    role: str
    person: str = ""
    territory: str = ""
    otherwise: str = ""


def doer_of(playbook: Playbook, step: Step, figures: Mapping[str, Known]) -> Doer:
    """Whom a step goes to, by its assignment and what tables say of the run.

    Args:
        playbook: In the run's version.
        step: Of the playbook.
        figures: What is known of the run; an outcome that is not known leaves the step's own role.

    Source: docs/playbook-runs.md, "Who does it".
    """
    assignment = assignment_of(playbook, step)
    match assignment:
        case ByName():
            return Doer(step.role, person=assignment.person)
        case ByTable():
            return Doer(str(figures.get(assignment.outcome, step.role)))
        case InTurn():
            territory = str(figures.get(assignment.territory, "")) if assignment.territory else ""
            return Doer(assignment.role, "", territory, assignment.otherwise)
    return Doer(step.role)


def assignment_of(playbook: Playbook, step: Step) -> Assignment | None:
    """How a step is given to somebody; None where it goes to the run's own person of its role."""
    return next((each for each in playbook.assignments if each.key == step.assign), None)


def roles_in_territories(playbook: Playbook) -> frozenset[str]:
    """The roles whose people take turns inside territories."""
    return frozenset(
        each.role for each in playbook.assignments if isinstance(each, InTurn) and each.territory
    )
