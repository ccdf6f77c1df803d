"""Flags, targets and the loss of a firm in sentences, Chinese and English.

Sentences are rows of ``data/reference/chain_score_sentences.csv``; their figures are those of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data.chain.tree import Chain
from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import Sentence, joined, read_sentences
from models.chain.removal import Removal


def written(key: str, **figures: Any) -> Text:
    """The sentence of a key with its figures."""
    return sentences()[key].fill(figures)


def sentences() -> Mapping[str, Sentence]:
    """Every sentence by key."""
    return read_sentences(reference_path("chain_score_sentences.csv"))


def flag_text(row: Mapping[str, Any]) -> Text:
    """One row of ``node_flags``: its state and why, whether it is sure, and what would change it."""
    names = {"flag": written(f"flag.{row['flag']}"), "score": written(f"score.{row['score']}")}
    if row["status"] != "ok":
        return written("flag.no_data", **names)
    figures = {name: row[name] for name in ("value", "threshold", "n")}
    parts = [written("flag.raised" if row["raised"] else "flag.not_raised", **names, **figures)]
    if row["uncertain"]:
        parts.append(written("flag.uncertain"))
    if not pd.isna(row["flip_count"]) and row["flip_count"]:
        key = "flag.more" if row["flip_count"] > 0 else "flag.fewer"
        parts.append(written(key, count=abs(int(row["flip_count"])), unit=written(f"unit.{row['flip_unit']}")))
    return joined(*parts)


def removal_texts(removal: Removal, chain: Chain, firm_name: str) -> list[Text]:
    """One sentence for each node of the firm, then one for each step downstream."""
    name = {node.id: (node.name_zh, node.name_en) for node in chain.nodes}
    found = []
    for loss in removal.nodes:
        figures = {"firm": firm_name, "node": name[loss.node_id], "others": loss.others}
        basis = written(f"basis.{loss.basis}")
        found.append(written(f"removal.{loss.role}", **figures, share=loss.share or 0.0, basis=basis))
    for step in removal.steps:
        key = "removal.lost" if step.lost else "removal.step"
        figures = {"step": step.step, "node": name[step.node_id], "firms": step.firms}
        found.append(written(key, **figures, sources=step.sources, left=step.sources_left))
    return found
