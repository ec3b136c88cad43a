"""Whatever form an automation platform sends, one and the same document comes out."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.generic.inbound import GenericAgreements
from app.ports.inbound import CallNotParseable, InboundCall

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SENDER = GenericAgreements()

OURS: dict[str, Any] = {
    "event": "agreement.signed",
    "event_id": "zap-81723",
    "agreement": {"ref": "PROP-1042", "live_on": "2026-12-07"},
    "client": {"ref": "C-77", "name": "Harbour Dental", "email": "owner@harbourdental.example"},
    "movement": {"from": "sprint", "to": "scale"},
}
FLAT = {
    "event": "agreement.signed",
    "event_id": "zap-81723",
    "agreement__ref": "PROP-1042",
    "agreement__live_on": "2026-12-07",
    "client__ref": "C-77",
    "client__name": "Harbour Dental",
    "client__email": "owner@harbourdental.example",
    "movement__from": "sprint",
    "movement__to": "scale",
}


def call(body: bytes, content_type: str | None = "application/json", **headers: str) -> InboundCall:
    held = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        held["content-type"] = content_type
    return InboundCall("agreement", held, {}, body)


def parsed(document: object) -> dict[str, Any]:
    (found,) = SENDER.parse(call(json.dumps(document).encode()))
    return dict(found)


def multipart(fields: Mapping[str, str], boundary: str = "XyZ") -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


@pytest.mark.parametrize(
    "received",
    [
        pytest.param(call(json.dumps(OURS).encode()), id="JSON"),
        pytest.param(call(json.dumps([OURS]).encode()), id="array of one"),
        pytest.param(call(json.dumps(FLAT).encode()), id="flat JSON"),
        pytest.param(
            call(json.dumps(OURS).encode(), "application/json; charset=utf-8"), id="as Zapier"
        ),
        pytest.param(call(json.dumps(OURS).encode(), "Application/Vnd.Ours+JSON"), id="+json"),
        pytest.param(
            call(urlencode(FLAT).encode(), "application/x-www-form-urlencoded"), id="form"
        ),
        pytest.param(call(multipart(FLAT), 'multipart/form-data; boundary="XyZ"'), id="multipart"),
    ],
)
def test_every_form_gives_the_same_document(received: InboundCall) -> None:
    assert SENDER.parse(received) == (OURS,)


def test_an_array_gives_a_document_each() -> None:
    documents = SENDER.parse(call(json.dumps([OURS, FLAT, {"event": "x"}]).encode()))

    assert documents == (OURS, OURS, {"event": "x"})


def test_zapiers_accepted_proposal_is_read_in_ignitions_words() -> None:
    document = parsed(
        {
            "id": "482913",
            "proposal_id": "482913",
            "proposal_number": "PROP-1043",
            "name": "Scale upgrade — Harbour Dental",
            "status": "accepted",
            "client_id": "77120",
            "client_name": "Harbour Dental Pty Ltd",
            "client_email": "jo@harbourdental.example",
            "client_partner": "",
            "from_tier": "SPRINT",
            "to_tier": "SCALE",
            "accepted_at": "2026-11-20T01:05:09Z",
            "effective_start_date": "2026-11-30",
            "billing_starts_on": "2026-12-07",
            "total_value": "$65,000.00",
            "currency": "AUD",
            "proposal_url": "https://go.ignition.example/p/1",
        }
    )

    assert document == {
        "id": "482913",
        "status": "accepted",
        "event": "agreement.signed",
        "agreement": {
            "ref": "PROP-1043",
            "title": "Scale upgrade — Harbour Dental",
            "live_on": "2026-11-30",
            "signed_at": "2026-11-20T01:05:09Z",
            "document_url": "https://go.ignition.example/p/1",
            "total": "$65,000.00",
            "currency": "AUD",
        },
        "client": {
            "ref": "77120",
            "name": "Harbour Dental Pty Ltd",
            "email": "jo@harbourdental.example",
        },
        "movement": {"from": "SPRINT", "to": "SCALE"},
    }


def test_our_own_keys_are_never_overwritten_by_other_words() -> None:
    document = parsed(
        {**OURS, "client_name": "Other", "proposal_number": "P-2", "start_date": "2027-01-04"}
    )

    assert document == OURS


@pytest.mark.parametrize("status", ["declined", "sent", "", None, 3])
def test_only_an_accepted_proposal_is_a_signed_agreement(status: object) -> None:
    assert "event" not in parsed({"proposal_id": "1", "status": status})


def test_a_named_event_stays_whatever_the_status_is() -> None:
    assert parsed({"event": "agreement.declined", "status": "accepted"})["event"] == (
        "agreement.declined"
    )


def test_a_standard_webhooks_document_is_opened() -> None:
    document = parsed(
        {
            "type": "agreement.signed",
            "timestamp": "2026-11-20T03:12:00Z",
            "data": {
                "agreement_id": "PROP-1042",
                "client__email": "owner@harbourdental.example",
                "from_tier": "SPRINT",
                "to_tier": "SCALE",
                "live_date": "2026-12-07",
            },
        }
    )

    assert document == {
        "event": "agreement.signed",
        "occurred_at": "2026-11-20T03:12:00Z",
        "agreement": {"ref": "PROP-1042", "live_on": "2026-12-07"},
        "client": {"email": "owner@harbourdental.example"},
        "movement": {"from": "SPRINT", "to": "SCALE"},
    }


@pytest.mark.parametrize(
    ("services", "read"),
    [
        ("SMS,Email", [{"service": "SMS"}, {"service": "Email"}]),
        (" sms , ,email ", [{"service": "sms"}, {"service": "email"}]),
        ('["sms"]', [{"service": "sms"}]),
        ('[{"service": "sms", "anchor": "monday"}]', [{"service": "sms", "anchor": "monday"}]),
        ('{"service": "sms"}', [{"service": "sms"}]),
        (["sms", {"service": "email"}], [{"service": "sms"}, {"service": "email"}]),
        ([], []),
        (7, 7),
    ],
)
def test_services_may_come_as_names_or_as_json_text(services: object, read: object) -> None:
    assert parsed({"client": {"services": services}})["client"]["services"] == read


@pytest.mark.parametrize("text", ["[", '{"a": 1, "a": 2}', "[NaN]"])
def test_services_in_broken_json_are_refused(text: str) -> None:
    with pytest.raises(CallNotParseable):
        parsed({"client__services": text})


def test_empty_text_is_absent_everywhere() -> None:
    document = parsed(
        {
            "event": "agreement.signed",
            "agreement": {"ref": "", "title": " ", "document_url": None},
            "client__name": "",
            "list": ["", {"a": ""}],
            "proposal_name": "",
        }
    )

    assert document == {
        "event": "agreement.signed",
        "agreement": {"document_url": None},
        "list": [None, {}],
    }


def test_a_key_given_twice_with_one_value_is_no_conflict() -> None:
    assert parsed({**OURS, "client__name": "Harbour Dental"}) == OURS


@pytest.mark.parametrize(
    "document",
    [
        {"client": {"name": "A"}, "client__name": "B"},
        {"client": "A", "client__name": "B"},
        {"client": ["A"], "client__name": "B"},
        {"client__name": "A", "client__name__first": "B"},
        {"a__b__c__d__e__f__g": "1"},
    ],
)
def test_keys_that_contradict_each_other_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(CallNotParseable) as caught:
        parsed(document)

    assert caught.value.status == 400


@pytest.mark.parametrize("key", ["__name", "client__", "a____b", "__"])
def test_a_key_with_an_empty_step_is_left_as_it_is(key: str) -> None:
    assert parsed({key: "1"}) == {key: "1"}


def test_words_that_hold_objects_are_not_taken_for_values() -> None:
    document = {"client_name": {"first": "Jo"}, "total": [1], "currency": True}

    assert parsed(document) == document


def test_a_section_that_is_no_object_is_left_for_the_rules_to_refuse() -> None:
    document = {"agreement": "PROP-1", "proposal_number": "PROP-2"}

    assert parsed(document) == document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*FLAT, *OURS, "client_name", "type", "data", "status", "name"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from([*FLAT, *OURS, "type", "data", "name"]), JSON, max_size=8))
def test_any_document_of_known_words_is_read_or_refused_never_broken(
    document: dict[str, object],
) -> None:
    try:
        (found,) = SENDER.parse(call(json.dumps(document).encode()))
    except CallNotParseable:
        return
    assert isinstance(SENDER.dedupe_key(call(b"{}"), found, 0), str)
