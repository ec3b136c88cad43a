"""Every shape in which monday.com fails is told apart by what may be done next."""

import httpx
import pytest
import respx

from app.adapters.http import VendorHttp
from app.adapters.monday.client import MondayApi
from app.adapters.monday.operations import ARCHIVE_GROUP, ME, fit_items
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)
from tests.contract.golden import Golden
from tests.contract.monday_vendor import TOKEN, URL, MondayVendor, monday_answers

GROUP = {"boardId": "7712345678", "groupId": "group_b2"}
RID = "0f8c1d2e-0000-4000-8000-000000000001"


def api(http: VendorHttp) -> MondayApi:
    return MondayApi(http, url=URL, token=TOKEN)


@pytest.mark.parametrize(
    ("answer", "expected", "code"),
    [
        ("error_application_200", Refused, "UserUnauthorizedException"),
        ("error_complexity_429", RateLimited, "COMPLEXITY_BUDGET_EXHAUSTED"),
        ("error_complexity_string_200", RateLimited, "ComplexityException"),
        ("error_complexity_camel_200", RateLimited, "complexityBudgetExhausted"),
        ("error_complexity_uncoded_200", RateLimited, "COMPLEXITY_BUDGET_EXHAUSTED"),
        ("error_legacy_fields_200", Refused, "InvalidBoardIdException"),
        ("error_idempotency_conflict_409", RateLimited, "IDEMPOTENCY_CONFLICT"),
        ("error_locked_423", Transient, "ResourceLocked"),
        ("error_blocked_200", Transient, "API_TEMPORARILY_BLOCKED"),
        ("error_column_value_200", Refused, "ColumnValueException"),
        ("error_not_authenticated_401", Unauthorized, "NOT_AUTHENTICATED"),
        ("error_last_group_409", Refused, "DeleteLastGroupException"),
        ("error_daily_limit_429", RateLimited, "DAILY_LIMIT_EXCEEDED"),
        ("error_not_found_200", Refused, "ResourceNotFoundException"),
        ("error_internal_500", OutcomeUnknown, "INTERNAL_SERVER_ERROR"),
        ("error_internal_200", OutcomeUnknown, "INTERNAL_SERVER_ERROR"),
        ("error_null_root_200", OutcomeUnknown, "null_result"),
        ("error_validation_422", Refused, "RecordInvalidException"),
        ("error_unnamed_400", Refused, "http_400"),
    ],
)
async def test_a_failed_effect_is_judged_by_code_and_status(
    router: respx.MockRouter,
    http: VendorHttp,
    answer: str,
    expected: type[VendorError],
    code: str,
) -> None:
    monday_answers(router, [answer])

    with pytest.raises(VendorError) as caught:
        await api(http).run(ARCHIVE_GROUP, GROUP, key="d-1")

    assert type(caught.value) is expected
    assert caught.value.code == code
    assert "Harbour Dental" not in f"{caught.value!r} {caught.value.code}"


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ("error_complexity_429", 60.0),
        ("error_complexity_string_200", 16.0),
        ("error_complexity_uncoded_200", 9.0),
        ("error_idempotency_conflict_409", 2.0),
        ("error_daily_limit_429", 3600.0),
    ],
)
async def test_the_waiting_time_is_found_where_it_stands(
    router: respx.MockRouter, http: VendorHttp, answer: str, seconds: float
) -> None:
    monday_answers(router, [answer])

    with pytest.raises(RateLimited) as caught:
        await api(http).run(ARCHIVE_GROUP, GROUP, key="d-1")

    assert caught.value.retry_after_s == seconds


async def test_an_error_carries_the_request_id(router: respx.MockRouter, http: VendorHttp) -> None:
    monday_answers(router, ["error_column_value_200"])

    with pytest.raises(Refused) as caught:
        await api(http).run(ARCHIVE_GROUP, GROUP, key="d-1")

    assert caught.value.request_ref == RID


async def test_an_effect_with_errors_below_its_result_has_happened(
    router: respx.MockRouter, http: VendorHttp, caplog: pytest.LogCaptureFixture
) -> None:
    monday_answers(router, ["error_nested_200"])

    data = await api(http).run(ARCHIVE_GROUP, GROUP, key="d-1")

    assert data["archive_group"] == {"id": "group_b2", "archived": None}
    assert "ASSET_UNAVAILABLE" in caplog.text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": {"me": {"id": "1"}}, "errors": [{"message": "Photo unavailable."}]}, Refused),
        ({"data": {"me": None}}, Transient),
        ({"data": []}, Transient),
        ({}, Transient),
        ([], Transient),
        ({"data": {"me": {"id": "1"}}, "errors": "broken"}, Refused),
        ({"errors": [{"extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}, Transient),
    ],
)
async def test_a_read_with_anything_amiss_is_no_success(
    router: respx.MockRouter, http: VendorHttp, body: object, expected: type[VendorError]
) -> None:
    router.post(URL).mock(side_effect=MondayVendor([Golden(None, 200, {}, body)]))

    with pytest.raises(VendorError) as caught:
        await api(http).run(ME)

    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("response", "for_effect", "for_read"),
    [
        (httpx.Response(200, text="<html>"), OutcomeUnknown, Transient),
        (httpx.Response(502, text="<html>"), OutcomeUnknown, Transient),
        (httpx.Response(408), OutcomeUnknown, Transient),
        (httpx.Response(429, headers={"retry-after": "5"}), RateLimited, RateLimited),
        (httpx.Response(401), Unauthorized, Unauthorized),
        (httpx.Response(403, text="<html>"), Refused, Refused),
        (httpx.Response(302, json={}), Refused, Refused),
        (httpx.Response(500, json={}), OutcomeUnknown, Transient),
    ],
    ids=["garbage", "bad gateway", "408", "429", "401", "403", "redirect", "bare 500"],
)
async def test_an_answer_that_is_not_mondays_is_judged_by_its_status(
    router: respx.MockRouter,
    http: VendorHttp,
    response: httpx.Response,
    for_effect: type[VendorError],
    for_read: type[VendorError],
) -> None:
    router.post(URL).mock(return_value=response)

    with pytest.raises(VendorError) as effect:
        await api(http).run(ARCHIVE_GROUP, GROUP, key="d-1")
    with pytest.raises(VendorError) as read:
        await api(http).run(ME)

    assert type(effect.value) is for_effect
    assert type(read.value) is for_read


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("batch_partly_refused", Refused),
        ("batch_all_limited", RateLimited),
        ("batch_mixed", Refused),
    ],
)
async def test_a_batch_is_retried_only_if_all_its_failures_may_be(
    router: respx.MockRouter, http: VendorHttp, answer: str, expected: type[VendorError]
) -> None:
    monday_answers(router, [answer])

    with pytest.raises(VendorError) as caught:
        await api(http).run(fit_items(2), {}, key="d-1")

    assert type(caught.value) is expected
