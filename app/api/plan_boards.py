"""A plan's board, as people decide about it."""

from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.locking import hold_plan_row
from app.api.permissions import OPERATE
from app.api.plan_shapes import PlanOut
from app.api.plans import plan_answer
from app.domain.errors import Invalid
from app.services.board_pointing import PointAtBoard, point_at_board
from app.web.bodies import Body
from app.web.routing import make_router
from app.web.scalars import BoardNumber, Id, StrictBool
from app.web.security import allow

plan_boards = make_router(tags=["plans"], prefix="/v1/plans/{plan_id}")


class BoardNotNamed(Invalid):
    """Neither a board nor `by_hand`, or both."""

    code = "board_not_named"


class BoardIn(Body):
    """Which board is the plan's; or that people keep it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ref": "7712345678"}, {"by_hand": True}]}
    )

    ref: BoardNumber | None = Field(
        None, description="The board's number, as the address of its page shows it."
    )
    by_hand: StrictBool = Field(False, description="Nothing is looked for, read or written.")


@plan_boards.post("/board", operation_id="plans_board")
@allow(*OPERATE)
async def plans_board(plan_id: Id, body: BoardIn, call: ActingDep) -> PlanOut:
    """Name a plan's board, or keep it by hand.

    For a board that an automation made and that was not found, or not alone; or where we could not
    make one. It is read, watched and fitted to the plan, and keeps its name. A number that the
    board's system does not know is told in chat. Refused while the plan has a board.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    if body.by_hand is (body.ref is not None):
        raise BoardNotNamed("Give either `ref`, the board's number, or `by_hand`.", pointer="/ref")
    command = PointAtBoard(plan_id, body.ref)
    await point_at_board(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await plan_answer(call, plan_id)
