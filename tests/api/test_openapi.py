"""The committed OpenAPI document: what the code says, complete, with an example for every body."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.api.document import openapi_document, openapi_text
from app.webhooks.router import WEBHOOK_PATHS

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
READING = ("get", "head")


@cache
def document() -> dict[str, Any]:
    return openapi_document(WEBHOOK_PATHS)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    assert COMMITTED.read_text() == openapi_text(WEBHOOK_PATHS), (
        "openapi/openapi.json has drifted from the code: run `make openapi` and commit it"
    )


def test_it_is_openapi_3_1_with_servers_tags_and_schemes() -> None:
    whole = document()
    assert whole["openapi"].startswith("3.1")
    assert whole["servers"]
    assert set(whole["components"]["securitySchemes"]) == {"bearer", "api_key"}
    described = {tag["name"]: tag["description"] for tag in whole["tags"]}
    used = {tag for _, _, operation in operations() for tag in operation["tags"]}
    assert used <= set(described)
    assert all(described.values())


def test_every_operation_is_named_once_and_described() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations():
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)


@pytest.mark.parametrize(("path", "method"), [(path, method) for path, method, _ in operations()])
def test_every_operation_documents_its_problems(path: str, method: str) -> None:
    operation = document()["paths"][path][method]
    answers = set(operation["responses"])
    assert {"429", "503", "default"} <= answers
    if operation["security"]:
        assert {"401", "403"} <= answers
    if method not in READING and operation["operationId"] != "webhooks_receive":
        assert {"400", "409", "413", "415", "422"} <= answers


def test_every_body_has_an_example() -> None:
    schemas = document()["components"]["schemas"]
    for path, method, operation in operations():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            named = json.dumps(content["schema"])
            of_schema = any(
                f'"#/components/schemas/{name}"' in named and "examples" in schema
                for name, schema in schemas.items()
            )
            assert of_schema or content.keys() & {"example", "examples"}, (path, method)
