"""YAML that people write: every key once, within limits of size and depth."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

LARGEST_BYTES = 1_000_000
DEEPEST = 100  # levels; building 100,000 ends the process


class GivenTwiceError(yaml.constructor.ConstructorError):
    """A key that is given twice in one mapping, of which PyYAML would keep the last without a message."""

    def __init__(self, key: object, mark: yaml.Mark) -> None:
        super().__init__(None, None, f"{key!r} is given twice", mark)
        self.key = key


class TooDeepError(yaml.MarkedYAMLError):
    """More levels than any file of this project has."""


class _EachKeyOnce(yaml.CSafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # it is refused below
            if key in seen:
                raise GivenTwiceError(key, node.start_mark)
            seen.add(key)
        return dict(super().construct_mapping(node, deep))


def read_yaml_file(path: Path) -> Any:
    """What a file holds.

    Raises OSError where it cannot be read, ValueError where it is too large or no UTF-8, or a number cannot be read,
    and yaml.YAMLError for the rest, GivenTwiceError and TooDeepError among them.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"found more than {LARGEST_BYTES} bytes, allowed: {LARGEST_BYTES}")
    text = content.decode("utf-8")
    level = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > DEEPEST:
            raise TooDeepError(None, None, f"found more than {DEEPEST} levels", event.start_mark)  # type: ignore[arg-type]
    return yaml.load(text, Loader=_EachKeyOnce)  # noqa: S506 - a safe loader
