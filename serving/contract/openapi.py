"""The OpenAPI document, made from the table of routes and the pydantic types; nothing in it is typed twice."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from serving.contract.answers import ProblemAnswer
from serving.contract.examples import examples
from serving.contract.problems import KINDS, MEDIA_TYPE
from serving.http.gate import Route

_REFERENCE = "#/components/schemas/{model}"
ABOUT = (
    "Ten banks ask one counter. Every answer is indicative (`binding` is false), names what bound it, and is recorded "
    "before it is sent; `audit_id` finds it again. Send `Authorization: Bearer <key>`. Every refusal is "
    "`application/problem+json` and lists all faults at once: where, what was found, what is allowed."
)


def document(routes: Sequence[Route], refusals: Callable[[Route], Iterable[str]]) -> dict[str, Any]:
    """OpenAPI 3.1 of these routes; ``refusals`` gives the problem keys of one."""
    kinds = [kind for route in routes for kind in (route.takes, route.gives) if kind is not None]
    distinct = {repr(kind): TypeAdapter(kind).core_schema for kind in (*kinds, ProblemAnswer)}
    refs, schemas = GenerateJsonSchema(ref_template=_REFERENCE).generate_definitions(
        [(name, "validation", schema) for name, schema in distinct.items()]
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs, refusals(route))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Innovation points counter", "version": _version(), "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "ip_<key id>_<secret>"}},
        },
    }


def _operation(route: Route, refs: Mapping[Any, Any], problems: Iterable[str]) -> dict[str, Any]:
    told = " ".join((inspect.getdoc(route.call) or "").split())
    operation: dict[str, Any] = {
        "operationId": route.call.__name__,
        "summary": told,
        "responses": {str(route.status): _success(route, refs)} | _refusals(problems, refs),
    }
    if route.roles:
        operation["security"] = [{"key": []}]
        operation["description"] = f"Keys of {' or '.join(route.roles)} with scope `{route.scope}`."
    else:
        operation["security"] = []
    if route.takes is not None:
        content: dict[str, Any] = {"schema": refs[repr(route.takes), "validation"]}
        if route.path in examples():
            content["example"] = examples()[route.path]
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in route.query.items()
    ]
    if parameters:
        operation["parameters"] = parameters
    return operation


def _success(route: Route, refs: Mapping[Any, Any]) -> dict[str, Any]:
    if route.gives is None:
        media, schema = ("text/plain", {"type": "string"}) if route.path == "/metrics" else ("application/json", {})
        return {"description": "As described.", "content": {media: {"schema": schema}}}
    return {
        "description": "As described.",
        "content": {"application/json": {"schema": refs[repr(route.gives), "validation"]}},
    }


def _refusals(problems: Iterable[str], refs: Mapping[Any, Any]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for key in problems:
        by_status.setdefault(KINDS[key].status, []).append(key)
    schema = refs[repr(ProblemAnswer), "validation"]
    return {
        str(status): {
            "description": "; ".join(f"`{key}`: {KINDS[key].title}" for key in keys),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status, keys in sorted(by_status.items())
    }


def _version() -> str:
    try:
        return version("innovation-points")
    except PackageNotFoundError:  # inside a bento there is only the code
        return "packed"
