"""A diary of the lower movement: from Start to Sprint every group of the board stays."""

from tests.world import World, local


async def test_a_client_who_goes_from_start_to_sprint_keeps_every_group(world: World) -> None:
    # Friday 20 November - signed
    await world.at(local("2026-11-20 13:12"))
    await world.receive(movement__from="start", movement__to="sprint")

    board = await world.board()
    assert sorted(board.groups) == [
        "Billing",
        "Email Marketing",
        "Google Business",
        "Handover",
        "SMS",
    ]
    google = [(item.title, item.due_on) for item in board.items if item.group == "Google Business"]
    assert google == [
        ("Claim the Google Business profile", "2026-11-24"),
        ("Complete the Google Business profile", "2026-12-01"),
    ]
    assert [(one.kind, one.service, one.money_minor) for one in await world.adjustments()] == [
        ("cancel_service", "website_care", 4900),
        ("start_service", "website_care", 4900),
        ("start_service", "sms", 4900),
        ("start_service", "email_marketing", 5900),
        ("start_service", "google_business", 3900),
    ]
    assert "archive_group" not in world.operations("monday")


async def test_a_client_who_goes_from_start_to_scale_keeps_every_group(world: World) -> None:
    await world.at(local("2026-11-20 13:12"))
    await world.receive(movement__from="start", movement__to="scale")

    board = await world.board()
    assert "Google Business" in board.groups
    assert len(board.items) == 9 + 1 + 5  # setup; Website Care ended; five services started
