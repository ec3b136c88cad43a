"""The OpenAPI document and the page that shows it."""

import re

from app.web.docs import SWAGGER_UI
from tests.unit.web.toy_app import calling, toy_app

APP = toy_app()


async def test_the_page_loads_nothing_from_elsewhere() -> None:
    # when
    async with calling(APP, key=None) as client:
        page = await client.get("/docs")
        links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assets = [await client.get(link) for link in links if link.startswith("/")]

    # then
    assert page.status_code == 200
    assert len(assets) == 3
    assert all(link.startswith(("/docs/assets/" + SWAGGER_UI, "data:")) for link in links)
    for asset in assets:
        assert asset.status_code == 200
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asset.headers["content-type"].split(";")[0] in ("text/css", "text/javascript")
    assert "<script>" not in page.text


async def test_only_the_page_s_own_files_are_served() -> None:
    # when
    async with calling(APP, key=None) as client:
        answer = await client.get(f"/docs/assets/{SWAGGER_UI}/LICENSE")

    # then
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_the_document_is_served_and_names_problems_keys_and_roles() -> None:
    # when
    async with calling(APP, key=None) as client:
        document = (await client.get("/openapi.json")).json()

    # then
    create = document["paths"]["/toys"]["post"]
    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == "1.2.3"
    assert document["servers"] == [{"url": "/", "description": "This installation"}]
    assert create["operationId"] == "toys_create"
    assert create["security"] == [{"bearer": []}, {"api_key": []}]
    assert create["x-roles"] == ["admin", "support"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in create["parameters"]
    assert set(create["responses"]) == {
        "201", "400", "401", "403", "409", "413", "415", "422", "429", "503", "default",
    }  # fmt: skip
    assert set(document["components"]["securitySchemes"]) == {"bearer", "api_key"}
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_every_problem_of_the_document_is_problem_json() -> None:
    # given
    document = APP.openapi()

    # then
    for response in document["components"]["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]
    for path in document["paths"].values():
        for operation in path.values():
            assert "default" in operation["responses"]
            for status, response in operation["responses"].items():
                assert status.startswith("2") or "$ref" in response


async def test_headers_and_lists_are_described() -> None:
    # given
    paths = APP.openapi()["paths"]

    # then
    change = paths["/toys/versioned"]["patch"]
    assert "If-Match" in [parameter.get("name") for parameter in change["parameters"]]
    assert "412" in change["responses"]
    assert set(paths["/toys"]["get"]["responses"]["200"]["content"]) == {
        "application/json", "text/csv",
    }  # fmt: skip
    assert paths["/alive"]["get"]["security"] == []
