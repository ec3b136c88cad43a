"""Rows that are chosen before anything is done to them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select


def once(chosen: Select[UUID]) -> Select[Any]:
    """The ids that a limited question finds, for `id IN (...)` of the statement that changes them.

    Below `IN`, Postgres may ask a question anew for each row of the table, if it takes the table
    for small. One with `LIMIT` and `SKIP LOCKED` finds other rows each time, and in the end more
    than its limit.

    Args:
        chosen: A select of ids, with its order, limit and locks.

    Source: https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION
    """
    return select(chosen.cte("chosen").prefix_with("MATERIALIZED"))
