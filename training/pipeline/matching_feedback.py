"""What was served flows back: outcomes as records, and the served ranker continued on them, corrected for position."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from data.events import EventStore, EventStoreError
from data.match_feedback import QUERIES, feedback_table
from data.matching import Demand, from_table
from data.splits import enterprise_share
from models.matching.answer import CARD, DEMANDS, ENCODER, LIBRARY, MODEL, Matcher, demand_text
from models.matching.columns import candidates_of
from training.matching.served import (
    ServedError,
    ServedLines,
    continue_ranker,
    examination_of,
    first_places,
    fit_link,
    line_likelihood,
    served_lines,
    served_outcomes,
)
from training.pipeline.artifacts import ARTIFACTS, console, write_json
from training.pipeline.matching_records import RECORDS

HELD_OUT = 0.3  # of the lists, by their number
ROUNDS = 60
DRAWS, SEED, LEVEL = 2_000, 7, 0.9


def matching_feedback(
    events: Annotated[str, typer.Option(help="The event store: sqlite:///FILE or postgresql://... of the service.")],
    matching: Annotated[Path, typer.Option(help="What was served: the folder of encoder/, library/ and model/.")] = (
        ARTIFACTS / "matching"
    ),
    out: Annotated[Path, typer.Option(help="Where the continued matching is written.")] = (
        ARTIFACTS / "matching-feedback"
    ),
    rounds: Annotated[int, typer.Option(help="Trees added.")] = ROUNDS,
) -> None:
    """Continue the served ranker on what came of its lists; metrics.json says whether it is better on held-out lists.

    outcomes.parquet holds the outcomes as records, for `matching --outcomes`. Nothing that is served is changed.
    """
    demands = RECORDS / "demands.parquet"
    known = {one.demand_id: one for one in from_table(pd.read_parquet(demands), Demand)} if demands.is_file() else {}
    try:
        store = EventStore(events, must_exist=True)
        table = feedback_table(store)
        written = {one.event_id: (one.payload or {}).get("text") for one in store.read(QUERIES)}
        store.close()
    except EventStoreError as fault:
        raise typer.BadParameter(str(fault), param_hint="--events") from fault
    out.mkdir(parents=True, exist_ok=True)
    records, without_demand = served_outcomes(table)
    records.to_parquet(out / "outcomes.parquet", index=False)
    console.print(f"{len(records)} outcomes written; {without_demand} are of no demand on file")
    matcher = Matcher.load(matching)

    def text_of(demand_id: str | None, query_id: str) -> str | None:
        if demand_id in known:
            return demand_text(known[demand_id])
        return written.get(query_id)

    def candidates(texts: list[str]) -> tuple[Any, Any]:
        encoder, library = matcher.encoder, matcher.library
        vectors = None if encoder is None else encoder.encode(texts, "query")
        return candidates_of(library, texts, vectors), library.firm_ids

    try:
        lines = served_lines(table, text_of, candidates)
    except ServedError as fault:
        raise typer.BadParameter(str(fault), param_hint="--events") from fault
    metrics = continued(matcher, lines, rounds, out)
    write_json(out / "metrics.json", {"outcomes": len(records), "outcomes_without_demand": without_demand, **metrics})
    for name in (ENCODER, LIBRARY, DEMANDS):
        if (matching / name).is_dir():
            shutil.copytree(matching / name, out / name, dirs_exist_ok=True)
    shutil.copyfile(matching / CARD, out / CARD)
    matcher.confidence.save(out / MODEL)


def continued(matcher: Matcher, lines: ServedLines, rounds: int, out: Path) -> dict[str, Any]:
    """Fit on the lists that are not held out, measure on those that are, write the ranker fitted on all of them."""
    held_lists = enterprise_share(pd.Series(lines.lists), "matching-feedback") < HELD_OUT
    held = held_lists[lines.query]
    score = matcher.ranker.scores(lines.candidates)[lines.row]
    examination = examination_of(lines, score)
    seen = examination[np.minimum(lines.position, len(examination)) - 1]
    learn, test = lines.of(~held), lines.of(held)
    version = f"{matcher.ranker.version}+{int(learn.engaged.sum())}"
    ranker = continue_ranker(matcher.ranker, learn, seen[~held], rounds, version)
    gains = []
    for one in (matcher.ranker, ranker):
        a, b = fit_link(one.scores(lines.candidates)[learn.row], seen[~held], learn.engaged)
        log_odds = a + b * one.scores(lines.candidates)[test.row]
        gains.append(line_likelihood(log_odds, seen[held], test.engaged))
    continue_ranker(matcher.ranker, lines, seen, rounds, f"{matcher.ranker.version}+{int(lines.engaged.sum())}").save(
        out / MODEL
    )
    gain, low, high = _interval(gains[1] - gains[0], test.query)
    return {
        "lines": len(lines.row),
        "lists": len(lines.lists),
        "engaged": int(lines.engaged.sum()),
        "left_out": lines.left_out,
        "examination": examination.round(6).tolist(),
        "examination_from_chance": bool((lines.logged < 1.0).any()),
        "held_out_lists": int(held_lists.sum()),
        "likelihood_gain": {"estimate": gain, "low": low, "high": high, "level": LEVEL},
        "better": low > 0.0,
        "first_places": {
            name: asdict(first_places(one, test, examination))
            for name, one in (("served", matcher.ranker), ("continued", ranker))
        },
    }


def _interval(
    gain: np.ndarray[Any, np.dtype[np.float64]], query: np.ndarray[Any, np.dtype[np.int64]]
) -> tuple[float, float, float]:
    """Mean gain of a line and its interval, by drawing whole lists."""
    _, at = np.unique(query, return_inverse=True)
    total, count = np.bincount(at, gain), np.bincount(at)
    drawn = np.random.default_rng(SEED).multinomial(len(total), np.full(len(total), 1 / len(total)), DRAWS)
    means = (drawn @ total) / (drawn @ count)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(gain.mean()), float(low), float(high)
