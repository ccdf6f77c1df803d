"""A JSON member that occurs twice in one object: readers differ in which of the two they take, so neither is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from data.texts.sentences import label
from serving.contract.refusals import Fault


class _Repeating(dict[str, Any]):
    """An object of which ``twice`` lists the members that occur in it more than once."""

    twice: tuple[str, ...] = ()


def repeated_members(body: bytes) -> list[Fault]:
    """A fault for each repeated member of a JSON text, by its path; none where the text is no JSON."""
    seen: list[_Repeating] = []

    def read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        names = [name for name, _ in pairs]
        marked = _Repeating(found)
        marked.twice = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
        seen.append(marked)
        return marked

    try:
        value = json.loads(body, object_pairs_hook=read, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):  # what is no JSON is refused as such
        return []
    return [Fault(path, "more than once", label("fault.once")) for path in _paths(value, "")] if seen else []


def _paths(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, _Repeating):
        yield from (f"{where}{name}"[:200] for name in value.twice)
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(item, f"{where}{key}.")
