"""What is in a component: every part of it, its texts, and the part of an id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def all_of(component: Any) -> Iterator[Component]:
    """The component and everything among its children, in reading order."""
    if isinstance(component, list | tuple):
        for child in component:
            yield from all_of(child)
    elif isinstance(component, Component):
        yield component
        yield from all_of(getattr(component, "children", None))


def of_id(component: Any, own_id: Any) -> Any:
    """The part of an id."""
    return next(one for one in all_of(component) if getattr(one, "id", None) == own_id)


def texts_of(component: Any) -> list[str]:
    """Every title and text of a component, in reading order."""
    if isinstance(component, str):
        return [component]
    if isinstance(component, list | tuple):
        return [one for child in component for one in texts_of(child)]
    title = getattr(component, "title", None)
    return [*([title] if isinstance(title, str) else []), *texts_of(getattr(component, "children", None) or [])]
