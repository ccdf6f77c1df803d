"""Tables of firms, documents, patents, deals and placements as the funding and the patents that investors are found by.

Codes are the nodes that a firm or patent is placed on, with the nodes above them, and IPC subclasses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from data.chain.standards import ipc_subclasses
from data.chain.tree import Chain
from data.texts.figures import Text
from features.chain import firm_passages
from models.chain.investors.funding import CODE_COLUMNS, PASSAGE_COLUMNS, Funding
from models.chain.investors.reasons import Labels
from models.chain.investors.shortlist import ipc_codes
from models.matching.library import Encoder
from models.matching.query_vectors import QueryVectors

SHOWN_BANDS = ("placed", "to_person")
PATENT_CODE_COLUMNS = ("publication_number", "code", "weight", "date")


def funding_of(
    tables: Mapping[str, pd.DataFrame],
    placements: pd.DataFrame,
    chains: Mapping[str, Chain],
    encoder: Encoder,
    vectors: QueryVectors,
) -> Funding:
    """Deals with what is known of the firms; of the texts of funded firms those without a vector yet are encoded."""
    documents, patents = tables["documents"], tables["patents"]
    passages = firm_passages(documents, patents).rename(columns={"item_id": "firm_id"})
    passages = passages[passages["firm_id"].isin(tables["deals"]["firm_id"])]
    codes = [
        ipc_of_documents(documents),
        ipc_of_applicants(patents),
        nodes_of(placements, "firm", "firm_id", chains),
    ]
    return Funding.of(
        tables["firms"],
        tables["deals"],
        passages.loc[:, list(PASSAGE_COLUMNS)],
        vectors.encode(passages["text"].tolist(), encoder),
        pd.concat(codes, ignore_index=True),
        encoder.digest,
    )


def ipc_of_documents(documents: pd.DataFrame) -> pd.DataFrame:
    """A row for each firm and IPC subclass of its documents, from the first of them on."""
    return _ipc(documents, documents["firm_id"], documents["date"])


def ipc_of_applicants(patents: pd.DataFrame) -> pd.DataFrame:
    """A row for each applicant and IPC subclass of its patents, from the first publication on."""
    named = patents[patents["applicant_ids"].notna()]
    each = named.assign(firm_id=named["applicant_ids"].str.split(";")).explode("firm_id")
    return _ipc(each, each["firm_id"], each["publication_date"])


def nodes_of(placements: pd.DataFrame, kind: str, column: str, chains: Mapping[str, Chain]) -> pd.DataFrame:
    """A row for each item of a kind and each node it is placed on, those above included, with the largest probability.

    column : what the item's column is called in the result
    """
    kept = placements[(placements["kind"] == kind) & placements["band"].isin(SHOWN_BANDS)]
    rows: list[tuple[Any, ...]] = []
    for item, chain, node, weight, date in zip(
        *(kept[name] for name in ("item_id", "chain_id", "node_id", "probability", "as_of")), strict=True
    ):
        above = [one.id for one in chains[chain].ancestors(node)] if chain in chains else []
        rows += [(item, f"node:{chain}/{one}", float(weight), date) for one in (node, *above)]
    made = pd.DataFrame(rows, columns=[column, *CODE_COLUMNS[1:]])
    best = made.sort_values("weight").drop_duplicates([column, "code"], keep="last")
    return best.sort_values([column, "code"], ignore_index=True)


def labels_of(firms: pd.DataFrame, chains: Mapping[str, Chain]) -> Labels:
    """Names of firms, nodes and IPC subclasses."""
    codes: dict[str, Text] = {
        f"node:{chain.id}/{node.id}": (node.name_zh, node.name_en) for chain in chains.values() for node in chain.nodes
    }
    codes |= {f"ipc:{code}": (f"{code} {title}", code) for code, title in ipc_subclasses().items()}
    return Labels(dict(zip(firms["firm_id"].astype(str), firms["name"].astype(str), strict=True)), codes)


def _ipc(table: pd.DataFrame, firm: pd.Series, date: pd.Series) -> pd.DataFrame:
    found = [ipc_codes(one.split(";")) if isinstance(one, str) else [] for one in table["ipc"]]
    count = np.array([len(one) for one in found], dtype=np.int64)
    made = pd.DataFrame({
        "firm_id": firm.to_numpy().repeat(count),
        "code": [code for one in found for code in one],
        "weight": 1.0,
        "date": date.to_numpy().repeat(count),
    })  # fmt: skip
    return made.sort_values("date").drop_duplicates(["firm_id", "code"], ignore_index=True)
