"""Lists as CSV."""

import pytest
from starlette.datastructures import Headers

from app.domain.money import Money
from app.web.bodies import Out
from app.web.csv_rows import columns_of, csv_page, neutral, wants_csv
from app.web.money_fields import MoneyOut
from app.web.pages import Page


class Owner(Out):
    name: str
    ref: str | None = None


class Row(Out):
    id: int
    owner: Owner | None
    price: MoneyOut | None
    flags: list[str]
    open: bool


def test_columns_are_the_fields_with_inner_ones_dotted() -> None:
    assert columns_of(Row) == [
        "id", "owner.name", "owner.ref", "price.amount", "price.currency", "flags", "open",
    ]  # fmt: skip


def test_a_page_becomes_rows_and_its_cursor_a_header() -> None:
    # given
    page = Page[Row](
        items=[
            Row(
                id=1,
                owner=Owner(name='=HYPERLINK("x")', ref=None),
                price=Money.of("-475.81", "USD"),
                flags=["a", "b"],
                open=True,
            ),
            Row(id=2, owner=None, price=None, flags=[], open=False),
        ],
        next_cursor="abc",
    )

    # when
    answer = csv_page(Row, page.model_dump(mode="json"))

    # then
    assert bytes(answer.body).decode().splitlines() == [
        "id,owner.name,owner.ref,price.amount,price.currency,flags,open",
        '1,"\'=HYPERLINK(""x"")",,-475.81,USD,"[""a"", ""b""]",true',
        "2,,,,,[],false",
    ]
    assert answer.headers["x-next-cursor"] == "abc"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "-", "-1e5", "\uff1d1"]
)
def test_a_cell_that_could_be_a_formula_is_made_text(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=b", "1-1", "-475.81", "-3", "Harbour Dental"])
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    assert neutral(cell) == cell


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/csv", True),
        ("Text/CSV; charset=utf-8", True),
        ("application/json, text/csv", True),
        ("application/json, text/csv;q=0.5", False),
        ("text/csv;q=0", False),
        ("text/csv;q=x", False),
        ("text/*", False),
        ("*/*", False),
        ("", False),
        (";q=1,,;", False),
    ],
)
def test_csv_is_given_only_to_who_asks_for_it(accept: str, wanted: bool) -> None:
    assert wants_csv(Headers({"accept": accept})) is wanted
