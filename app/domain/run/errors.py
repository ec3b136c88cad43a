"""What a run refuses, as facts."""

from app.domain.errors import Conflict, Forbidden, Invalid, NotFound


class RunNotFound(NotFound):
    """There is no run with this id."""

    code = "run_not_found"


class PlaybookNotFound(NotFound):
    """There is no playbook with this key."""

    code = "playbook_not_found"


class PlaybookUnreadable(Conflict):
    """The text of a playbook that runs keep is no playbook any more: the language has moved on."""

    code = "playbook_unreadable"


class StepUnknown(NotFound):
    """The run's playbook has no such step or stage."""

    code = "step_unknown"


class NotByHand(Conflict):
    """Runs of the playbook are not started by hand, or by this event."""

    code = "not_by_hand"


class RunsAsPlans(Conflict):
    """The playbook's runs have rows and rules of their own."""

    code = "runs_as_plans"


class EndsByCode(Conflict):
    """Code says when such a run is over, and nobody else."""

    code = "ends_with_its_plan"


class NotTriggered(Conflict):
    """The condition under which runs of the playbook begin does not hold."""

    code = "not_triggered"


class RunOver(Conflict):
    """The run is completed or cancelled."""

    code = "run_over"


class StepRefuses(Conflict):
    """The step's state does not allow the action."""

    code = "step_state_refuses"


class ItemUnknown(Invalid):
    """The checklist or the criteria have no item of this number."""

    code = "item_unknown"


class ItemOutOfTurn(Conflict):
    """An item that comes before it is not ticked."""

    code = "item_out_of_turn"


class EvidenceWanted(Invalid):
    """The item is ticked with what shows it, or not at all."""

    code = "evidence_wanted"


class ItemsOpen(Conflict):
    """A required item is not ticked."""

    code = "items_open"


class CriterionDecides(Conflict):
    """The criterion holds by itself, as soon as it does: nobody checks it."""

    code = "criterion_decides"


class PersonWanted(Forbidden):
    """A second person is asked for, and the key is tied to nobody."""

    code = "person_wanted"


class SamePerson(Forbidden):
    """Whoever executed a step does not accept its quality."""

    code = "same_person"


class NotTheVerifier(Forbidden):
    """Somebody of another role looks at the step's quality."""

    code = "not_the_verifier"


class DeviationWanted(Conflict):
    """What is done otherwise than written takes the approval of a deviation first."""

    code = "deviation_wanted"


class NothingAsked(Conflict):
    """The step awaits no such approval."""

    code = "nothing_asked"


class EscalationNotFound(NotFound):
    """There is no escalation with this id."""

    code = "escalation_not_found"


class EscalationTaken(Conflict):
    """Somebody has taken it on."""

    code = "escalation_taken"


class EscalationOver(Conflict):
    """What it is about was answered or done, or matters no more."""

    code = "escalation_over"
