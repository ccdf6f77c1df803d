"""What a release holds of the industry chains, without the firms that have withdrawn from matching."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from data.codebook import reference_path
from serving.chain.packed import CHAINS, FIRM_COLUMNS, MADE, RECORDS, TABLES

COLUMNS = {"documents": ["document_id", "firm_id", "kind"]}  # of a table that is packed in part
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
    """The table's file, or its bytes where columns or the rows of these firms are left out."""
    column, columns = FIRM_COLUMNS.get(name), COLUMNS.get(name)
    if columns is None and (column is None or not gone):
        return path
    table = pd.read_parquet(path, columns=columns)
    kept = table if column is None else table[~table[column].isin(set(gone))]
    content = io.BytesIO()
    kept.to_parquet(content, index=False)
    return content.getvalue()
