"""A backup is restored after a change of users was carried out: nobody is charged twice."""

from dataclasses import replace

from sqlalchemy import URL

from app.services.epochs import begin_epoch
from tests.builders import TESTER, make_service
from tests.integration.test_restored_backup import backed_up, restored
from tests.tiered import tiered_on


async def test_what_was_charged_after_the_backup_is_found_and_not_charged_again(
    database_url: URL,
) -> None:
    async with tiered_on(database_url) as tiered:
        # given a backup from before the yes, and all that followed from it
        account = await tiered.account()
        quote = await tiered.ask(account, 25)
        backup = await backed_up(tiered.world)
        assert (await tiered.act(quote, "accept"))["state"] == "confirmed"
        (before,) = await tiered.world.deliveries("charge.create")

        # when the backup is restored, and the yes is taken once more
        async with restored(tiered.world, backup) as world:
            async with world.sessions.begin() as session:
                await begin_epoch(session, actor=TESTER, now=world.now)
            tiered.door.app = make_service(world.sessions, world.clock, at=world.office)
            again = replace(tiered, world=world)
            done = await again.act(quote, "accept")
            (after,) = await world.deliveries("charge.create")

            # then
            assert done["state"] == "confirmed"
            assert (after.key, len(again.charges())) == (before.key, 1)
            assert len(again.site_changes()) == 1
            assert [subject[:4] for subject, _ in await again.mails()] == ["Your", "Done"]
