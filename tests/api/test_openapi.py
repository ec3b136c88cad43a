"""The committed OpenAPI document: what the code says, complete, with an example for every body."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.api.document import openapi_document, openapi_text
from app.api.hook_bodies import events_of
from app.catalog.loader import load_catalog
from app.services.hooks import events_sent
from app.webhooks.router import WEBHOOK_PATHS
from tests.builders import office

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


def test_every_event_that_is_sent_is_in_the_webhooks_section_with_an_example() -> None:
    whole, sent = document(), events_of(load_catalog())
    assert set(whole["webhooks"]) == set(sent) == events_sent(office())
    for name, models in sent.items():
        operation = whole["webhooks"][name]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        for model in models:
            assert f'"#/components/schemas/{model.__name__}"' in json.dumps(schema)
            (example,) = whole["components"]["schemas"][model.__name__]["examples"]
            model.model_validate(example)
    ids = [item["post"]["operationId"] for item in whole["webhooks"].values()]
    assert len(ids) == len({*ids} - {one["operationId"] for *_, one in operations()})


def test_nothing_in_the_document_refers_to_what_is_not_there() -> None:
    whole = document()
    refs = set(re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(whole)))
    assert refs
    assert [ref for ref in refs if ref[1] not in whole["components"][ref[0]]] == []
