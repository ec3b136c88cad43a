"""What is read of a body, and that nothing it may hold brings the service down."""

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.web.toy_app import calling, in_bytes, toy_app

APP = toy_app()
JSON = {"Content-Type": "application/json"}


async def test_a_lawful_body_is_read_and_written_in_one_form() -> None:
    # given
    body = {
        "name": "Rocket",
        "colour": "blue",
        "made_on": "2026-12-07",
        "made_at": "2026-12-07T10:00:00+10:00",
        "owner_id": "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11",
        "price": {"amount": "149.00", "currency": "AUD"},
        "wheels": [{"size": 3}],
    }

    # when
    async with calling(APP) as client:
        answer = await client.post("/toys/echo", json=body)

    # then
    assert answer.status_code == 200
    assert answer.json() | body == answer.json() | {"made_at": "2026-12-07T10:00:00+10:00"}
    assert answer.json()["made_at"] == "2026-12-07T00:00:00Z"
    assert answer.json()["price"] == {"amount": "149.00", "currency": "AUD"}


@pytest.mark.parametrize(
    ("field", "value", "code", "pointer"),
    [
        ("name", "", "text_blank", "/name"),
        ("name", " \t ", "text_blank", "/name"),
        ("name", "two\nlines", "text_character_refused", "/name"),
        ("name", "x" * 201, "text_too_long", "/name"),
        ("name", 7, "text_invalid", "/name"),
        ("name", None, "text_invalid", "/name"),
        ("colour", "green", "not_one_of", "/colour"),
        ("colour", 1, "not_one_of", "/colour"),
        ("made_on", "2026-02-30", "day_invalid", "/made_on"),
        ("made_on", "2026-12-07T00:00:00Z", "day_invalid", "/made_on"),
        ("made_on", "0001-01-01", "day_invalid", "/made_on"),
        ("made_on", "٢٠٢٦-12-07", "day_invalid", "/made_on"),
        ("made_on", 1767571200, "day_invalid", "/made_on"),
        ("made_at", "2026-12-07T00:00:00", "instant_invalid", "/made_at"),
        ("made_at", "2026-12-07 00:00:00Z", "instant_invalid", "/made_at"),
        ("made_at", "2026-12-07T24:30:00Z", "instant_invalid", "/made_at"),
        ("made_at", "2026-12-07T00:00:00+24:00", "instant_invalid", "/made_at"),
        ("made_at", "1767571200", "instant_invalid", "/made_at"),
        ("owner_id", "{0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11}", "id_invalid", "/owner_id"),
        ("owner_id", "0193A6C2-7B1E-7CC0-8F0A-3D1F6A2B9C11", "id_invalid", "/owner_id"),
        ("owner_id", "0193a6c27b1e7cc08f0a3d1f6a2b9c11", "id_invalid", "/owner_id"),
        ("kind", "Not A Slug", "slug_invalid", "/kind"),
        ("price", {"amount": 149, "currency": "AUD"}, "money_invalid", "/price"),
        ("price", {"amount": "149.00"}, "money_invalid", "/price"),
        ("price", {"amount": "1", "currency": "AUD", "x": 1}, "money_invalid", "/price"),
        ("price", {"amount": "1.001", "currency": "AUD"}, "amount_invalid", "/price"),
        ("price", {"amount": "1e5", "currency": "AUD"}, "amount_invalid", "/price"),
        ("price", {"amount": "1_0", "currency": "AUD"}, "amount_invalid", "/price"),
        ("price", {"amount": "\u0661", "currency": "AUD"}, "amount_invalid", "/price"),
        ("price", {"amount": "-1.00", "currency": "AUD"}, "amount_negative", "/price"),
        ("price", {"amount": "1.00", "currency": "XYZ"}, "currency_unknown", "/price"),
        ("price", "149.00 AUD", "money_invalid", "/price"),
        ("loud", 1, "not_a_boolean", "/loud"),
        ("loud", "true", "not_a_boolean", "/loud"),
        ("wheels", [{"size": True}], "not_a_whole_number", "/wheels/0/size"),
        ("wheels", [{"size": "3"}], "not_a_whole_number", "/wheels/0/size"),
        ("wheels", [{"size": 3.0}], "not_a_whole_number", "/wheels/0/size"),
        ("wheels", [{"size": 10**30}], "out_of_bounds", "/wheels/0/size"),
        ("wheels", [{"size": -1}], "out_of_bounds", "/wheels/0/size"),
        ("wheels", [{"size": 1}, {}], "missing", "/wheels/1/size"),
        ("wheels", [{"size": 1, "name": "x"}], "unknown_field", "/wheels/0"),
        ("wheels", {}, "not_a_list", "/wheels"),
        ("wheels", ["x"], "not_an_object", "/wheels/0"),
    ],
)
async def test_a_value_of_a_wrong_form_is_named_by_its_place_and_a_code(
    field: str, value: object, code: str, pointer: str
) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post("/toys/echo", json={"name": "Rocket", field: value})

    # then
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    (error,) = answer.json()["errors"]
    assert (error["code"], error["pointer"]) == (code, pointer)


@pytest.mark.parametrize(
    ("amount", "detail"),
    [
        ("abc", "This is not an amount such as 149.00."),
        ("1.001", "This has more than the 2 decimal places of AUD."),
    ],
)
async def test_an_amount_that_cannot_be_used_is_told_why(amount: str, detail: str) -> None:
    # when
    price = {"amount": amount, "currency": "AUD"}
    async with calling(APP) as client:
        answer = await client.post("/toys/echo", json={"name": "Rocket", "price": price})

    # then
    (error,) = answer.json()["errors"]
    assert error["detail"] == detail


async def test_what_the_caller_sent_is_never_echoed() -> None:
    # given
    body = {
        "name": ["s3cret-value"],
        "s3cret-field": 1,
        "refs": {"s3cret-key": ""},
        "wheels": [{"s3cret-field": 1, "size": "s3cret-value"}],
        "colour": "s3cret-value",
        "price": {"amount": "s3cret-value", "currency": "s3cret-value"},
    }

    # when
    async with calling(APP) as client:
        answer = await client.post("/toys/echo", json=body)

    # then
    assert answer.status_code == 422
    assert "s3cret" not in answer.text
    assert [(error["code"], error["pointer"]) for error in answer.json()["errors"]] == [
        ("text_invalid", "/name"),
        ("not_one_of", "/colour"),
        ("currency_unknown", "/price"),
        ("not_a_whole_number", "/wheels/0/size"),
        ("unknown_field", "/wheels/0"),
        ("text_blank", "/refs"),
        ("unknown_field", ""),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "json_malformed"),
        (b'{"name": "a", "name": "b"}', "json_duplicate_key"),
        (b'{"name": NaN}', "json_number_not_finite"),
        (b'{"name": "\\u0000"}', "json_character_refused"),
        (b'{"name": "\\ud800"}', "json_character_refused"),
        (b"\xef\xbb\xbf{}", "json_not_utf8"),
        ('{"name": "Müller"}'.encode("latin-1"), "json_not_utf8"),
        ('{"name": "x"}'.encode("utf-16"), "json_not_utf8"),
        (b"[" * 100_000, "json_too_deep"),
    ],
)
async def test_what_is_not_strict_json_is_refused(body: bytes, code: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post("/toys/echo", content=body, headers=JSON)

    # then
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"true", b"1.5"])
async def test_json_that_is_not_an_object_is_refused(body: bytes) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post("/toys/echo", content=body, headers=JSON)

    # then
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == ""


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x+json",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "",
        "json",
        b"application/json\xff",
    ],
)
async def test_another_media_type_is_refused(content_type: str | bytes) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post(
            "/toys/echo", content=b'{"name": "x"}', headers=in_bytes({"Content-Type": content_type})
        )

    # then
    assert answer.status_code == 415
    assert answer.json()["code"] == "media_type_not_taken"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", 'Application/JSON; charset="UTF-8"', "application/json ; charset=utf-8"],
)
async def test_json_in_utf8_is_taken_however_it_is_spelt(content_type: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post(
            "/toys/echo",
            content='{"name": "Müller"}'.encode(),
            headers={"Content-Type": content_type},
        )

    # then
    assert answer.status_code == 200
    assert answer.json()["name"] == "Müller"


async def test_a_body_without_a_content_type_is_refused() -> None:
    # given
    async with calling(APP) as client:
        request = client.build_request("POST", "/toys/echo", content=b'{"name": "x"}')

        # when
        answer = await client.send(request)

    # then
    assert "content-type" not in request.headers
    assert answer.status_code == 415


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "x"])
@pytest.mark.parametrize("path", ["/toys/echo", "/raw/agreement"])
async def test_an_encoded_body_is_refused_on_every_route(path: str, encoding: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post(path, content=b"x", headers={"Content-Encoding": encoding})

    # then
    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "identity"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536):
        yield b" " * 65_536
    yield b" "


@pytest.mark.parametrize("path", ["/toys/echo", "/raw/agreement"])
async def test_a_body_over_the_limit_is_refused_by_its_length_and_by_its_bytes(path: str) -> None:
    # when
    async with calling(APP) as client:
        declared = await client.post(path, content=b" " * (1024 * 1024 + 1), headers=JSON)
        chunked = await client.post(path, content=in_pieces(1024 * 1024), headers=JSON)

    # then
    assert "content-length" not in chunked.request.headers
    for answer in (declared, chunked):
        assert answer.status_code == 413
        assert answer.json()["code"] == "body_too_large"
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_of_just_the_limit_is_read_and_a_path_may_have_a_larger_one() -> None:
    # given
    body = b'{"name": "x"}'.ljust(1024 * 1024)

    # when
    async with calling(APP) as client:
        at_limit = await client.post("/toys/echo", content=body, headers=JSON)
        larger = await client.post("/raw/large", content=body * 2)
        too_large = await client.post("/raw/large", content=body * 2 + b" ")

    # then
    assert (at_limit.status_code, larger.status_code, too_large.status_code) == (200, 200, 413)


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "\uff11", "9" * 5000])
async def test_a_length_that_is_no_number_or_absurd_is_refused(length: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post(
            "/toys/echo",
            content=b"{}",
            headers=in_bytes({"Content-Length": length} | JSON),
        )

    # then
    assert answer.status_code in (400, 413)
    assert answer.json()["code"] in ("content_length_invalid", "body_too_large")


async def test_a_route_without_a_body_takes_none_but_an_empty_object() -> None:
    # when
    async with calling(APP) as client:
        refused = await client.post("/toys/act", json={"force": True})
        refused_list = await client.post("/toys/act", json=[])
        taken = await client.post("/toys/act", json={})

    # then
    assert refused.status_code == refused_list.status_code == 422
    assert refused.json()["code"] == "body_not_expected"
    assert taken.status_code == 503  # The body was taken; the toys' database is away.


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
async def test_no_bytes_at_all_make_a_500(body: bytes) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post("/toys/echo", content=body, headers=JSON)

    # then
    assert 400 <= answer.status_code < 500
    assert answer.json()["status"] == answer.status_code


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["name", "note", "colour", "made_on", "made_at", "owner_id", "price", "wheels", "refs", "x"]
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(FIELDS, JSON_VALUES))
async def test_no_json_value_in_any_field_makes_a_500(body: dict[str, object]) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post("/toys/echo", content=json.dumps(body), headers=JSON)

    # then
    assert answer.status_code in (200, 400, 422)
