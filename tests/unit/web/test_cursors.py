"""Cursors: opaque, exact, and worth nothing when changed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.pages import cursor_for, position_of
from app.web.refusals import CursorInvalid

AT = datetime(2026, 11, 20, 3, 12, 0, 123456, tzinfo=UTC)
ID = UUID("0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11")


@given(
    st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
    st.uuids(),
)
def test_a_cursor_gives_back_its_position_to_the_microsecond(at: datetime, row_id: UUID) -> None:
    # given
    aware = at.replace(tzinfo=UTC)

    # then
    assert position_of(cursor_for(aware, row_id)) == (aware, row_id)


@given(st.data())
def test_a_cursor_with_one_character_changed_is_refused(data: st.DataObject) -> None:
    # given
    cursor = cursor_for(AT, ID)
    at = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters(max_codepoint=300).filter(lambda c: c != cursor[at]))

    # then
    with pytest.raises(CursorInvalid):
        position_of(cursor[:at] + other + cursor[at + 1 :])


@pytest.mark.parametrize(
    "cursor", ["", "x", "AA", "=", cursor_for(AT, ID)[:-1], cursor_for(AT, ID) + "A", "Ж" * 40]
)
def test_what_was_never_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        position_of(cursor)
