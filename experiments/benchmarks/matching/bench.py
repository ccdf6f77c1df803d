"""``bench matching``: our order, probabilities and abstention on any folder of text tasks, beside peers in one run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from experiments.benchmarks.matching.figures import Groups, abstention, calibration, gains_over, mean_figures
from experiments.benchmarks.matching.languages import languages
from experiments.benchmarks.matching.peers import peer_scores
from experiments.benchmarks.matching.simple_confidence import simple_columns, simple_probability
from experiments.benchmarks.matching.task_run import OURS, TaskRun, judged_part, run_task
from experiments.benchmarks.matching.unseen import training_text
from experiments.machine import machine
from features.text import TextEncoder
from models.matching.confidence import Confidence
from models.matching.library import Encoder
from models.matching.ranker import Doubles, Ranker
from training.matching.confidence import ConfidenceParams, thresholds
from training.matching.evaluate import Flags
from training.matching.fit import prepare
from training.matching.folder import FolderError, Part, read_tasks
from training.matching.vectors import CachedEncoder
from training.params import read_section

OUT = Path("artifacts/bench/matching.json")
Simple = tuple[Callable[[Doubles], Doubles], Mapping[float, float]]  # TF-IDF's probability, its thresholds by rate
console = Console(width=150)


def bench(
    data: Path = typer.Option(help="A task's folder, or a folder of tasks."),
    model: Path = typer.Option(help="Folder of `python -m training matching`: encoder/, model/."),
    split: str = typer.Option("test", help="Split whose queries are run."),
    judged_only: bool = typer.Option(False, "--judged-only", help="Rank only the documents judged for a query."),
    untuned: Path | None = typer.Option(None, help="Folder of the encoder as it comes, for two peers."),
    queries: int | None = typer.Option(None, help="At most so many queries a task, drawn; all if left out."),
    vectors: Path = typer.Option(Path("artifacts/bench/vectors"), help="Where vectors are kept for the next run."),
    seed: int = typer.Option(0, help="Of draws and intervals."),
    out: Path = typer.Option(
        OUT, help="JSON file; in a folder of its name beside it lie rankings as TREC run files and a table of queries."
    ),
) -> None:
    """Matching on real text: nDCG, recall, pairs, calibration and abstention, ours beside its peers.

    With an encoder also planted demands in English and in Chinese against the same Chinese firms.
    """
    try:
        tasks = read_tasks(data)
        with_split = [task for task in tasks if split in task.splits]
        if not with_split:
            raise FolderError(f"no task of {data} has queries of the split {split!r}")
        encoder, ranker, confidence = read_model(model)
    except (FolderError, ValueError, OSError) as fault:
        console.print(f"refused: {fault}", soft_wrap=True, markup=False)
        raise typer.Exit(2) from fault
    began = time.perf_counter()
    plain = None if untuned is None else CachedEncoder(TextEncoder.load(untuned), vectors)
    kept: Encoder | None = None if encoder is None else CachedEncoder(encoder, vectors)
    training = training_text(tasks)

    def run(part: Part) -> TaskRun:
        return run_task(part, kept, plain, ranker, confidence, training, judged_only, out, seed)

    runs = []
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("tasks", total=len(with_split))
        for task in with_split:
            progress.update(bar, description=task.name)
            part = task.part(split)
            if judged_only:
                part = judged_part(part)
            part = part if queries is None else part.sample(queries, seed)
            runs.append(run(part))
            progress.advance(bar)
    simple = simple_thresholds([task.part("dev") for task in tasks if "dev" in task.splits and split != "dev"], seed)
    removed = np.random.default_rng(seed + 1).random(sum(len(run.hit) for run in runs)) < confidence.removed_share
    write_tables(runs, simple, removed, out.with_suffix(""))
    result = summary(runs, confidence, simple, removed, seed) | {
        "languages": None if kept is None or judged_only else languages(run, confidence, seed),
        "split": split,
        "judged_only": judged_only,
        "queries_a_task": queries,
        "model": {"ranker": ranker.digest, "confidence": confidence.digest, "encoder": ranker.encoder_digest},
        "untuned_encoder": None if plain is None else plain.digest,
        "seed": seed,
        "wall_s": round(time.perf_counter() - began, 1),
        "machine": machine("numpy", "scikit-learn", "lightgbm", "bm25s", "jieba", "onnxruntime"),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    show(result)


def write_tables(runs: Sequence[TaskRun], simple: Simple | None, removed: Flags, folder: Path) -> None:
    """TASK.parquet of each task: one row a query, as ``TaskRun.table`` has it.

    removed : whose suppliers are taken out of the library for the pooled figures of abstention, over all runs
    """
    ends = np.cumsum([len(run.hit) for run in runs])
    for run, mine in zip(runs, np.split(removed, ends[:-1]), strict=True):
        found = (None, None) if simple is None else (simple[0](run.simple), simple[0](run.simple_removed))
        run.table(*found).assign(removed=mine).to_parquet(folder / f"{run.part.task}.parquet", index=False)


def read_model(folder: Path) -> tuple[TextEncoder | None, Ranker, Confidence]:
    """The parts of a model; it may have been trained without an encoder."""
    encoder = TextEncoder.load(folder / "encoder") if (folder / "encoder").is_dir() else None
    digest = None if encoder is None else encoder.digest
    return encoder, Ranker.load(folder / "model", digest), Confidence.load(folder / "model")


def simple_thresholds(parts: Sequence[Part], seed: int) -> Simple | None:
    """TF-IDF's confidence and its thresholds, fitted on dev by the same controller; None without dev splits."""
    if not parts:
        return None
    columns, removed, right, names = [], [], [], []
    for part in parts:
        one = prepare(part, None)
        for chunk, found in peer_scores(one, None):
            matrix = found["tfidf"]
            gains = np.zeros(matrix.shape)
            for row, found_gains in zip(gains, part.gains()[chunk], strict=True):
                row[list(found_gains)] = 1.0
            columns.append(simple_columns(matrix))
            names += [part.task] * len(matrix)
            removed.append(simple_columns(np.where(gains > 0, -1.0, matrix)))
            top = np.argsort(-matrix, axis=1, kind="stable")[:, :3]
            right.append((np.take_along_axis(gains, top, axis=1) > 0).any(axis=1))
    params = read_section("matching_confidence", ConfidenceParams)
    x, gone, y = np.vstack(columns), np.vstack(removed), np.concatenate(right)
    taken = np.random.default_rng(params.seed).random(len(y)) < params.removed_share
    fitted, p = simple_probability(np.where(taken[:, None], gone, x), y & ~taken, seed)
    return fitted, thresholds(p, y & ~taken, np.array(names, dtype=object), params)


def summary(
    runs: Sequence[TaskRun], confidence: Confidence, simple: Simple | None, taken: Flags, seed: int
) -> dict[str, Any]:
    """Figures by task and pooled; ``taken``: queries whose suppliers are removed for part of the pooled figures."""
    tasks = {run.part.task: task_summary(run, confidence, simple, seed) for run in runs}
    first = np.concatenate([run.first for run in runs])
    hit = np.concatenate([run.hit for run in runs])
    group = np.concatenate([run.group for run in runs])
    right = np.concatenate([run.any_of_three for run in runs])
    p, gone = (np.concatenate([getattr(run, name) for run in runs]) for name in ("any_of_three_p", "removed_p"))
    ndcg = {name: np.concatenate([run.ndcg[name] for run in runs]) for name in runs[0].rows}
    pooled: dict[str, Any] = {
        "calibration": calibration(first, hit, group, seed),
        "abstention": {},
        "unseen_wording": of_some(ndcg, np.concatenate([run.unseen for run in runs]), group, seed),
        "across_languages": of_some(ndcg, np.concatenate([run.across for run in runs]), group, seed),
    }
    for rate in sorted(confidence.thresholds):
        pooled["abstention"][f"{rate:g}"] = {
            "all_suppliers": abstention(confidence.answers(p, rate), right),
            "suppliers_removed": abstention(confidence.answers(np.where(taken, gone, p), rate), right & ~taken),
        }
        if simple is not None:
            ps, pg = (
                simple[0](np.vstack([getattr(run, name) for run in runs])) for name in ("simple", "simple_removed")
            )
            good, least = np.concatenate([run.simple_right for run in runs]), simple[1].get(rate, np.inf)
            pooled["abstention"][f"{rate:g}"]["tfidf_all_suppliers"] = abstention(ps >= least, good)
            pooled["abstention"][f"{rate:g}"]["tfidf_suppliers_removed"] = abstention(
                np.where(taken, pg, ps) >= least, good & ~taken
            )
    return {"tasks": tasks, "pooled": pooled}


def task_summary(run: TaskRun, confidence: Confidence, simple: Simple | None, seed: int) -> dict[str, Any]:
    """One task: rankings, gains over peers, unseen wording, probabilities, abstention."""
    ndcg = run.ndcg
    peers = {name: values for name, values in ndcg.items() if name != OURS}
    found: dict[str, Any] = {
        "queries": len(run.hit),
        "candidates": len(run.part.documents),
        "figures": {name: mean_figures(rows) for name, rows in run.rows.items()},
        "pair_accuracy": {name: float(np.nanmean(values)) for name, values in run.pairs.items()},
        "gain": gains_over(ndcg[OURS], peers, run.group, seed),
        "unseen_wording": of_some(ndcg, run.unseen, run.group, seed),
        "across_languages": of_some(ndcg, run.across, run.group, seed),
        "shared_pairs": float(run.shared.mean()),
        "calibration": calibration(run.first, run.hit, run.group, seed),
        "first_three": {"ours": float(run.any_of_three.mean()), "tfidf": float(run.simple_right.mean())},
        "abstention": {},
    }
    for rate in sorted(confidence.thresholds):
        found["abstention"][f"{rate:g}"] = {
            "ours": abstention(confidence.answers(run.any_of_three_p, rate), run.any_of_three)
        }
        if simple is not None:
            answered = simple[0](run.simple) >= simple[1].get(rate, np.inf)
            found["abstention"][f"{rate:g}"]["tfidf"] = abstention(answered, run.simple_right)
    return found


def of_some(ndcg: Mapping[str, Doubles], some: Flags, group: Groups, seed: int) -> dict[str, Any]:
    """nDCG@10 by ranker and gains over the peers, of some of the queries."""
    kept = {name: values[some] for name, values in ndcg.items()}
    peers = {name: values for name, values in kept.items() if name != OURS}
    means = {name: float(values.mean()) for name, values in kept.items()} if some.any() else {}
    gain = gains_over(kept[OURS], peers, group[some], seed)
    return {"queries": int(some.sum()), "ndcg_10": means, "gain": gain}


def show(result: Mapping[str, Any]) -> None:
    """The figures as a table."""
    table = Table(
        "task",
        "queries",
        "ours",
        "best peer",
        "",
        "gain, 90 %",
        "unseen gain",
        "ECE",
        "slope, 90 %",
        "coverage .2 (TF-IDF)",
    )
    for name, found in result["tasks"].items():
        gain, figures, calibrated = found["gain"], found["figures"], found["calibration"]
        slope, unseen = calibrated["slope"], found["unseen_wording"]["gain"]
        cover = found["abstention"].get("0.2", {})
        table.add_row(
            name,
            str(found["queries"]),
            f"{figures[OURS]['ndcg_10']:.3f}",
            f"{figures[gain['best_peer']]['ndcg_10']:.3f}",
            gain["best_peer"],
            _interval(gain["over_best"]),
            _interval(unseen["over_best"]) if unseen else "",
            f"{calibrated['ece']:.3f}",
            _interval(slope) if slope["mean"] is not None and slope["low"] is not None else "",
            f"{cover['ours']['coverage']:.2f} ({cover.get('tfidf', {}).get('coverage', float('nan')):.2f})"
            if cover
            else "",
        )
    console.print(table)
    pooled = result["pooled"]
    console.print(f"pooled: {pooled['calibration']}", soft_wrap=True)
    for rate, found in pooled["abstention"].items():
        console.print(f"promised {rate}: {found}", soft_wrap=True)


def _interval(found: Mapping[str, float]) -> str:
    return f"{found['mean']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]"
