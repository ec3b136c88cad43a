"""Whether a playbook agrees with itself: every check of it, in the order of its parts."""

from collections.abc import Set as AbstractSet

from app.domain.playbook.contradiction import Contradiction
from app.domain.playbook.figure_checks import figures_wrong
from app.domain.playbook.measure_checks import measures_wrong
from app.domain.playbook.model import Playbook
from app.domain.playbook.name_checks import names_twice, names_unknown
from app.domain.playbook.order_checks import orders_impossible
from app.domain.playbook.part_checks import parts_absurd
from app.domain.playbook.reminder_checks import reminders_absurd
from app.domain.playbook.time_checks import times_absurd
from app.domain.playbook.upgrade import UpgradePlaybook, procedure_faults


def contradictions(playbook: Playbook, *, services: AbstractSet[str]) -> tuple[Contradiction, ...]:
    """A playbook names only what exists, decides every case, and its dates can be kept.

    Args:
        playbook: The procedure as read.
        services: Keys of every service in the catalog.
    """
    upgrade = isinstance(playbook, UpgradePlaybook)
    return (
        *names_twice(playbook),
        *names_unknown(playbook, services),
        *orders_impossible(playbook),
        *times_absurd(playbook),
        *figures_wrong(playbook),
        *measures_wrong(playbook),
        *parts_absurd(playbook),
        *reminders_absurd(playbook, upgrade=upgrade),
        *(procedure_faults(playbook) if isinstance(playbook, UpgradePlaybook) else ()),
    )
