"""What clients and rooms get to read, and that no value of theirs can bend it."""

from datetime import date

import pytest

from app.catalog.loader import load_catalog
from app.catalog.templates import Templates, TemplateUnusable

TEMPLATES = load_catalog().templates
NASTY = "Bob <users/all> *Bold* _x_ `y`\r\nBcc: evil@bad.example <script>&"


def mail_values(name: str, **changes: object) -> dict[str, object]:
    return {**TEMPLATES.sample("email", name), **changes}


def chat_values(name: str, **changes: object) -> dict[str, object]:
    return {**TEMPLATES.sample("chat", name), **changes}


@pytest.mark.parametrize("name", ["upgrade_begun", "upgrade_complete"])
def test_an_email_has_the_live_date_written_out_in_both_forms(name: str) -> None:
    mail = TEMPLATES.email(name, mail_values(name))

    for text in (mail.text, mail.html):
        assert "Monday 7 December 2026" in text
        assert "Sprint" in text
        assert "Scale" in text


def test_dates_are_written_in_the_clients_language() -> None:
    values = mail_values("upgrade_begun", language="de", live_on=date(2026, 12, 7))

    assert "Montag, 7. Dezember 2026" in TEMPLATES.email("upgrade_begun", values).text


def test_the_complete_email_says_what_the_procedure_asks_for() -> None:
    mail = TEMPLATES.email("upgrade_complete", mail_values("upgrade_complete"))

    assert mail.subject == "Upgrade Complete: Scale goes live on Monday 7 December 2026"
    for text in (mail.text, mail.html):
        assert "new services are all set up" in text
        assert "Billing has been aligned accordingly." in text
        assert "395.00 AUD a week" in text
        assert "Priority Support" in text
        assert "first bill for Scale: Monday 7 December 2026" in text


def test_styles_stand_in_the_elements_and_nothing_is_fetched() -> None:
    html = TEMPLATES.email("upgrade_begun", mail_values("upgrade_begun")).html

    assert 'style="' in html
    for forbidden in ("<style", "<link", "<img", "http", "<html"):
        assert forbidden not in html


def test_a_subject_is_one_line_whatever_the_client_is_called() -> None:
    subject = TEMPLATES.email("upgrade_begun", mail_values("upgrade_begun", client=NASTY)).subject

    assert subject.isprintable()
    assert subject.startswith("Upgrade Begun: Bob")


def test_a_subject_is_bounded() -> None:
    values = mail_values("upgrade_begun", client="x" * 5000)

    assert len(TEMPLATES.email("upgrade_begun", values).subject) == 250


def test_values_are_escaped_in_html_and_plain_in_text() -> None:
    mail = TEMPLATES.email("upgrade_begun", mail_values("upgrade_begun", client=NASTY))

    assert "<script>" not in mail.html
    assert "&lt;script&gt;&amp;" in mail.html
    assert "<script>&" in mail.text


def test_an_email_goes_without_names_that_are_not_known() -> None:
    values = mail_values("upgrade_begun", contact_name="", support_name="")

    text = TEMPLATES.email("upgrade_begun", values).text

    assert text.startswith("Hello,\n")
    assert "Reply to this e-mail.\n" in text


@pytest.mark.parametrize("name", TEMPLATES.names("chat"))
def test_a_value_in_chat_has_no_marks_of_its_own(name: str) -> None:
    values = chat_values(name, client=NASTY, details=[NASTY], from_package=NASTY, people=[NASTY])

    text = TEMPLATES.chat(name, values)

    assert "<users/all>" not in text
    assert text.count("*") == 2
    assert "_" not in text
    assert "`" not in text
    assert "\r" not in text
    assert "\nBcc" not in text


@pytest.mark.parametrize("name", TEMPLATES.names("chat"))
def test_every_chat_message_goes_without_people_details_and_date(name: str) -> None:
    values = chat_values(name, people=[], details=[], live_on=None)
    for optional in ("given_day", "mondays", "was_live_on"):
        values.pop(optional, None)

    text = TEMPLATES.chat(name, values)

    assert text.startswith("*")
    assert "None" not in text
    assert text.endswith("<https://changeover.example/console/plans/0042|Open UPG-0042>")


def test_people_with_a_chat_id_are_mentioned_and_others_named() -> None:
    values = chat_values("plan_missed", people=["users/123", "Sam <x>", "users/all"])

    text = TEMPLATES.chat("plan_missed", values)

    assert text.startswith("<users/123>, Sam \u2039x\u203a, users/all: *Not live: ")


def test_sales_is_asked_with_the_mondays_before_and_after() -> None:
    text = TEMPLATES.chat("live_date_needed", chat_values("live_date_needed"))

    assert "names Tuesday 8 December 2026" in text
    assert "Would Monday 7 December 2026 or Monday 14 December 2026 do?" in text


def test_a_long_list_of_details_is_cut_with_the_number_left_out() -> None:
    values = chat_values("plan_missed", details=[f"Task {n}" for n in range(25)])

    text = TEMPLATES.chat("plan_missed", values)

    assert "• Task 19\n" in text
    assert "Task 20" not in text
    assert "• and 5 more\n" in text


def test_a_link_cannot_break_out_of_its_brackets() -> None:
    values = chat_values("plan_live", link="https://x.example/a|b>*c d")

    assert "<https://x.example/a%7Cb%3E%2Ac%20d|Open UPG-0042>" in TEMPLATES.chat(
        "plan_live", values
    )


def test_a_missing_value_is_an_error_with_its_place_and_not_a_blank() -> None:
    values = chat_values("plan_missed")
    del values["client"]

    with pytest.raises(TemplateUnusable) as refused:
        TEMPLATES.chat("plan_missed", values)

    assert refused.value.source == "chat/plan_missed.j2"
    assert refused.value.line == 1
    assert "'client' is undefined" in refused.value.message


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(TemplateUnusable):
        TEMPLATES.email("farewell", {})
    with pytest.raises(TemplateUnusable):
        TEMPLATES.chat("farewell", {})
    with pytest.raises(TemplateUnusable):
        TEMPLATES.content_hash("chat", "farewell")


def test_the_hash_of_a_text_changes_with_anything_that_it_is_made_of() -> None:
    sources = {
        "chat/a.j2": '{% include "chat/_foot.j2" %}',
        "chat/b.j2": "b",
        "chat/_foot.j2": "foot",
    }
    before = Templates(sources, {})
    after = Templates({**sources, "chat/_foot.j2": "feet"}, {})

    assert before.content_hash("chat", "a") != after.content_hash("chat", "a")
    assert before.content_hash("chat", "b") == after.content_hash("chat", "b")
    assert before.content_hash("chat", "a") == Templates(sources, {}).content_hash("chat", "a")


def test_the_look_of_emails_belongs_to_their_hash() -> None:
    parts = ("subject.j2", "body.txt.j2", "body.html.j2")
    sources = {f"email/a/{part}": "{% include 'email/a/subject.j2' %}" for part in parts[1:]}
    sources["email/a/subject.j2"] = "Hello"

    plain = Templates(sources, {}).content_hash("email", "a")
    styled = Templates({**sources, "email/mail.css": "p { margin: 0 }"}, {})

    assert plain != styled.content_hash("email", "a")
