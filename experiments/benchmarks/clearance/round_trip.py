"""Sample messages read, written and read again; edited in one element; checked by their schemas."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

from data.ingest.messages.schemas import Schemas
from experiments.benchmarks.clearance.messages import check_samples


def run(folder: Path, schemas: Path | None, most_edits: int | None = None) -> dict[str, Any]:
    """Counts by kind and every failure with its reason.

    schemas : folder of the customs administration's schemas; most_edits : a sample's edited elements, None for all
    ``holds`` is about reading, trees and bytes; a sample that its own schema refuses is listed beside it.
    """
    checks = check_samples(folder, None if schemas is None else Schemas.load(schemas), most_edits)
    failures = [dataclasses.asdict(one) for one in checks if one.refusal or not one.same_tree or not one.same_bytes]
    return {
        "holds": bool(checks) and not failures,
        "files": len(checks),
        "kinds": dict(sorted(Counter(one.kind or "refused" for one in checks).items())),
        "same_tree": sum(one.same_tree for one in checks),
        "same_bytes": sum(one.same_bytes for one in checks),
        "edits": sum(one.n_edits for one in checks),
        "failures": failures,
        "schema_valid": sum(one.schema == "valid" for one in checks),
        "schema_not_checked": sum(one.schema == "not_checked" for one in checks),
        "schema_refused": {one.name: one.schema for one in checks if one.schema not in ("valid", "not_checked")},
    }
