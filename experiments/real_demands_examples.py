"""Examples right and wrong of experiment 0004, as one Markdown file: real texts, cut short, for this machine alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from features.matching import clean_text
from training.matching.folder import Part, read_tasks

SHOWN = 3  # of each kind and task
CUT = 120  # characters of a text
KINDS: Mapping[str, str] = {
    "few_words": "Right although few words are shared",
    "sure_and_wrong": "Wrong although the probability is high",
    "abstained": "Right, but the probability is low",
}


def write_examples(data: Path, split: str, queries: Mapping[str, pd.DataFrame], runs: Path, out: Path) -> None:
    """Examples of each task: the query, what was shown first, what is relevant.

    runs : folder of the TREC run files, TASK.txt
    """
    lines = ["# Examples", "", "Real texts under licences that allow use here alone: this file is not passed on.", ""]
    for task in read_tasks(data):
        if task.name in queries:
            lines += _of_task(task.part(split), queries[task.name], _first(runs / f"{task.name}.txt"))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines), encoding="utf-8")


def chosen(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Queries by kind of example, the clearest first; ties by the query's id."""
    right, wrong = table.loc[table["hit"]], table.loc[~table["hit"]]
    return {
        "few_words": right.sort_values(["shared", "query_id"]).head(SHOWN),
        "sure_and_wrong": wrong.sort_values(["first", "query_id"], ascending=[False, True]).head(SHOWN),
        "abstained": right.sort_values(["any_of_three_p", "query_id"]).head(SHOWN),
    }


def _of_task(part: Part, table: pd.DataFrame, first: Mapping[str, str]) -> list[str]:
    documents = dict(zip(part.documents["doc_id"].astype(str), part.documents["text"], strict=True))
    ids, texts = part.queries["query_id"].astype(str).tolist(), part.queries["text"].tolist()
    at = {name: row for row, name in enumerate(ids)}
    gains = part.gains()
    lines = [f"## {part.task}", ""]
    for kind, rows in chosen(table).items():
        lines += [f"### {KINDS[kind]}", ""]
        for row in rows.to_dict("records"):
            query = at[str(row["query_id"])]
            best = max(gains[query], key=lambda one: gains[query][one])
            lines += [
                f"- query: {_short(texts[query])}",
                f"  - shown first (p {row['first']:.2f}, shared pairs {row['shared']:.2f}): "
                f"{_short(documents.get(first.get(str(row['query_id']), ''), 'nothing'))}",
                f"  - relevant: {_short(part.documents['text'].iloc[best])}",
            ]
        lines.append("")
    return lines


def _first(path: Path) -> dict[str, str]:
    rows = (line.split(" ") for line in path.read_text(encoding="utf-8").splitlines())
    return {fields[0]: fields[2] for fields in rows if fields[3] == "1"}


def _short(text: str) -> str:
    plain = clean_text(text)
    return plain if len(plain) <= CUT else plain[:CUT] + "…"
