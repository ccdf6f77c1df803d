"""The zone's own records as a text task: demands ask, firms answer with their documents, outcomes say who was relevant.

Only what came of showing a firm is known: solved or signed counts 2; failed for a price, a date or any other reason
than capability counts 1, for the technology fitted; failed for want of capability 0. Where nothing came and nobody says
why, it counts UNSTATED: the order learns nothing from it. A list shows few firms, so that a relevant one is often not
known: a pair is known with its propensity times the share of shown pairs of which something is stated, and
probabilities count what is known for what is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.splits import enterprise_share
from training.matching.folder import Task

DEV_SHARE = 0.4  # of the demands, by their number; the encoder is tuned on the others
SOLVED, FITTED = 2.0, 1.0
UNSTATED = -1.0
WANTING = "capability"


@dataclass(frozen=True)
class Cohort:
    """Demands and firms as a task, with the documents that the firms are made of."""

    task: Task
    documents: pd.DataFrame
    demands: pd.DataFrame
    outcomes: pd.DataFrame

    def documents_of(self, firms: pd.Series) -> pd.DataFrame:
        """Documents of some firms."""
        return self.documents.loc[self.documents["enterprise_id"].isin(set(firms))].reset_index(drop=True)

    def query_facts(self, queries: pd.DataFrame) -> pd.DataFrame:
        """District and day of the queries, in their order."""
        known = self.demands.set_index("demand_id").reindex(queries["query_id"])
        return known[["district", "as_of"]].reset_index(drop=True)


def read_cohort(tables: Mapping[str, pd.DataFrame]) -> Cohort:
    """The tables ``demands``, ``capabilities`` and ``match_outcomes`` as one task.

    raises : KeyError naming a table or column that is missing
    """
    demands, documents, outcomes = tables["demands"], tables["capabilities"], tables["match_outcomes"]
    if "district" not in demands:
        demands = demands.assign(district=None)
    requirement = demands["requirement"] if "requirement" in demands else pd.Series(None, index=demands.index)
    text = [
        "。".join(part for part in parts if isinstance(part, str) and part)
        for parts in zip(demands["title"], demands["problem"], requirement, strict=True)
    ]
    dev = enterprise_share(demands["demand_id"], "matching") < DEV_SHARE
    queries = pd.DataFrame(
        {"query_id": demands["demand_id"], "text": text, "split": np.where(dev, "dev", "train")}
    ).reset_index(drop=True)
    whole = documents.assign(text=documents["title"].fillna("") + "。" + documents["text"].fillna(""))
    firms = whole.groupby("enterprise_id")["text"].agg("；".join).reset_index()
    firms = firms.rename(columns={"enterprise_id": "doc_id"}).assign(split="pool")
    done = outcomes["signed"] | outcomes["solved"]
    failed = np.where(outcomes["reason_not"] == WANTING, 0.0, FITTED)
    gain = np.where(done, SOLVED, np.where(outcomes["reason_not"].notna(), failed, UNSTATED))
    propensity = outcomes["propensity"].fillna(1.0) if "propensity" in outcomes else np.ones(len(outcomes))
    pairs = pd.DataFrame(
        {
            "query_id": outcomes["demand_id"],
            "doc_id": outcomes["enterprise_id"],
            "relevance": gain,
            "known": propensity * float((gain != UNSTATED).mean() if len(gain) else 1.0),
        }
    )
    kept_pairs = pairs["query_id"].isin(queries["query_id"]) & pairs["doc_id"].isin(firms["doc_id"])
    best = pairs.loc[kept_pairs].groupby(["query_id", "doc_id"], as_index=False)[["relevance", "known"]].max()
    task = Task("cohort", queries, firms.assign(group=firms["doc_id"]), best)
    kept = documents[["document_id", "enterprise_id", "kind", "title", "text", "date"]]
    return Cohort(task, kept.reset_index(drop=True), demands, outcomes)
