"""Demands in English against Chinese firms: each planted demand in both languages, in one library of Chinese documents.

The technology of a demand decides which firms are relevant, so the two texts have the same answers. Texts are the
generator's: what is measured is whether a Chinese document is found from an English sentence, not how people ask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from data.synthetic.matching import SyntheticMatchingParams, synthesize_matching
from data.synthetic.matching_texts import demand_texts, methods, objects
from data.synthetic.tables import SyntheticParams, synthesize
from experiments.benchmarks.matching.figures import abstention, gains_over, interval, mean_figures
from experiments.benchmarks.matching.query_wording import mostly_latin
from experiments.benchmarks.matching.task_run import OURS, TaskRun
from models.matching.confidence import Confidence
from training.matching.folder import Part, Task

ENTERPRISES, FIRMS, DEMANDS = 800, 500, 400
LANGUAGES = ("chinese", "english")


def language_parts(seed: int) -> dict[str, Part]:
    """The same demands by language, each with the firms that have Chinese documents; groups are technologies."""
    enterprises = synthesize(SyntheticParams(seed=seed, n_enterprises=ENTERPRISES)).tables["enterprises"]
    params = SyntheticMatchingParams(seed=seed, n_firms=FIRMS, n_demands=DEMANDS, english_share=0, duplicate_share=0)
    cohort = synthesize_matching(enterprises, params)
    known = cohort.truth["demands"]
    known = known.loc[known["supplied"]].reset_index(drop=True)
    by_method, by_object = {one.key: one for one in methods()}, {one.key: one for one in objects()}
    rng = np.random.default_rng(seed)
    english = [
        demand_texts(by_method[method], by_object[thing], rng, english=True, new_wording=False)
        for method, thing in zip(known["method"], known["object"], strict=True)
    ]
    own = cohort.tables["demands"].set_index("demand_id").reindex(known["demand_id"])
    chinese = own[["title", "problem", "requirement"]].itertuples(index=False, name=None)
    documents = cohort.tables["capabilities"]
    documents = documents.assign(text=documents["title"].fillna("") + "。" + documents["text"].fillna(""))
    documents = documents.loc[~mostly_latin(documents["text"].tolist())]
    firms = documents.groupby("enterprise_id")["text"].agg("；".join).reset_index()
    firms = firms.rename(columns={"enterprise_id": "doc_id"}).assign(split="test")
    firms = firms.assign(group=firms["doc_id"])
    pairs = cohort.truth["relevance"].rename(columns={"demand_id": "query_id", "enterprise_id": "doc_id"})
    queries = pd.DataFrame({"query_id": known["demand_id"], "technology": known["method"], "split": "test"})
    parts = {}
    for name, texts in zip(LANGUAGES, (chinese, english), strict=True):
        written = queries.assign(text=["。".join(one) for one in texts])
        part = Task(f"planted_demands_{name}", written, firms, pairs).part("test")
        parts[name] = replace(part, queries=part.queries.assign(group=part.queries["technology"]))
    return parts


def languages(run: Callable[[Part], TaskRun], confidence: Confidence, seed: int) -> dict[str, Any]:
    """Figures in both languages, the paired loss of asking in English, and what abstention makes of it.

    run : ours and the peers on one part
    """
    runs = {name: run(part) for name, part in language_parts(seed).items()}
    found: dict[str, Any] = {
        "caveat": "synthetic demands, one English sentence a technology: any figure here measures the generator",
        "demands": len(runs["english"].hit),
        "firms": len(runs["english"].part.documents),
    }
    for name, one in runs.items():
        ndcg = one.ndcg
        found[name] = {
            "figures": {who: mean_figures(rows) for who, rows in one.rows.items()},
            "gain": gains_over(ndcg[OURS], {k: v for k, v in ndcg.items() if k != OURS}, one.group, seed),
            "first_relevant": float(one.hit.mean()),
            "mean_probability": float(one.first.mean()),
            "abstention": {
                f"{rate:g}": abstention(confidence.answers(one.any_of_three_p, rate), one.any_of_three)
                for rate in sorted(confidence.thresholds)
            },
        }
    group = runs["chinese"].part.queries["group"].to_numpy(dtype=object)
    found["english_less_chinese"] = interval(runs["english"].ndcg[OURS] - runs["chinese"].ndcg[OURS], group, seed)
    return found
