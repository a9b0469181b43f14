"""The OpenAPI document of the API: valid, complete, and with examples that fit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from webapp.api import reference
from webapp.api.app import api
from webapp.api.schemas.base import ErrorOut

DOCUMENT = json.loads(json.dumps(api.document))
OPERATIONS = [operation for operations in DOCUMENT["paths"].values() for operation in operations.values()]


def test_the_document_is_served_without_a_token_and_is_valid() -> None:
    response = Client().get("/api/v1/openapi.json")
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    served = response.json()
    assert served == DOCUMENT
    assert served["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


def test_every_operation_has_an_id_of_its_own_a_section_words_and_its_refusals() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS]
    assert len(ids) == len(set(ids)) > 30
    sections = {tag["name"] for tag in DOCUMENT["tags"]}
    assert {tag for operation in OPERATIONS for tag in operation["tags"]} == sections
    for operation in OPERATIONS:
        assert operation["description"]
        assert operation["security"] == [{"Token": []}]
        assert "401" in operation["responses"]
        assert ("422" in operation["responses"]) >= ("requestBody" in operation)
        for field in operation["parameters"]:
            assert field["in"] == "path" or field["schema"].get("description") or field["name"] == "format"


def with_example() -> list[Any]:
    schemas = DOCUMENT["components"]["schemas"]
    return [pytest.param(schema, id=name) for name, schema in schemas.items() if "examples" in schema]


@pytest.mark.parametrize("schema", with_example())
def test_examples_fit_their_schemas(schema: dict[str, Any]) -> None:
    for example in schema["examples"]:
        # References point into the document, so the schema is looked at as a part of it.
        OAS31Validator({**schema, "components": DOCUMENT["components"]}).validate(example)


def test_every_body_that_is_sent_has_an_example() -> None:
    missing = []
    for operation in OPERATIONS:
        for content in operation.get("requestBody", {}).get("content", {}).items():
            name = content[1]["schema"].get("$ref", "").rpartition("/")[2]
            if content[0] == "application/json" and "examples" not in DOCUMENT["components"]["schemas"][name]:
                missing.append(operation["operationId"])
    assert missing == []


def test_the_error_of_the_document_is_the_one_that_is_sent() -> None:
    body = Client().get("/api/v1/nothing").json()
    OAS31Validator({**ErrorOut.model_json_schema()}).validate(body)


def test_the_page_for_people_tells_of_every_operation_and_of_every_object_once(client: Client, db: None) -> None:
    page = client.get("/developers/").content.decode()
    for operation in OPERATIONS:
        assert page.count(f'<details id="{operation["operationId"]}">') == 1
    explained = [name for names in reference.OBJECTS.values() for name in names]
    out = {name for name in DOCUMENT["components"]["schemas"] if name.endswith("Out") and name != "ErrorOut"}
    assert sorted(explained) == sorted(out)
    assert "http://testserver" in page
    assert "<script>" not in page
