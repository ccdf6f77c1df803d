"""The contract as a document: every route, every status, every type, and examples that are valid."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from serving.http.examples import examples
from serving.http.openapi import document
from serving.http.problems import MEDIA_TYPE, STATUS
from serving.http.reading import parse
from serving.http.routes import OPERATIONS

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def contract():
    return document(OPERATIONS)


def resolved(contract, schema):
    """A validator that knows the document's own types."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": contract["components"]})


def test_every_route_is_in_the_document_with_its_statuses(contract):
    """Method, key, body, answer and each refusal of the table; refusals are problem+json."""
    for route in OPERATIONS:
        operation = contract["paths"][route.path][route.method.lower()]
        assert bool(operation["security"]) == bool(route.roles)
        assert ("requestBody" in operation) == (route.body is not None)
        statuses = {str(route.status), *(str(STATUS[key]) for key in route.problems)}
        assert set(operation["responses"]) == statuses
        for status, response in operation["responses"].items():
            assert (MEDIA_TYPE in response["content"]) == (status != str(route.status))
    assert len({item["operationId"] for path in contract["paths"].values() for item in path.values()}) == len(
        OPERATIONS
    )


def test_the_quota_route_names_every_error_of_the_contract(contract):
    """400, 401, 403, 409, 413, 415, 422, 429 and 503, each with its problems."""
    responses = contract["paths"]["/v1/quota"]["post"]["responses"]
    assert {"200", "400", "401", "403", "404", "409", "413", "415", "422", "429", "503"} <= set(responses)


@pytest.mark.parametrize(
    "route", [route for route in OPERATIONS if route.body not in (None, bytes)], ids=lambda route: route.path
)
def test_every_example_is_valid_by_its_type_and_by_the_document(contract, route):
    """What a developer copies from the document is accepted."""
    example = examples()[route.path]
    parse(route.body, json.dumps(example).encode())
    operation = contract["paths"][route.path][route.method.lower()]
    resolved(contract, operation["requestBody"]["content"]["application/json"]["schema"]).validate(example)


def test_what_is_answered_is_what_the_document_says(shop, contract):
    """An answer and a refusal of each kind validate against their schemas."""
    key = shop.key("standard")
    for path, body, status in (
        ("/v1/quota", shop.body(), 200),
        ("/v1/quota/batch", [shop.body(position) for position in range(30)], 200),
        ("/v1/points", {"uscc": shop.codes[0], "consent": shop.consent(shop.codes[0])}, 200),
        ("/v1/quota", {}, 422),
        ("/v1/quota", shop.body(consent=None), 403),
    ):
        answer = shop.client.post(path, json=body, headers=key)
        assert answer.status_code == status
        result = contract["paths"][path]["post"]["responses"][str(status)]["content"]
        resolved(contract, result[answer.headers["content-type"]]["schema"]).validate(answer.json())


def test_the_document_is_served_to_everybody(shop):
    """Without a key, as the very document."""
    assert shop.client.get("/openapi.json").json()["openapi"] == "3.1.0"
    assert shop.client.get("/problems/four-eyes").json()["title_zh"]
