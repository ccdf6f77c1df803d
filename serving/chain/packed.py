"""What a release holds of the industry chains: files, placements, scores, lists; loaded when first used.

A release without them serves everything else, and says so. What a firm that has withdrawn from matching is named in
is in no answer; scores of nodes, which name no firm, stay as they were made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd
import yaml

from data.chain.chain_file import load_chains
from data.chain.tree import Chain
from models.chain.scores import ScoreParams
from serving.matching.packed import NotPackedError

FOLDER, CHAINS, RECORDS = "chain", "chains", "records"
MADE = ("placements", "scores", "flags", "targets", "talents")  # of artifacts/chain
TABLES = ("firms", "documents", "patents", "deals", "investors", "staff", "product_links")  # of data/derived/chain
# Columns that name a firm, by table; one that joins several codes is left to the code that reads it.
FIRM_COLUMNS: Mapping[str, str] = {
    "placements": "item_id", "targets": "firm_id", "firms": "firm_id", "deals": "firm_id", "staff": "firm_id",
    "documents": "firm_id",
}  # fmt: skip


def _without_ids(gone: Collection[str]) -> Callable[[object], str]:
    """Of a cell with firms joined by ";", the cell without those that are ``gone``."""

    def left(cell: object) -> str:
        named = cell.split(";") if isinstance(cell, str) else []
        return ";".join(one for one in named if one.strip() not in gone)

    return left


# Columns without which a table cannot be answered from; tables of nodes name nodes of the packed chains alone.
OF_NODES: Mapping[str, tuple[str, ...]] = {
    "placements": ("kind", "item_id", "probability", "band"), "scores": ("score", "value", "status"),
    "flags": ("flag", "raised"), "targets": ("rank", "firm_id"),
}  # fmt: skip
OF_RECORDS: Mapping[str, tuple[str, ...]] = {
    "firms": ("firm_id", "name", "local", "as_of"), "documents": ("document_id", "firm_id", "kind"),
    "patents": ("publication_number", "applicant_ids", "publication_date"), "deals": ("firm_id", "date", "investor"),
    "investors": ("investor", "kind"), "staff": ("firm_id", "date"),
}  # fmt: skip


@dataclass(frozen=True)
class PackedChains:
    """One release's chains.

    chains : by id; tables : of MADE and TABLES, by name; a table that was not packed is absent
    day : of the newest scores; digest : of all files; score_params : with which the scores were made
    """

    chains: Mapping[str, Chain]
    tables: Mapping[str, pd.DataFrame]
    day: date
    digest: str
    score_params: ScoreParams

    @cached_property
    def document_kinds(self) -> dict[str, str]:
        """Kind of each document by its number; none where documents were not packed."""
        if "documents" not in self.tables:
            return {}
        documents = self.tables["documents"]
        return dict(zip(documents["document_id"], documents["kind"], strict=True))

    def without(self, gone: Collection[str]) -> PackedChains:
        """The same where no table names one of these firms; its patents stay, without it among the applicants."""
        if not gone:
            return self
        left, others = {}, _without_ids(gone)
        for name, table in self.tables.items():
            column = FIRM_COLUMNS.get(name)
            left[name] = table if column is None else table[~table[column].isin(set(gone))]
            if "applicant_ids" in table:
                left[name] = left[name].assign(applicant_ids=table["applicant_ids"].map(others))
        return replace(self, tables=left)


def chain_firms(folder: Path, tables: Path) -> frozenset[str]:
    """Numbers of the firms of the local and the world library, packed in ``folder`` or in ``tables``; none without."""
    found: set[str] = set()
    for path in (folder / RECORDS / "firms.parquet", tables / "firms.parquet"):
        if path.is_file():
            found |= set(pd.read_parquet(path, columns=["firm_id"])["firm_id"].astype(str))
    return frozenset(found)


def load_chain_files(folder: Path, params: Path) -> PackedChains:
    """Read ``folder``, and the section chain_scores of ``params``.

    raises : NotPackedError, or a ValueError or OSError that names what is missing or does not fit
    """
    if not (folder / CHAINS).is_dir():
        raise NotPackedError
    tables = {name: path for name in MADE if (path := folder / f"{name}.parquet").is_file()}
    tables |= {name: path for name in TABLES if (path := folder / RECORDS / f"{name}.parquet").is_file()}
    missing = [name for name in ("placements", "scores", "flags", "firms") if name not in tables]
    if missing:
        raise ValueError(f"the release holds chains without the tables {missing}")
    read = {name: pd.read_parquet(path) for name, path in tables.items()}
    chains = load_chains(folder / CHAINS)
    _check(read, chains)
    state = hashlib.sha256()
    for key in sorted(chains):
        state.update(f"{key}:{chains[key].digest}\n".encode())
    for name in sorted(tables):
        state.update(f"{name}:".encode() + hashlib.sha256(tables[name].read_bytes()).digest())
    try:
        section = yaml.safe_load(params.read_text(encoding="utf-8"))["chain_scores"]
        made_with = ScoreParams(**(section | {"days": tuple(section["days"])}))
    except (yaml.YAMLError, TypeError, KeyError) as fault:
        raise ValueError(f"{params.name} has no section chain_scores that can be used") from fault
    day = pd.Timestamp(read["scores"]["as_of"].max()).date()
    return PackedChains(chains, read, day, state.hexdigest()[:16], made_with)


def _check(tables: Mapping[str, pd.DataFrame], chains: Mapping[str, Chain]) -> None:
    """Refuse tables of another form, or made with other chains than the packed; ValueError names the first."""
    nodes = pd.MultiIndex.from_tuples((chain.id, node.id) for chain in chains.values() for node in chain.nodes)
    key = ["chain_id", "node_id"]
    for name, table in tables.items():
        needed = [*key, "as_of", *OF_NODES[name]] if name in OF_NODES else list(OF_RECORDS.get(name, ()))
        missing = [column for column in needed if column not in table]
        if missing:
            raise ValueError(f"{name}.parquet has no column {missing}")
        if name in OF_NODES and not (known := pd.MultiIndex.from_frame(table[key]).isin(nodes)).all():
            first = "/".join(map(str, table.loc[~known, key].iloc[0]))
            raise ValueError(f"{name}.parquet names {first}, which no packed chain has; make it anew from these chains")
    scores = tables["scores"]
    if scores.empty or pd.to_datetime(scores["as_of"]).isna().any():
        raise ValueError("scores.parquet has no row, or a row without a day")
    if not pd.api.types.is_numeric_dtype(scores["value"]):
        raise ValueError("scores.parquet: value is no number")
