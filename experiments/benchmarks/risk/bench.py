"""``bench risk``: our learner and its peers on any table, in the same splits, with the leakage check in front."""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Printed
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from experiments.benchmarks.risk import peers
from experiments.benchmarks.risk.comparison import evaluate, mean_ranks
from experiments.machine import machine
from training.params import read_section
from training.processes import workers
from training.risk.figures import FIGURES
from training.risk.leakage import LeakError, refuse_leaks
from training.risk.leakage_column import LeakageParams
from training.risk.learner import learn
from training.risk.table import Table, TableError, as_table, read_table
from training.risk.time_order import time_blocks

Floats = npt.NDArray[np.float64]
OUT = Path("artifacts/bench/risk.json")
SMALL_ROWS = 1_000
PEERS = ("lightgbm_default", "xgboost_default", "catboost_default", "catboost_tuned", "woe")
console = Console(width=140)


def bench(
    table: Path = typer.Option(help="Parquet or CSV, one row per case."),
    target: str = typer.Option(help="Column of outcomes: 1 default, 0 none."),
    group: str | None = typer.Option(None, help="Column whose rows stay on one side of every split."),
    split: str | None = typer.Option(None, help="Column of fold names; each is predicted from the others."),
    time_column: str | None = typer.Option(None, "--time", help="Column to split by time: later fifths from earlier."),
    since: str | None = typer.Option(None, help="Rows that --time puts earlier are left out."),
    weight: str | None = typer.Option(None, help="Column of case weights."),
    exclude: list[str] = typer.Option([], help="Column to leave out; repeatable."),
    waive: list[str] = typer.Option([], help="Column that the leakage check may pass; repeatable."),
    monotone: Path | None = typer.Option(None, help="JSON object: column -> 1 raises the risk, -1 lowers it."),
    repeats: int | None = typer.Option(None, help="Repetitions of the folds; 10 under 1,000 rows, else 1."),
    folds: int = typer.Option(5, min=2, help="Folds."),
    seed: int = typer.Option(7, help="Of folds, fits and resamples."),
    budget_s: float | None = typer.Option(
        None, help="Seconds to tune CatBoost in a fold; ours took as long if not given."
    ),
    optbinning_python: Path | None = typer.Option(
        None, help="Interpreter that has optbinning and pyarrow; else plain WOE bins."
    ),
    peer: list[str] = typer.Option([], help=f"Peer to run, of {', '.join(PEERS)}; repeatable; all if left out."),
    jobs: int = typer.Option(min(2, os.cpu_count() or 1), min=1, help="Folds at a time."),
    out: Path = typer.Option(OUT, help="JSON file; tables of other names in it are kept."),
) -> None:
    """Default risk on any table: ours and its peers, same splits, paired intervals."""
    try:
        if split is not None and time_column is not None:
            raise TableError("--split and --time are both given; one of them is allowed")
        if since is not None and time_column is None:
            raise TableError("--since is given without --time")
        if unknown := [name for name in peer if name not in PEERS]:
            raise TableError(f"--peer {unknown}; {list(PEERS)} are allowed")
        ready = as_table(
            read_table(table),
            target,
            group=group,
            split=split,
            time=time_column,
            weight=weight,
            since=since,
            exclude=exclude,
        )
        signs = read_signs(monotone, ready.x)
        for name, why in ready.dropped.items():
            console.print(f"not a feature: {name} ({why})")
        evaluated = ready.x.assign(**{target: ready.y})
        leaks = refuse_leaks(evaluated, target, read_section("leakage", LeakageParams), waive=waive)
        for leak in leaks:
            console.print(f"warning: {leak.column} ({leak.kind}): {leak.found}", markup=False)
        parts = splits(ready, folds=folds, repeats=repeats, seed=seed)
    except (TableError, LeakError) as fault:
        console.print(f"refused: {fault}", soft_wrap=True, markup=False)
        raise typer.Exit(2) from fault
    began = time.perf_counter()
    predicted, seconds, speed, inner = run(ready, parts, signs, seed, budget_s, optbinning_python, jobs, peer or PEERS)
    result = evaluate(ready, predicted, seed) | {
        "rows": len(ready.y),
        "defaults": int(ready.y.sum()),
        "features": ready.x.shape[1],
        "left_out": dict(ready.dropped),
        "waived": list(waive),
        "unranked": next((leak.found for leak in leaks if leak.kind == "equality"), None),
        "splits": f"{f'by {split}' if split else 'by time' if time_column else 'stratified'}, {len(parts)} fits",
        "inner": _inner(inner),
        "seed": seed,
        "wall_s": round(time.perf_counter() - began, 1),
    }
    for name in result["models"]:
        result["models"][name]["fit_s"] = round(float(np.mean(seconds[name])), 3)
        result["models"][name]["predict_us_per_row"] = round(float(np.median(speed[name])), 2)
    key = table.stem if table.parent.name in {"", "."} else f"{table.parent.name}/{table.stem}"
    key += f" by {time_column}" if time_column else ""  # beside the same table in mixed folds
    write(out, key, result)
    show(key, result, json.loads(out.read_text(encoding="utf-8")))


def _inner(every: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean inner log loss and share of each member, how often each calibration won, and what additivity costs."""
    losses = pd.DataFrame([one["log_loss"] for one in every]).mean()
    return {
        "log_loss": losses.to_dict(),
        "shares": pd.DataFrame([one["shares"] for one in every]).fillna(0.0).mean().to_dict(),
        "calibration": pd.Series([one["calibration"] for one in every]).value_counts().to_dict(),
        "half_life": sorted((one["half_life"] for one in every), key=lambda value: value or np.inf),
        "level": sorted(one["level"] for one in every),
        "price_of_additivity_log_loss": float(losses["additive"] - losses["blend"]),
    }


def read_signs(path: Path | None, x: pd.DataFrame) -> dict[str, int]:
    """Promised signs by column; raises TableError naming what is wrong."""
    if path is None:
        return {}
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise TableError(f"--monotone {path.name}: {fault}") from fault
    if not isinstance(given, dict):
        raise TableError(
            f"--monotone {path.name}: an object of column and sign is needed, found {type(given).__name__}"
        )
    wrong = [f"{name}: {sign!r}" for name, sign in given.items() if sign not in (-1, 0, 1) or isinstance(sign, bool)]
    wrong += [f"{name}: no such feature" for name in given if name not in x]
    wrong += [f"{name}: a category has no direction" for name in given if name in x and x[name].dtype == "category"]
    if wrong:
        raise TableError(f"--monotone {path.name}: {wrong}; -1, 0 and 1 of numeric features are allowed")
    return {name: int(sign) for name, sign in given.items()}


def splits(table: Table, *, folds: int, repeats: int | None, seed: int) -> list[tuple[int, Any, Any]]:
    """(repeat, training rows, test rows); groups never on two sides."""
    rows = np.arange(len(table.y))
    if table.split is not None:
        parts = [(0, rows[table.split != name], rows[table.split == name]) for name in np.unique(table.split)]
    elif table.time is not None:
        block = time_blocks(table.time, folds + 1)
        parts = [(0, rows[block < one], rows[block == one]) for one in range(1, int(block.max()) + 1)]
    else:
        maker = StratifiedKFold if table.group is None else StratifiedGroupKFold
        count = repeats or (10 if len(rows) < SMALL_ROWS else 1)
        parts = [
            (repeat, *part)
            for repeat in range(count)
            for part in maker(folds, shuffle=True, random_state=seed + repeat).split(rows, table.y, table.group)
        ]
    if table.group is not None:
        parts = [
            (repeat, train[~np.isin(table.group[train], table.group[test])], test) for repeat, train, test in parts
        ]
    for repeat, train, test in parts:
        few = int(min(table.y[train].sum(), (1 - table.y[train]).sum()))
        if few < 5 or not len(test):
            raise TableError(f"split {repeat}: {few} cases of the rarer outcome to train on; at least 5 are needed")
    return parts


def run(
    table: Table,
    parts: Sequence[tuple[int, Any, Any]],
    signs: dict[str, int],
    seed: int,
    budget_s: float | None,
    optbinning: Path | None,
    jobs: int,
    chosen: Sequence[str] = PEERS,
) -> tuple[dict[str, Floats], dict[str, list[float]], dict[str, list[float]], list[dict[str, Any]]]:
    """Out-of-fold probabilities by model, shape (repeats, n), NaN where no fold tests; fit seconds; predict µs;
    and what our learner's inner folds found for its members.
    """
    predicted: dict[str, Floats] = {}
    seconds: dict[str, list[float]] = {}
    speed: dict[str, list[float]] = {}
    inner: list[dict[str, Any]] = []
    repeats = max(repeat for repeat, _, _ in parts) + 1
    settings = (table, signs, seed, budget_s, optbinning, chosen)
    with Progress(console=console) as progress, workers(jobs, settings) as each:
        bar = progress.add_task("folds", total=len(parts))
        for (repeat, _, test), (answers, learned) in each(_part, parts):
            inner.append(learned)
            for name, (probability, fit_s, predict_us) in answers.items():
                predicted.setdefault(name, np.full((repeats, len(table.y)), np.nan))[repeat, test] = probability
                seconds.setdefault(name, []).append(fit_s)
                speed.setdefault(name, []).append(predict_us)
            progress.advance(bar)
    return predicted, seconds, speed, inner


def _part(settings: tuple[Any, ...], part: tuple[int, Any, Any]) -> Any:
    table, *rest = settings
    with warnings.catch_warnings(action="ignore"):  # the peers' own; ours raises none (tests run with errors)
        return _one_split(table, *part[1:], *rest)


def _one_split(
    table: Table,
    train: Any,
    test: Any,
    signs: dict[str, int],
    seed: int,
    budget_s: float | None,
    optbinning: Path | None,
    chosen: Sequence[str],
) -> tuple[dict[str, tuple[Floats, float, float]], dict[str, Any]]:
    x, y, weight = table.x.iloc[train].reset_index(drop=True), table.y[train], table.weight[train]
    x = x.assign(**{name: x[name].cat.remove_unused_categories() for name in x if x[name].dtype == "category"})
    new = table.x.iloc[test].reset_index(drop=True)
    # A category that training lacks is missing to every model.
    new = new.assign(
        **{name: new[name].cat.set_categories(x[name].cat.categories) for name in x if x[name].dtype == "category"}
    )
    # A name means nothing to a model, and some libraries refuse some names.
    plain = [f"c{position}" for position in range(x.shape[1])]
    signs = {plain[list(x).index(name)]: sign for name, sign in signs.items()}
    x, new = x.set_axis(plain, axis=1), new.set_axis(plain, axis=1)
    group = None if table.group is None else table.group[train]
    clock = None if table.time is None else table.time[train]
    began = time.perf_counter()
    learned = learn(x, y, seed=seed, weight=weight, groups=group, signs=signs, time=clock)
    fitted: peers.Predict = learned.predict
    spent = time.perf_counter() - began
    answer = {"ours": _timed(fitted, new, spent)}
    for name in chosen:
        began = time.perf_counter()
        if name == "catboost_tuned":
            fitted = peers.catboost_tuned(x, y, weight, seed, spent if budget_s is None else budget_s)
        elif name == "woe":
            name = "woe_logistic" if optbinning is None else "woe_optbinning"
            fitted = (
                peers.woe_logistic(x, y, weight)
                if optbinning is None
                else peers.woe_optbinning(x, y, weight, optbinning)
            )
        else:
            fitted = getattr(peers, name)(x, y, weight, seed)
        answer[name] = _timed(fitted, new, time.perf_counter() - began)
    kept = {"log_loss": dict(learned.inner_log_loss), "shares": dict(learned.shares)}
    return answer, kept | {
        "calibration": learned.calibrator.method,
        "half_life": learned.half_life,
        "level": learned.level,
    }


def _timed(fitted: peers.Predict, new: pd.DataFrame, fit_s: float) -> tuple[Floats, float, float]:
    began = time.perf_counter()
    probability = fitted(new)
    return probability, fit_s, (time.perf_counter() - began) / len(new) * 1e6


def write(out: Path, key: str, result: dict[str, Any]) -> None:
    """Put one table's result beside those of other tables, with the machine and the versions."""
    kept: dict[str, Any] = {"tables": {}}
    if out.is_file():
        kept = json.loads(out.read_text(encoding="utf-8"))
    kept["tables"][key] = result
    kept["mean_rank"] = mean_ranks(kept["tables"])
    kept["machine"] = machine("lightgbm", "xgboost-cpu", "catboost", "scikit-learn", "numpy")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def show(key: str, result: dict[str, Any], kept: dict[str, Any]) -> None:
    """The printed table."""
    printed = Printed(
        "model", *FIGURES, "fit s", "µs/row", title=f"{key}: {result['rows']} rows, {result['defaults']} defaults"
    )
    for name, model in result["models"].items():
        cells = [
            f"{model['figures'][figure]['value']:.4f}\n{model['figures'][figure]['low']:.3f}..{model['figures'][figure]['high']:.3f}"
            for figure in FIGURES
        ]
        printed.add_row(name, *cells, f"{model['fit_s']:.1f}", f"{model['predict_us_per_row']:.1f}")
    console.print(printed)
    inner = result["inner"]
    console.print(
        "ours, inner folds: shares "
        + ", ".join(f"{name} {share:.2f}" for name, share in inner["shares"].items())
        + f"; an additive model alone (exact reasons) costs {inner['price_of_additivity_log_loss']:.4f} of log loss"
    )
    if "auc_floor" not in result:
        return
    floor, gap = result["auc_floor"], result["log_loss_against_best"]
    console.print(
        f"log loss less that of {gap['peer']}, the least of the untuned: {gap['value']:.5f} "
        f"[{gap['low']:.5f}, {gap['high']:.5f}]: " + ("not worse" if gap["not_worse"] else "worse")
    )
    console.print(
        f"AUC at least {floor['peer']} less one standard error ({floor['value']:.4f}): "
        + ("yes" if floor["held"] else "no")
    )
    ranks = sorted(kept["mean_rank"].items(), key=lambda item: item[1])
    left_out = [name for name, one in kept["tables"].items() if one.get("unranked")]
    console.print(
        f"mean rank over Brier and log loss, {len(kept['tables']) - len(left_out)} table(s): "
        + ", ".join(f"{name} {rank:.2f}" for name, rank in ranks)
        + (f"; left out, classes given away by how they were made: {', '.join(left_out)}" if left_out else "")
    )
