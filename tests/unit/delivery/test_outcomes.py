"""What the last of many tries leaves behind for whoever has the effect tried again."""

from app.db.base import new_id
from app.db.models import Delivery
from app.delivery.attempts import Claimed
from app.delivery.deliver import outcome_of
from app.domain.delivery import DeliveryState
from app.domain.retry import MOST_ATTEMPTS
from app.ports.errors import OutcomeUnknown, Transient
from app.services.deliveries import UNSEEN


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
