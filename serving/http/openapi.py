"""The OpenAPI document, made from the table of operations and the pydantic types; nothing in it is typed twice."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from serving.contract.answers import ProblemAnswer
from serving.contract.refusals import Refusal
from serving.http.examples import examples
from serving.http.operation import Operation
from serving.http.problems import MEDIA_TYPE, STATUS
from serving.ledger.earlier_contract import CONTRACT

_REFERENCE = "#/components/schemas/{model}"
ABOUT = (
    "Every answer is indicative (`indicative` is true), names its limiting constraint, and is recorded "
    "before it is sent; `audit_id` finds it again. Send `Authorization: Bearer <key>`. Every refusal is "
    "`application/problem+json` and lists all faults at once: where, what was found, what is allowed."
)


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """OpenAPI 3.1 of these operations."""
    kinds = [kind for operation in operations for kind in (operation.body, operation.answer) if kind is not None]
    distinct = {repr(kind): TypeAdapter(kind).core_schema for kind in (*kinds, ProblemAnswer)}
    refs, schemas = GenerateJsonSchema(ref_template=_REFERENCE).generate_definitions(
        [(name, "validation", schema) for name, schema in distinct.items()]
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Innovation points decision service", "version": CONTRACT, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "ip_<key id>_<secret>"}},
        },
    }


def _described(operation: Operation, refs: Mapping[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": " ".join((inspect.getdoc(operation.handler) or "").split()),
        "responses": {str(operation.status): _success(operation, refs)} | _refusals(operation.problems, refs),
    }
    if operation.roles:
        described["security"] = [{"key": []}]
        described["description"] = f"Keys of {' or '.join(operation.roles)} with permission `{operation.permission}`."
    else:
        described["security"] = []
    if operation.body is not None:
        content: dict[str, Any] = {"schema": refs[repr(operation.body), "validation"]}
        if operation.path in examples():
            content["example"] = examples()[operation.path]
        described["requestBody"] = {"required": True, "content": dict.fromkeys(operation.takes, content)}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": one.schema} for name, one in operation.query.items()
    ]
    if parameters:
        described["parameters"] = parameters
    return described


def _success(operation: Operation, refs: Mapping[Any, Any]) -> dict[str, Any]:
    if operation.answer is None:
        schema = {} if operation.media == "application/json" else {"type": "string"}
        return {"description": "As described.", "content": {operation.media: {"schema": schema}}}
    return {
        "description": "As described.",
        "content": {"application/json": {"schema": refs[repr(operation.answer), "validation"]}},
    }


def _refusals(problems: Iterable[str], refs: Mapping[Any, Any]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for key in problems:
        by_status.setdefault(STATUS[key], []).append(key)
    schema = refs[repr(ProblemAnswer), "validation"]
    return {
        str(status): {
            "description": "; ".join(f"`{key}`: {Refusal(key).title[1]}" for key in keys),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status, keys in sorted(by_status.items())
    }
