"""A call from monday.com passes by its JWT alone, and never without one."""

import base64
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.monday.jwt import verify
from app.ports.inbound import SignatureInvalid

SECRET = "a-signing-secret-for-tests"
ADDRESS = "https://upgrades.example/webhooks/monday"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CLAIMS: dict[str, Any] = {
    "accountId": 1825528,
    "userId": 4012689,
    "aud": ADDRESS,
    "exp": int(NOW.timestamp()) + 300,
    "iat": int(NOW.timestamp()),
}
HEADER = {"alg": "HS256", "typ": "JWT"}
# Made once with the secret and the claims above, by OpenSSL.
VECTOR = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJhY2NvdW50SWQiOjE4MjU1MjgsInVzZXJJZCI6NDAxMjY4OSwiYXVkIjoiaHR0cHM6Ly91cGdyYWRl"
    "cy5leGFtcGxlL3dlYmhvb2tzL21vbmRheSIsImV4cCI6MTc5NTM0MTkwMCwiaWF0IjoxNzk1MzQxNjAw"
    "fQ"
    ".jyBM1JVDTD2Xvnl40pUltjoxsYA-vznHPmTSb1ebtj8"
)


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(
    header: object = HEADER,
    claims: object = CLAIMS,
    *,
    secret: str = SECRET,
    digest: str = "sha256",
) -> str:
    content = f"{part(header)}.{part(claims)}"
    return f"{content}.{part(hmac.digest(secret.encode(), content.encode(), digest))}"


def refused(given: str, *, secret: str | None = SECRET, now: datetime = NOW) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        verify(given, secret=secret, audience=ADDRESS, now=now)
    return str(caught.value)


def test_the_kept_vector_passes() -> None:
    assert token() == VECTOR

    verify(VECTOR, secret=SECRET, audience=ADDRESS, now=NOW)


def test_the_vendors_vector_passes() -> None:
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared" / "vendors" / "fixtures" / "signatures.json"
        if file.is_file():
            break
    else:
        pytest.skip("the vendors' test vectors are not on this machine")
    held = json.loads(file.read_text(encoding="utf-8"))["monday_jwt"]

    verify(
        held["headers"]["Authorization"],
        secret=held["signing_secret"],
        audience=held["claims"]["aud"],
        now=NOW,
    )


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_nobody_passes(secret: str | None) -> None:
    assert "No signing secret" in refused(token(secret=""), secret=secret)


@pytest.mark.parametrize(
    "given",
    [
        f"Bearer {VECTOR}",
        f" {VECTOR}",
        f"{VECTOR}\n",
        VECTOR.rsplit(".", 1)[0],
        VECTOR.rsplit(".", 1)[0] + ".",
        VECTOR + ".x",
        "..",
        "é.é.é",
        "a.b." + "c" * 9000,
    ],
    ids=["bearer", "blank", "line", "unsigned", "empty", "four", "dots", "latin", "endless"],
)
def test_anything_but_one_token_alone_is_refused(given: str) -> None:
    assert "no JWT alone" in refused(given)


def test_a_missing_header_is_refused() -> None:
    assert "missing" in refused("")


@pytest.mark.parametrize(
    "given",
    [
        token(secret="another secret"),
        token(digest="sha512"),
        f"{part({'alg': 'none'})}.{part(CLAIMS)}.{part(b'unsigned')}",
        f"{part(HEADER)}.{part({**CLAIMS, 'userId': 1})}.{VECTOR.rsplit('.', 1)[1]}",
        VECTOR[:-6] + "AAAAAA",
    ],
    ids=["secret", "sha512", "none", "changed", "cut"],
)
def test_a_signature_that_does_not_match_is_refused(given: str) -> None:
    assert "does not match" in refused(given)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "hs256"},
        {"alg": "HS512"},
        {"alg": ["HS256"]},
        {"typ": "JWT"},
        {"alg": "HS256", "crit": ["exp"]},
    ],
)
def test_another_algorithm_is_refused_though_its_signature_is_right(header: object) -> None:
    assert "HS256" in refused(token(header))


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({**CLAIMS, "exp": int(NOW.timestamp())}, "expired"),
        ({**CLAIMS, "exp": 0}, "expired"),
        ({**CLAIMS, "exp": str(CLAIMS["exp"])}, "when it expires"),
        ({**CLAIMS, "exp": True}, "when it expires"),
        ({key: value for key, value in CLAIMS.items() if key != "exp"}, "when it expires"),
        ({**CLAIMS, "aud": ADDRESS + "/"}, "another address"),
        ({**CLAIMS, "aud": [ADDRESS]}, "another address"),
        ({**CLAIMS, "aud": "https://upgradés.example"}, "another address"),
        ({key: value for key, value in CLAIMS.items() if key != "aud"}, "another address"),
    ],
)
def test_a_claim_that_does_not_hold_is_refused(claims: object, words: str) -> None:
    assert words in refused(token(claims=claims))


@pytest.mark.parametrize("part_of_it", [b"not json", b"[]", b'{"exp": NaN}', b"\xff", b""])
def test_a_part_that_is_no_object_is_refused(part_of_it: bytes) -> None:
    given = token(claims=part_of_it or b"0")

    assert "cannot be read" in refused(given)


def test_an_expiry_with_a_fraction_counts() -> None:
    claims = {**CLAIMS, "exp": NOW.timestamp() + 0.5}

    verify(token(claims=claims), secret=SECRET, audience=ADDRESS, now=NOW)


@given(st.text(max_size=200))
def test_no_text_passes_or_breaks_the_check(given_text: str) -> None:
    refused(given_text)
