"""A body that is not what it says, or not of a kind that is taken, is refused and never breaks."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.generic.inbound import GenericAgreements
from app.ports.inbound import CallNotParseable, InboundCall

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SENDER = GenericAgreements()

BODY = json.dumps({"event": "agreement.signed"}).encode()


def call(body: bytes, content_type: str | None = "application/json", **headers: str) -> InboundCall:
    held = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        held["content-type"] = content_type
    return InboundCall("agreement", held, {}, body)


def multipart(fields: Mapping[str, str], boundary: str = "XyZ") -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/jsonp",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded; charset=latin-1",
        "garbage",
        ";;;",
        "application/jsön",
        "application/json\u0101",
        "multipart/mixed; boundary=x",
    ],
)
def test_another_media_type_is_not_taken(content_type: str | None) -> None:
    with pytest.raises(CallNotParseable) as caught:
        SENDER.parse(call(BODY, content_type))

    assert caught.value.status == 415


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity", "nonsense"])
def test_an_encoded_body_is_not_taken(encoding: str) -> None:
    with pytest.raises(CallNotParseable) as caught:
        SENDER.parse(call(BODY, content_encoding=encoding))

    assert caught.value.status == 415


FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=XyZ"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"", "application/json", id="no JSON"),
        pytest.param(b"[]", "application/json", id="empty array"),
        pytest.param(b'"text"', "application/json", id="JSON text"),
        pytest.param(b"[{}, 1]", "application/json", id="array of other things"),
        pytest.param(b"[[{}]]", "application/json", id="array of arrays"),
        pytest.param(b"[" + b"{}," * 500 + b"{}]", "application/json", id="endless array"),
        pytest.param(b'{"a": 1, "a": 2}', "application/json", id="duplicate key"),
        pytest.param(b'{"a": NaN}', "application/json", id="NaN"),
        pytest.param(b"", FORM, id="empty form"),
        pytest.param(b"hello", FORM, id="no pairs"),
        pytest.param(b"a=1&a=2", FORM, id="field twice"),
        pytest.param(b"a=%zz", FORM, id="broken escape"),
        pytest.param(b"a=%ff", FORM, id="not UTF-8"),
        pytest.param(b"a=\xff", FORM, id="raw bytes"),
        pytest.param(b"a=%00", FORM, id="NUL"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(501)), FORM, id="endless form"),
        pytest.param(multipart({"a": "1"}), "multipart/form-data", id="no boundary"),
        pytest.param(multipart({"a": "1"}), PARTS.replace("XyZ", "b" * 71), id="long boundary"),
        pytest.param(multipart({"a": "1"})[:-9], PARTS, id="cut multipart"),
        pytest.param(multipart({"a": "1", "b": "2"})[:-9], PARTS, id="cut after a whole part"),
        pytest.param(b"nothing of the kind", PARTS, id="no multipart"),
        pytest.param(multipart({}), PARTS, id="no parts"),
        pytest.param(multipart({f"a{n}": "1" for n in range(201)}), PARTS, id="endless parts"),
        pytest.param(
            multipart({'a"; filename="x.pdf': "1"}),
            PARTS,
            id="a file",
        ),
        pytest.param(
            multipart({"a": "1"}).replace(b'; name="a"', b""), PARTS, id="a part without a name"
        ),
        pytest.param(
            multipart({"a": "1"}).replace(b"\r\n\r\n", b"\r\nX: " + b"x" * 3000 + b"\r\n\r\n"),
            PARTS,
            id="a long header",
        ),
        pytest.param(
            multipart({"a": "?"}).replace(b"?", b"\xff"), PARTS, id="a part that is not UTF-8"
        ),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(CallNotParseable) as caught:
        SENDER.parse(call(body, content_type))

    assert caught.value.status == 400
    assert caught.value.detail.endswith(".")


def test_a_refusal_never_repeats_the_body() -> None:
    for content_type in ("application/json", FORM, PARTS, "text/SECRET"):
        with pytest.raises(CallNotParseable) as caught:
            SENDER.parse(call(b'{"SECRET": 1, "SECRET": SECRET', content_type))

        assert "SECRET" not in caught.value.detail


def test_a_hostile_megabyte_of_parts_is_refused_quickly() -> None:
    started = time.perf_counter()

    with pytest.raises(CallNotParseable):
        SENDER.parse(call(b"--XyZ\r\n" * 130_000, PARTS))

    assert time.perf_counter() - started < 2.0


@given(
    st.binary(max_size=300),
    st.sampled_from(["application/json", FORM, PARTS, "application/json; charset", "a/b;=;"])
    | st.text(max_size=40),
)
def test_any_bytes_under_any_type_are_read_or_refused_never_broken(
    body: bytes, content_type: str
) -> None:
    refusals: list[int] = []
    try:
        SENDER.parse(call(body, content_type))
    except CallNotParseable as refusal:
        refusals.append(refusal.status)

    assert set(refusals) <= {400, 415}
