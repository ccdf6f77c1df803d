"""Investors for a patent: model, funding and table of patents in one folder, tried on the last windows of the deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from data.chain.chain_file import load_chains
from data.codebook import reference_path
from features.text import TextEncoder
from models.chain.investors.columns import COLUMNS
from models.chain.investors.model import FILE, InvestorModel
from models.chain.investors.shortlist import InvestorFinder
from models.matching.query_vectors import QueryVectors
from training.chain.investor_tables import PATENT_CODE_COLUMNS, funding_of, labels_of, nodes_of
from training.chain.investors import (
    InvestorParams,
    Window,
    compare,
    fit,
    joined_recall,
    last_windows,
    popularity,
    recall,
)  # fmt: skip
from training.chain.tested_rows import investor_rows
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, console, stop, write_json
from training.pipeline.tracked import PackedFiles, Scored, track_tested

RECORDS, PLACEMENTS, VECTORS = (
    Path("data/derived/chain"), ARTIFACTS / "chain/placements.parquet", ARTIFACTS / "chain/vectors"
)  # fmt: skip
TABLES = ("firms", "documents", "patents", "deals", "investors")
ENCODER = ARTIFACTS / "matching/encoder"
EXAMPLES = 5  # patents of the tracked model's signature


def chain_investors(
    out: Annotated[
        Path, typer.Option(help="The model's folder; figures go to the file of its name beside it.")
    ] = ARTIFACTS / "chain/investors",
    encoder: Annotated[Path, typer.Option(help="The encoder's folder.")] = ENCODER,
) -> None:
    """Fit the investors' model on earlier windows of deals, and compare it with popularity in the last windows."""
    params = read_section("chain_investors", InvestorParams)
    tables = {name: pd.read_parquet(RECORDS / f"{name}.parquet") for name in TABLES}
    placements = pd.read_parquet(PLACEMENTS)
    loaded, chains = TextEncoder.load(encoder), load_chains(reference_path("chains"))
    vectors = QueryVectors.load(VECTORS, loaded.digest)
    funding = funding_of(tables, placements, chains, loaded, vectors)
    end = int(funding.deal_day.max(initial=0)) + 1
    tested = last_windows(funding, end, params)
    try:
        model = fit(funding, end - params.test_windows * params.window_days, params)
    except ValueError as fault:
        stop(fault)
    model = replace(model, comparison=compare(model, tested, params))
    patent_codes = nodes_of(placements, "patent", "publication_number", chains).loc[:, list(PATENT_CODE_COLUMNS)]
    patents, labels = tables["patents"], labels_of(tables["firms"], chains)
    InvestorFinder(model, funding, patents, patent_codes, tables["investors"], labels, loaded).save(out)
    metrics = {"caveat": CAVEAT, **figures(model, tested)}
    write_json(out.with_suffix(".json"), metrics)
    numbers = {f"recall_50_{name}": row["recall_50"] for name, row in metrics["recall"].items()}
    numbers |= {name: getattr(model.comparison, name) for name in ("gain", "low", "high", "unseen_share")}
    inputs = [*(RECORDS / f"{name}.parquet" for name in TABLES), PLACEMENTS]
    files = [out / FILE, out.with_suffix(".json")]
    names = patents["publication_number"].head(EXAMPLES)
    example = pd.DataFrame({"publication_number": names, "as_of": model.comparison.last_day}).astype(str)
    score = Scored(PackedFiles({"investors": out, "encoder": encoder}, find_investors))
    track_tested("chain_investors", params, numbers, inputs, files, score, example, investor_rows(model, tested))
    verdict = "as good as ours" if model.comparison.popularity_as_good else "less good than ours"
    console.print(f"investors: {len(funding.investors)}; popularity is {verdict} in the last windows")


def find_investors(folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """For each ``publication_number`` and day ``as_of``: the status, the first investor and its probability.

    An unknown patent has an empty investor and no probability.
    """
    finder = InvestorFinder.load(folder / "investors", TextEncoder.load(folder / "encoder"))
    rows = []
    for number, day in zip(frame["publication_number"], frame["as_of"], strict=True):
        found = finder.find(str(number), dt.date.fromisoformat(str(day)[:10]), count=1)
        first = found.investors[0] if found.investors else None
        chance = (first.investor, first.probability) if first is not None else ("", np.nan)
        rows.append((found.status, *chance))
    return pd.DataFrame(rows, columns=["status", "investor", "probability"])


def figures(model: InvestorModel, tested: Sequence[Window]) -> dict[str, Any]:
    """Recall by list in the last windows, of all firms and of those without an earlier deal, and the weights."""
    scores = [{**popularity(one), "ours": model.scores(one.past, one.query)[0]} for one in tested]
    found = {
        name: joined_recall([recall(own[name], one) for own, one in zip(scores, tested, strict=True)])
        for name in scores[0]
    }
    new = np.concatenate([one.newcomer for one in tested])
    parts = {"recall": np.ones(len(new), dtype=bool), "recall_newcomers": new}
    return {
        "comparison": asdict(model.comparison) | {"popularity_as_good": model.comparison.popularity_as_good},
        "firms": len(new),
        "newcomers": int(new.sum()),
        "known_investors": [len(one.past.investors) for one in tested],
        "weights": {"intercept": model.intercept} | dict(zip(COLUMNS, model.weights, strict=True)),
        "bands": [[band.pairs, band.funded, *band.probability] for band in model.bands],
        **{
            part: {
                name: {f"recall_{n}": float(values[kept].mean()) for n, values in one.within.items()}
                | {"mrr": float(one.reciprocal_rank[kept].mean())}
                for name, one in found.items()
            }
            for part, kept in parts.items()
            if kept.any()
        },
    }
