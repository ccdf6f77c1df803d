"""Taiwan's official industry chains as chain files: chains of another country that need no code of their own.

The table has a row for each company in a segment: ``ic`` and ``industry`` (the chain), ``position`` 上游, 中游 or 下游,
``layer_name`` (a box of the platform's picture, here a rib), ``segment`` and ``sub`` (levels 2 and 3), ``company``,
``code`` (of the exchange; none for foreign and unlisted companies) and ``market``. Names stay as the platform has
them, which splits some over two boxes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

POSITIONS = {"上游": "upstream", "中游": "midstream", "下游": "downstream"}
COLUMNS = ("ic", "industry", "position", "layer_name", "segment", "sub", "company", "code", "market")
OWNER, SOURCE = "產業價值鏈資訊平台", "公開平台頁面之快照"
KEPT_AS_OF = dt.date(2026, 7, 20)


def chains(table: pd.DataFrame, as_of: dt.date = KEPT_AS_OF) -> dict[str, dict[str, Any]]:
    """The content of each chain file by the chain's id.

    table : as above; as_of : the day of the table
    raises : ValueError for a position that is none of the three
    """
    found: dict[str, dict[str, Any]] = {}
    layer = {"owner": OWNER, "as_of": as_of.isoformat(), "source": SOURCE}
    for row, (rib, segment, sub) in zip(table.to_dict("records"), _paths(table), strict=True):
        named = {"id": row["ic"], "name_zh": row["industry"].strip(), "layers": {"structure": layer}}
        nodes = found.setdefault(row["ic"], {**named, "nodes": {}})["nodes"]
        top = {"id": rib, "name_zh": row["layer_name"].strip(), "position": POSITIONS[row["position"]]}
        nodes.setdefault(rib, top)
        nodes.setdefault(segment, {"id": segment, "name_zh": row["segment"].strip(), "parent": rib})
        if sub:
            nodes.setdefault(sub, {"id": sub, "name_zh": row["sub"].strip(), "parent": segment})
    return {key: {**chain, "nodes": list(chain["nodes"].values())} for key, chain in found.items()}


def write_chains(table: pd.DataFrame, folder: Path, as_of: dt.date = KEPT_AS_OF) -> list[Path]:
    """Write each chain as a YAML file that ``data.chain.chain_file`` loads; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for key, content in chains(table, as_of).items():
        written.append(folder / f"{key}.yaml")
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)
        written[-1].write_text(text, encoding="utf-8", newline="\n")
    return written


def firms(table: pd.DataFrame) -> pd.DataFrame:
    """One row a company: firm_id, name, listed (on one of the exchange's boards), foreign_or_unlisted."""
    own = table.assign(firm_id=_firm_ids(table), name=table["company"].str.strip(), listed=table["market"].notna())
    found = own.groupby("firm_id", sort=True).agg(name=("name", "first"), listed=("listed", "any")).reset_index()
    return found.assign(foreign_or_unlisted=~found["listed"])


def placements(table: pd.DataFrame) -> pd.DataFrame:
    """Each company in each of its nodes once: kind "firm", item_id, chain_id, node_id (the deepest that is named)."""
    nodes = [sub or segment for _, segment, sub in _paths(table)]
    found = pd.DataFrame(
        {"kind": "firm", "item_id": _firm_ids(table), "chain_id": table["ic"].to_list(), "node_id": nodes}
    )
    return found.drop_duplicates().reset_index(drop=True)


def _paths(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Ids of rib, segment and sub ("" where there is none) of each row, numbered as they first occur."""
    if alien := sorted(set(table["position"]) - set(POSITIONS)):
        raise ValueError(f"position is {alien}, allowed: {list(POSITIONS)}")
    numbers: dict[tuple[str, ...], int] = {}
    below: dict[tuple[str, ...], int] = {}

    def number(*path: str) -> str:
        if path not in numbers:
            below[path[:-1]] = below.get(path[:-1], 0) + 1
            numbers[path] = below[path[:-1]]
        return f"{numbers[path]:02d}"

    paths = []
    for row in table.to_dict("records"):
        names = [row[key] for key in ("ic", "position", "layer_name", "segment")]
        rib = f"{POSITIONS[row['position']]}-{number(*names[:3])}"
        segment = f"{rib}-{number(*names)}"
        sub = f"{segment}-{number(*names, row['sub'])}" if isinstance(row["sub"], str) and row["sub"].strip() else ""
        paths.append((rib, segment, sub))
    return paths


def _firm_ids(table: pd.DataFrame) -> list[str]:
    """The exchange's code where any row of the company has one, else a digest of its name."""
    names = table["company"].str.strip()
    codes = {name: code for name, code in zip(names, table["code"], strict=True) if isinstance(code, str)}
    return [
        f"tw:{codes[name]}" if name in codes else f"tw:x{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        for name in names
    ]
