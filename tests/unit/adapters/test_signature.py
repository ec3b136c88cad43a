"""Standard Webhooks signatures agree with the reference and never fail open."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from app.adapters.generic.signature import key_of, sign, verify
from app.ports.inbound import SignatureInvalid

# The scheme's published vector.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

OTHER = "whsec_" + base64.b64encode(b"another key of thirty-two bytes!").decode()


def headers(
    signature: str = SIGNATURE, *, timestamp: str = "1614265330", message_id: str = MESSAGE_ID
) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }


def test_the_published_vector_is_reproduced() -> None:
    assert sign(SECRET, message_id=MESSAGE_ID, at=AT, body=BODY) == SIGNATURE

    verify([SECRET], headers(), BODY, now=AT)


@given(
    key=st.binary(min_size=24, max_size=64),
    message_id=st.text("abcXYZ019_-", min_size=1, max_size=40),
    body=st.text(max_size=200),
)
def test_signatures_agree_with_the_reference_both_ways(
    key: bytes, message_id: str, body: str
) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    reference = Webhook(secret)
    now = datetime.now(UTC)

    theirs = reference.sign(message_id, now, body)
    ours = sign(secret, message_id=message_id, at=now, body=body.encode())

    assert ours == theirs
    stamped = headers(theirs, timestamp=str(int(now.timestamp())), message_id=message_id)
    verify([secret], stamped, body.encode(), now=now)


@pytest.mark.parametrize(
    "signature",
    [
        f"v1,AAAA {SIGNATURE}",
        f"{SIGNATURE} v1,AAAA",
        f"v1a,whatever {SIGNATURE} v2,x",
        f"  {SIGNATURE}  ",
    ],
)
def test_one_right_signature_among_several_is_enough(signature: str) -> None:
    verify([SECRET], headers(signature), BODY, now=AT)


@pytest.mark.parametrize("secrets", [[OTHER, SECRET], [SECRET, OTHER]])
def test_any_active_secret_is_enough(secrets: list[str]) -> None:
    verify(secrets, headers(), BODY, now=AT)


@pytest.mark.parametrize("off_by", [-300, 300])
def test_five_minutes_either_way_are_tolerated(off_by: int) -> None:
    verify([SECRET], headers(), BODY, now=AT + timedelta(seconds=off_by))


@pytest.mark.parametrize("off_by", [-301, 301, 86400])
def test_an_older_or_future_call_is_refused(off_by: int) -> None:
    with pytest.raises(SignatureInvalid):
        verify([SECRET], headers(), BODY, now=AT + timedelta(seconds=off_by))


@pytest.mark.parametrize(
    ("secrets", "given_headers", "body"),
    [
        pytest.param([], headers(), BODY, id="no secret set"),
        pytest.param([OTHER], headers(), BODY, id="another secret"),
        pytest.param([SECRET], headers(), BODY + b" ", id="another body"),
        pytest.param([SECRET], headers(message_id="msg_2"), BODY, id="another id"),
        pytest.param([SECRET], headers(timestamp="1614265331"), BODY, id="another instant"),
        pytest.param([SECRET], headers(SIGNATURE[:-1]), BODY, id="cut"),
        pytest.param([SECRET], headers(SIGNATURE.removeprefix("v1,")), BODY, id="no version"),
        pytest.param([SECRET], headers("v1,"), BODY, id="empty signature"),
        pytest.param([SECRET], headers("v1,é€ v1,\udcff"), BODY, id="beyond ASCII"),
        pytest.param([SECRET], headers(message_id="é€"), BODY, id="id beyond ASCII"),
        pytest.param([SECRET], headers(timestamp="١٦١٤٢٦٥٣٣٠"), BODY, id="other digits"),
        pytest.param([SECRET], headers(timestamp="-1"), BODY, id="negative"),
        pytest.param([SECRET], headers(timestamp="9" * 5000), BODY, id="endless number"),
        pytest.param([SECRET], headers(timestamp=""), BODY, id="no instant"),
        pytest.param([SECRET], headers(""), BODY, id="no signature"),
        pytest.param([SECRET], {}, BODY, id="no headers"),
    ],
)
def test_whatever_is_not_proven_is_refused(
    secrets: list[str], given_headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(SignatureInvalid) as caught:
        verify(secrets, given_headers, body, now=AT)

    assert "g0hM9" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base 64", "whsec_é", "whsec_QQQ"])
def test_a_secret_that_is_none_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="webhook secret") as caught:
        key_of(secret)

    assert not secret[6:] or secret[6:] not in str(caught.value)
