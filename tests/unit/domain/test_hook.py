"""Subscriptions: events that there are, addresses that may be sent to, derived secrets."""

from uuid import UUID

import pytest

from app.domain.hook import (
    EventUnknown,
    TargetInvalid,
    checked_events,
    checked_target,
    names_for,
    secret_of,
)

KNOWN = {"contract.renewed", "contract.terminated"}


def test_a_subscription_names_events_or_all_of_a_kind() -> None:
    asked = ["contract.renewed", "contract.*", "contract.renewed"]

    assert checked_events(asked, KNOWN) == ["contract.renewed", "contract.*"]
    assert names_for("contract.renewed") == ("contract.renewed", "contract.*")


@pytest.mark.parametrize("name", ["contract.eaten", "plan.*", "contract", "*", "contract.renewed "])
def test_an_event_that_is_never_sent_is_refused(name: str) -> None:
    with pytest.raises(EventUnknown) as refused:
        checked_events(["contract.renewed", name], KNOWN)

    assert refused.value.pointer == "/events/1"


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/a",
        "https://",
        "https://name:word@hooks.example/",
        "https://hooks.example:99999/",
        "https://hooks.example/a b",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://[::1]/",
        "https://localhost/",
        "https://localhost./",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://2130706433/",
        "https://[::ffff:10.0.0.8]/",
        "https://database.internal/",
        "ftp://hooks.example/",
    ],
)
def test_an_address_inside_or_without_encryption_is_refused(url: str) -> None:
    with pytest.raises(TargetInvalid):
        checked_target(url, is_sandbox=False)


def test_an_address_outside_is_taken_and_in_the_sandbox_one_inside() -> None:
    outside, inside = "https://hooks.example/a", "http://127.0.0.1:9000/a"

    assert checked_target(outside, is_sandbox=False) == outside
    assert checked_target("https://93.184.216.34/", is_sandbox=False)
    assert checked_target(inside, is_sandbox=True) == inside


def test_each_subscription_has_a_secret_of_its_own() -> None:
    one, other = secret_of("k" * 32, UUID(int=1)), secret_of("k" * 32, UUID(int=2))

    assert one != other
    assert one == secret_of("k" * 32, UUID(int=1))
    assert one.startswith("whsec_")
