"""What may be asked of a playbook."""

from app.domain.playbook.effect import BoardEffect, ChatEffect, MailEffect
from app.domain.playbook.moment import Moment
from tests.unit.domain.playbook.making import playbook


def test_effects_are_found_by_their_moment_and_kind() -> None:
    signed = ChatEffect(Moment.BEGUN, "support", "upgrade_signed")
    begun = MailEffect(Moment.BEGUN, "upgrade_begun", "Upgrade Begun")
    live = ChatEffect(Moment.LIVE, "support", "plan_live")

    book = playbook(effects=(signed, begun, BoardEffect(Moment.BEGUN), live))

    assert book.chats_on(Moment.BEGUN) == (signed,)
    assert book.chats_on(Moment.LIVE) == (live,)
    assert book.mails_on(Moment.BEGUN) == (begun,)
    assert book.mails_on(Moment.LIVE) == ()
    assert book.boards_on(Moment.BEGUN)
    assert not book.boards_on(Moment.LIVE)


def test_a_stage_is_found_by_the_title_of_its_board_group() -> None:
    found = playbook().stage_titled("Google")

    assert found is not None
    assert found.key == "google"
    assert playbook().stage_titled("google") is None


def test_roles_in_turn_are_those_marked_so() -> None:
    assert playbook().roles_in_turn == ("support",)


def test_a_reminder_is_found_by_its_key() -> None:
    found = playbook().reminder("acknowledgement_due")

    assert found is not None
    assert found.key == "acknowledgement_due"
    assert playbook().reminder("unheard_of") is None
