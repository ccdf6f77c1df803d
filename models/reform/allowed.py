"""What pydantic would allow in place of what it refused, in the words of a study's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "greater_than_equal": "{ge:g} or more",
    "greater_than": "above {gt:g}",
    "less_than_equal": "{le:g} or less",
    "less_than": "below {lt:g}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "literal_error": "{expected}",
    "missing": "a value",
    "extra_forbidden": "no such member",
    "finite_number": "a finite number",
}
_KINDS = {"int": "a whole number", "float": "a number", "string": "a text", "tuple": "a list", "list": "a list"}


def allowed(error: Mapping[str, Any]) -> str:
    """One of ``ValidationError.errors()`` as what is allowed; a check of a model's own has its own text."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind].format(**context)
    return _KINDS.get(kind.partition("_")[0], str(error["msg"]).removeprefix("Value error, "))
