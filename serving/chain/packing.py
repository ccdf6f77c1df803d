"""What a release holds of the industry chains, without the firms that have withdrawn from matching."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from data.codebook import reference_path
from serving.chain.packed import CHAINS, FIRM_COLUMNS, MADE, RECORDS, TABLES

MODELS = ("model", "investors")  # folders of artifacts/chain


def chain_files(folder: Path, tables: Path, gone: Collection[str] = ()) -> dict[str, Path | bytes]:
    """Files by their name in the release; nothing where ``folder`` has no placements.

    folder : artifacts/chain; tables : data/derived/chain; gone : firms whose rows are left out. The chains are those
    that the code ships.
    """
    if not (folder / "placements.parquet").is_file():
        return {}
    files: dict[str, Path | bytes] = {
        f"{CHAINS}/{path.name}": path for path in sorted(reference_path(CHAINS).glob("*.yaml"))
    }
    for name in MADE:
        if (path := folder / f"{name}.parquet").is_file():
            files[f"{name}.parquet"] = _kept(name, path, gone)
    for name in TABLES:
        if (path := tables / f"{name}.parquet").is_file():
            files[f"{RECORDS}/{name}.parquet"] = _kept(name, path, gone)
    for name in MODELS:
        found = sorted(path for path in (folder / name).rglob("*") if path.is_file())
        files |= {path.relative_to(folder).as_posix(): path for path in found}
    return files


def _kept(name: str, path: Path, gone: Collection[str]) -> Path | bytes:
    """The table's file, or its bytes without the rows of these firms."""
    column = FIRM_COLUMNS.get(name)
    if column is None or not gone:
        return path
    table = pd.read_parquet(path)
    kept = table[~table[column].isin(set(gone))]
    if len(kept) == len(table):
        return path
    content = io.BytesIO()
    kept.to_parquet(content, index=False)
    return content.getvalue()
