"""The environment: read once, refused in plain words, and nothing secret told."""

import stat
from pathlib import Path

import pytest

from app.settings import (
    Settings,
    SettingsInvalid,
    env_example,
    load_settings,
    secret_key_of,
    variable,
)

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = {"CHANGEOVER_ENV": "sandbox"}


def refusal(name: str, value: str) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings({**SANDBOX, name: value})
    return str(caught.value)


def test_the_committed_example_is_the_generated_one() -> None:
    assert (ROOT / ".env.example").read_text() == env_example()


def test_every_setting_is_in_the_example_with_its_meaning() -> None:
    example = env_example()

    for name, field in Settings.model_fields.items():
        if not field.exclude:
            assert f"\n{variable(name)}=" in example
            assert field.description


def test_the_example_itself_can_be_loaded_once_it_is_a_sandbox() -> None:
    lines = [line for line in env_example().splitlines() if "=" in line and line[0] != "#"]
    environ = dict(line.split("=", 1) for line in lines)

    assert load_settings({**environ, **SANDBOX}) == load_settings(SANDBOX)


def test_an_empty_value_means_absent() -> None:
    settings = load_settings({**SANDBOX, "CHANGEOVER_PORT": " ", "CHANGEOVER_MONDAY_TOKEN": ""})

    assert settings.port == 8000
    assert settings.monday_token is None


def test_production_needs_a_secret_key() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings({})

    assert caught.value.sentences == [
        "CHANGEOVER_SECRET_KEY must be set in production: any text of at least 32 characters, "
        "kept for as long as the data."
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ENV", "staging", "must be production or sandbox."),
        ("TIMEZONE", "Mars/Olympus", "must be the IANA name of a time zone"),
        ("TIMEZONE", "../etc/passwd", "must be the IANA name of a time zone"),
        ("PORT", "65536", "must be a number from 1 to 65535."),
        ("PORT", "http", "must be a number from 1 to 65535."),
        ("WORKER", "perhaps", "must be on or off."),
        ("DATABASE_URL", "mysql://root:hunter2@db/x", "must be an address such as postgresql://"),
        ("DATABASE_URL", "hunter2", "must be an address such as postgresql://"),
        ("SECRET_KEY", "hunter2", "must have at least 32 characters."),
        ("BOOTSTRAP_KEY", "hunter2", "must have at least 16 characters."),
        ("AGREEMENT_SECRET", "hunter2", "must be whsec_ followed by"),
        ("AGREEMENT_SECRET", "whsec_aHVudGVyMg==", "must be whsec_ followed by"),
        ("MONDAY_URL", "ftp://api.example", "must be a web address"),
        ("MONDAY_URL", "https://user:hunter2@api.example", "must be a web address without"),
        ("MONDAY_TEMPLATE_BOARD_ID", "board", "must be a number"),
        ("GOOGLE_CHAT_SALES_URL", "hunter2", "must be a web address"),
        ("MARKETING_CC", "marketing", "must be one e-mail address."),
        ("MARKETING_CC", "a@b.example, c@d.example", "must be one e-mail address."),
        ("BILLING_MODE", "api", "must be manual or hook: api is not available yet."),
        ("BILLING_HOOK_URL", "hunter2", "must be a web address"),
        ("BILLING_HOOK_SECRET", "hunter2", "must be whsec_ followed by"),
        ("BILLING_HOOK_API_KEY", "hunter2 ü", "must be a key of plain letters"),
        ("BOARD_BY", "zapier", "must be us or automation."),
        ("LOG_FORMAT", "xml", "must be json or console."),
        ("PUBLIC_URL", "changeover", "must be a web address"),
    ],
)
def test_a_wrong_value_is_refused_in_plain_words(name: str, value: str, sentence: str) -> None:
    told = refusal(f"CHANGEOVER_{name}", value)

    assert told.startswith(f"CHANGEOVER_{name} {sentence}")
    assert "\n" not in told
    assert "hunter2" not in told


def test_every_wrong_value_is_told_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings({**SANDBOX, "CHANGEOVER_PORT": "x", "CHANGEOVER_TIMEZONE": "y"})

    assert [sentence.split()[0] for sentence in caught.value.sentences] == [
        "CHANGEOVER_TIMEZONE",
        "CHANGEOVER_PORT",
    ]


def test_secrets_are_not_shown() -> None:
    settings = load_settings(
        {
            **SANDBOX,
            "CHANGEOVER_DATABASE_URL": "postgres://u:hunter2@db/x",
            "CHANGEOVER_MONDAY_TOKEN": "hunter2",
            "CHANGEOVER_GOOGLE_CHAT_SALES_URL": "https://chat.example/v1?token=hunter2",
        }
    )

    assert "hunter2" not in f"{settings!r} {settings}"


def test_a_system_is_connected_when_all_it_needs_is_there() -> None:
    nothing = load_settings(SANDBOX)
    half = load_settings({**SANDBOX, "CHANGEOVER_MONDAY_TOKEN": "t"})
    whole = load_settings(
        {
            **SANDBOX,
            "CHANGEOVER_MONDAY_TOKEN": "t",
            "CHANGEOVER_MONDAY_TEMPLATE_BOARD_ID": "1234567890",
        }
    )

    assert (nothing.monday_connected, nothing.problems()) == (False, [])
    assert not half.monday_connected
    assert half.problems() == [
        "monday.com is not connected: CHANGEOVER_MONDAY_TEMPLATE_BOARD_ID is missing."
    ]
    assert (whole.monday_connected, whole.problems()) == (True, [])


def test_boards_of_an_automation_need_monday() -> None:
    alone = load_settings({**SANDBOX, "CHANGEOVER_BOARD_BY": "automation"})
    with_monday = load_settings(
        {
            **SANDBOX,
            "CHANGEOVER_BOARD_BY": "automation",
            "CHANGEOVER_MONDAY_TOKEN": "t",
            "CHANGEOVER_MONDAY_TEMPLATE_BOARD_ID": "1234567890",
        }
    )

    assert alone.problems() == [
        "CHANGEOVER_BOARD_BY is automation, but monday.com is not connected: the boards that the "
        "automation makes are not found; each is a person's to fit."
    ]
    assert with_monday.problems() == []


def test_a_misspelt_setting_is_noticed() -> None:
    settings = load_settings({**SANDBOX, "CHANGEOVER_MONDY_TOKEN": "t"})

    assert settings.problems() == ["CHANGEOVER_MONDY_TOKEN is not a setting that Changeover knows."]


def test_plain_http_and_the_embedded_database_are_problems_in_production() -> None:
    settings = load_settings(
        {"CHANGEOVER_SECRET_KEY": "x" * 32, "CHANGEOVER_MONDAY_URL": "http://monday.example"}
    )

    assert [problem.split()[0] for problem in settings.problems()] == [
        "CHANGEOVER_MONDAY_URL",
        "CHANGEOVER_DATABASE_URL",
    ]


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"CHANGEOVER_HOST": "0.0.0.0", "CHANGEOVER_PORT": "81"}, "http://127.0.0.1:81"),
        ({"CHANGEOVER_PUBLIC_URL": "https://c.example/"}, "https://c.example"),
    ],
)
def test_people_are_sent_to_the_public_address(environ: dict[str, str], address: str) -> None:
    assert load_settings({**SANDBOX, **environ}).public_url == address


def test_the_sandbox_makes_its_key_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    settings = load_settings({**SANDBOX, "CHANGEOVER_DATA_DIR": str(tmp_path / "data")})

    first, second = secret_key_of(settings), secret_key_of(settings)

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "data/secret.key").stat().st_mode) == 0o600


def test_two_agreement_secrets_are_taken_during_a_rotation() -> None:
    new, old = "whsec_" + "A" * 32, "whsec_" + "B" * 32
    settings = load_settings({**SANDBOX, "CHANGEOVER_AGREEMENT_SECRET": f"{new} {old}"})

    assert settings.agreement_secrets == (new, old)


HOOK = {
    **SANDBOX,
    "CHANGEOVER_BILLING_MODE": "hook",
    "CHANGEOVER_BILLING_HOOK_URL": "https://hooks.example/catch/1/abc/",
    "CHANGEOVER_BILLING_HOOK_SECRET": "whsec_" + "A" * 32,
}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((), "CHANGEOVER_BILLING_HOOK_URL and CHANGEOVER_BILLING_HOOK_SECRET"),
        (("CHANGEOVER_BILLING_HOOK_URL",), "CHANGEOVER_BILLING_HOOK_SECRET"),
        (("CHANGEOVER_BILLING_HOOK_SECRET",), "CHANGEOVER_BILLING_HOOK_URL"),
    ],
)
def test_the_hook_needs_its_address_and_its_secret(given: tuple[str, ...], missing: str) -> None:
    environ = {**SANDBOX, "CHANGEOVER_BILLING_MODE": "hook", **{name: HOOK[name] for name in given}}

    with pytest.raises(SettingsInvalid) as caught:
        load_settings(environ)

    assert caught.value.sentences == [
        f"CHANGEOVER_BILLING_MODE is hook, which also needs {missing}: the automation's catch "
        "hook, and what signs the requests to it."
    ]


def test_a_hooks_address_is_taken_to_the_letter_and_not_shown() -> None:
    settings = load_settings({**HOOK, "CHANGEOVER_BILLING_HOOK_API_KEY": "make-key"})

    assert settings.problems() == []
    assert settings.billing_hook_url is not None
    assert settings.billing_hook_url.get_secret_value() == "https://hooks.example/catch/1/abc/"
    assert settings.billing_hook_secrets == ("whsec_" + "A" * 32,)
    shown = f"{settings!r} {settings}"
    assert "catch" not in shown
    assert "make-key" not in shown
    assert "AAAA" not in shown


def test_a_hook_that_is_never_called_and_one_in_the_open_are_problems() -> None:
    idle = load_settings({**HOOK, "CHANGEOVER_BILLING_MODE": "manual"})
    plain = load_settings(
        {
            **HOOK,
            "CHANGEOVER_ENV": "production",
            "CHANGEOVER_SECRET_KEY": "x" * 32,
            "CHANGEOVER_BILLING_HOOK_URL": "http://hooks.example/catch",
        }
    )

    assert [problem.split(",")[0] for problem in idle.problems()] == [
        "CHANGEOVER_BILLING_HOOK_URL is set"
    ]
    assert plain.problems()[0].startswith("CHANGEOVER_BILLING_HOOK_URL is not https: ")


def test_a_failpoint_is_for_the_sandbox_alone() -> None:
    armed = {"CHANGEOVER_FAILPOINT": "settle.before:kill:3"}
    production = {"CHANGEOVER_ENV": "production", "CHANGEOVER_SECRET_KEY": "k" * 32}

    with pytest.raises(SettingsInvalid) as caught:
        load_settings({**production, **armed})

    assert caught.value.sentences == [
        "CHANGEOVER_FAILPOINT must be empty in production: it makes the process die, and is for "
        "rehearsals in the sandbox."
    ]
    assert load_settings({**SANDBOX, **armed}).failpoint == "settle.before:kill:3"


def test_a_failpoint_has_a_form() -> None:
    assert refusal("CHANGEOVER_FAILPOINT", "somewhere") == (
        "CHANGEOVER_FAILPOINT must be a point, kill or stop, and a number, such as "
        "settle.before:kill:3."
    )
