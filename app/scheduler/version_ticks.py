"""What time does to versions of playbooks: they take force, runs follow, people read them."""

from functools import partial

from app.scheduler.contract_ticks import each_by_itself
from app.scheduler.work import Work
from app.services.playbooks.late_readers import tell_late, versions_read_late
from app.services.playbooks.moving_runs import move_run, runs_to_move
from app.services.playbooks.taking_force import (
    ask_newcomers,
    give_way,
    take_force,
    versions_due,
    versions_overtaken,
    versions_with_newcomers,
)


async def keep_versions(work: Work) -> int:
    """Put in force what is due, move open runs to it, ask newcomers to read it, remind the late."""
    overtaken = partial(versions_overtaken, office=work.office)
    done = await each_by_itself(work, overtaken, give_way, "playbook")
    due = partial(versions_due, office=work.office)
    done += await each_by_itself(work, due, take_force, "playbook")
    done += await each_by_itself(work, runs_to_move, move_run, "playbook")
    done += await each_by_itself(work, versions_with_newcomers, ask_newcomers, "playbook")
    late = partial(versions_read_late, office=work.office)
    return done + await each_by_itself(work, late, tell_late, "playbook")
