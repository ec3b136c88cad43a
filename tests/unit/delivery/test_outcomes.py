"""What the last of many tries leaves behind for whoever has the effect tried again."""

from app.db.ids import new_id
from app.db.models import Delivery
from app.delivery.attempts import Claimed
from app.delivery.deliver import outcome_of
from app.domain.delivery import DeliveryState
from app.domain.repeating import UNSEEN
from app.domain.retry import MOST_ATTEMPTS
from app.ports.errors import OutcomeUnknown, Transient


def last_try() -> Claimed:
    return Claimed(Delivery(id=new_id(), attempts=MOST_ATTEMPTS), new_id(), unsure=False)


def test_a_last_try_without_an_answer_is_kept_as_unseen_so_that_it_is_looked_up() -> None:
    outcome = outcome_of(OutcomeUnknown("The answer did not come."), last_try())

    assert outcome.state is DeliveryState.FAILED
    assert outcome.name in UNSEEN
    assert outcome.retry_in is None


def test_a_last_try_that_never_left_is_given_up() -> None:
    outcome = outcome_of(Transient("It was never reached."), last_try())

    assert (outcome.state, outcome.name) == (DeliveryState.FAILED, "given_up")


def test_an_unseen_change_of_a_bill_is_never_sent_again() -> None:
    delivery = Delivery(id=new_id(), kind="billing.submit", attempts=1)

    outcome = outcome_of(OutcomeUnknown("No answer."), Claimed(delivery, new_id(), unsure=False))

    assert outcome.state is DeliveryState.FAILED
    assert (outcome.name, outcome.retry_in) == ("unknown", None)
    assert outcome.detail == "Not sent again: No answer."


def test_a_change_of_a_bill_that_surely_did_not_leave_is_tried_again() -> None:
    delivery = Delivery(id=new_id(), kind="billing.submit", attempts=1)

    outcome = outcome_of(Transient("Busy."), Claimed(delivery, new_id(), unsure=False))

    assert outcome.state is DeliveryState.RETRYING
    assert outcome.retry_in is not None
