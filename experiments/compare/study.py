"""The result of a comparison as plain values: what the page shows and ``comparison.json`` holds."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.texts.figures import Text
from experiments.compare.runs import StoredRun, comparable_statistics
from experiments.compare.sentences import sentence
from experiments.compare.words import text
from models.comparison.metrics import Metric
from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError
from models.comparison.verdict import Comparison, Verdict, compare
from training.run_rows import read_statistics

CARD = "card.csv"  # of a points run: points by growth stage, indicator and breakpoint, and full marks
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "equivalent", "not_distinguishable")


def compare_runs(
    runs: Sequence[StoredRun],
    params: ComparisonParams,
    metrics: Sequence[str] | None = None,
    *,
    fresh: bool = False,
    note: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Every run beside the first.

    metrics : names; all that the rows have where left out
    fresh : compute from the rows what is stored with the runs
    note : is called with stored statistics that are not those of the rows
    raises : CompareError, RowsError
    """
    stored = comparable_statistics(runs, params, fresh, note)
    base = stored[runs[0].name]
    chosen = _chosen(params, base, metrics)
    figures = {
        name: {key: one for key, one in read_statistics(of).items() if key in {metric.name for metric in chosen}}
        for name, of in stored.items()
    }
    first, *others = figures
    level, firms = 1 - params.error, int(base["firms"])
    found = compare(
        figures[first],
        {name: figures[name] for name in others},
        chosen,
        params.margins,
        firms,
        error=params.error,
        power=params.power,
    )
    by_name = {metric.name: metric for metric in chosen}
    return {
        "schema": "comparison/1",
        "baseline": first,
        "rows": {
            "kind": base["kind"],
            "rows": base["rows"],
            "firms": firms,
            "outcome_mean": base["outcome_mean"],
            "digest": base["rows_digest"],
        },
        "method": {
            "level": level,
            "error": params.error,
            "power": params.power,
            "draws": params.draws,
            "seed": params.seed,
            "annual_rate": params.annual_rate,
            "lgd": params.lgd,
            "pairs": len(found),
        },
        "runs": [_about(run) for run in runs],
        "metrics": [_described(one, params) for one in chosen],
        "figures": {
            name: {
                key: dict(vars(one.interval(level).within(by_name[key].low, by_name[key].high)))
                for key, one in of.items()
            }
            for name, of in figures.items()
        },
        "comparisons": [{**_plain(one), **_said(sentence(one, by_name[one.metric], params))} for one in found],
        "verdicts": verdict_counts(found),
        "parameters": differing_parameters(runs),
        "tenths": {name: of["tenths"] for name, of in stored.items()},
        "captured": {name: of["captured"] for name, of in stored.items()},
        "weights": full_marks(runs, note),
    }


def _chosen(params: ComparisonParams, base: Mapping[str, Any], names: Sequence[str] | None) -> list[Metric]:
    """The metrics that the baseline's statistics hold, or those of them that are named."""
    table = params.table()
    allowed = [name for name in table if name in base["metrics"]]
    if unknown := [name for name in names or () if name not in allowed]:
        raise RowsError(
            f"--metric: found {', '.join(unknown)}; allowed for these {base['kind']} rows: {', '.join(allowed)}"
        )
    return [table[name] for name in (names or allowed)]


def _plain(one: Comparison) -> dict[str, Any]:
    return {**vars(one), "difference": dict(vars(one.difference)), "gain": dict(vars(one.gain))}


def _said(found: Text) -> dict[str, str]:
    return {"sentence_zh": found[0], "sentence": found[1]}


def _described(metric: Metric, params: ComparisonParams) -> dict[str, Any]:
    return {
        "name": metric.name,
        "aim": metric.aim,
        "unit": metric.unit,
        "interval": metric.method,
        "margin": params.margins[metric.name],
        "meaning": text(f"meaning.{metric.name}")[1],
    }


def _about(run: StoredRun) -> dict[str, Any]:
    about = run.about
    return {
        "name": run.name,
        **{key: about.get(key) for key in ("capability", "git_commit", "data_sha256", "left_out")},
    }


def verdict_counts(found: Sequence[Comparison]) -> dict[str, dict[str, int]]:
    """By metric, how many runs have which result."""
    counts: dict[str, dict[str, int]] = {}
    for one in found:
        counts.setdefault(one.metric, dict.fromkeys(VERDICTS, 0))[one.verdict] += 1
    return counts


def differing_parameters(runs: Sequence[StoredRun]) -> dict[str, dict[str, Any]]:
    """Parameters that are not the same in all runs, by dotted name; None where a run has none of that name."""
    flat = {run.name: _flat(run.about.get("parameters") or {}) for run in runs}
    names = sorted({name for of in flat.values() for name in of})
    values = {name: {run: of.get(name) for run, of in flat.items()} for name in names}
    return {name: of for name, of in values.items() if any(one != of[runs[0].name] for one in of.values())}


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found


def full_marks(
    runs: Sequence[StoredRun], note: Callable[[str], None] = lambda _: None
) -> dict[str, dict[str, dict[str, float]]]:
    """Of points runs: points at full marks, by growth stage, indicator and run; else empty.

    note : is called with a card that lacks a column, which is left out
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for run in runs:
        path = run.folder / CARD
        if not path.is_file():
            continue
        for stage, indicator, points in _card(run, path, note):
            found.setdefault(stage, {}).setdefault(indicator, {})[run.name] = points
    return found


def _card(run: StoredRun, path: Path, note: Callable[[str], None]) -> list[tuple[str, str, float]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        wanted, given = ("stage", "indicator", "full_marks"), reader.fieldnames or []
        if missing := [name for name in wanted if name not in given]:
            note(f"run {run.name}: its {CARD} has no column {', '.join(missing)}, so its weights are not shown")
            return []
        return [(row["stage"], row["indicator"], float(row["full_marks"])) for row in reader]
