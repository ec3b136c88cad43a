"""A database that is restarted under load, and one whose commits are lost on the way."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.faults.conftest import Size
from tests.faults.processes import wait_for
from tests.faults.proxy import AFTER, BEFORE, proxy
from tests.faults.servers import FAST, IMMEDIATE, durable_server
from tests.faults.stage import theatre_on
from tests.postgres import clone, drop

BETWEEN_RESTARTS_S = 3.0


@pytest.mark.slow
def test_a_database_restarted_every_few_seconds_loses_nothing_and_repeats_nothing(
    tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    folder = tmp_path / "server"
    with durable_server(folder) as (url, restart), theatre_on(url, tmp_path) as stage:
        # given two workers with work before them
        stage.database.sign(size.clients)
        with stage.worker(), stage.worker():
            wait_for(stage.vendors.have_had(5), stage.log)

            # when the database goes away again and again, in the middle of it or in order
            for number in range(size.rounds):
                restart(FAST if number % 2 else IMMEDIATE)
                if number == size.rounds // 2:
                    stage.database.post_notes(size.notes)
                time.sleep(BETWEEN_RESTARTS_S)
            stage.drain()

        # then everything has happened once
        accept(
            stage.verdict(),
            beside=f"{size.rounds} restarts, {len(stage.stuck)} tried again by hand",
        )


@pytest.mark.slow
def test_commits_that_are_cut_off_on_either_side_lose_nothing_and_repeat_nothing(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    url = asyncio.run(clone(database_template))
    try:
        with proxy(url) as (through, cuts), theatre_on(url, tmp_path, through=through) as stage:
            # given two workers that reach the database through a proxy
            stage.database.sign(size.clients)
            with stage.worker(), stage.worker():
                wait_for(stage.vendors.have_had(5), stage.log)

                # when commits never arrive, or are made and never heard of
                cuts.every = size.of(15, 40)
                wanted = size.of(6, 60)
                stage.database.post_notes(size.notes)
                wait_for(
                    lambda: (
                        min(cuts.made[BEFORE], cuts.made[AFTER]) >= wanted // 2
                        or stage.database.idle()
                    ),
                    stage.log,
                )
                cuts.every = 0
                stage.drain()

            # then everything has happened once
            assert min(cuts.made[BEFORE], cuts.made[AFTER]) > 0
            told = f"{cuts.made[BEFORE]} commits cut before, {cuts.made[AFTER]} after"
            accept(stage.verdict(), beside=f"{told}, {len(stage.stuck)} tried again by hand")
    finally:
        asyncio.run(drop(url))
