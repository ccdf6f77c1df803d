"""One digest of everything that a value holds: two values with the same digest cannot differ in a single figure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from pydantic import BaseModel


def content_digest(value: Any) -> str:
    """SHA-256 of the value's canonical JSON: members sorted by name, no spaces, every float with all its digits.

    value : numbers, texts, arrays, mappings, sequences, dataclasses (their fields alone) and pydantic models
    raises : TypeError on anything else, for what is left out would not be bound
    """
    text = json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return [str(value.dtype), list(value.shape), value.tolist()]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} cannot be digested")
