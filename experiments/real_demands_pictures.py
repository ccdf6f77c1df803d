"""The pictures of experiment 0004; each shows figures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MaxNLocator

LOOK = {
    "ours": ("ours", "tab:blue", "o"),
    "bm25": ("BM25", "tab:orange", "v"),
    "tfidf": ("TF-IDF", "tab:green", "^"),
    "rrf_lexical": ("RRF of these two", "tab:olive", "<"),
    "encoder": ("encoder as it comes", "tab:purple", "s"),
    "rrf_all": ("RRF of all three", "tab:red", ">"),
}


def draw(metrics: Mapping[str, Any], names: Mapping[str, str], out: Path) -> None:
    """ndcg.png, shared_words.png, reliability.png, reliability_tasks.png and abstention.png in ``out``.

    names : of the tasks, as shown
    """
    mpl.use("Agg")
    _ndcg(metrics, names, out / "ndcg.png")
    _shared(metrics, names, out / "shared_words.png")
    _reliability(metrics, out / "reliability.png")
    _reliability_tasks(metrics["tasks"], names, out / "reliability_tasks.png")
    _abstention(metrics, out / "abstention.png")


def _ndcg(metrics: Mapping[str, Any], names: Mapping[str, str], path: Path) -> None:
    from matplotlib import pyplot as plt

    tasks = metrics["tasks"]
    order = sorted(tasks, key=lambda name: tasks[name]["shared_pairs"], reverse=True)
    rows = np.arange(len(order))
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 0.5 * len(order) + 1.6), width_ratios=(3, 2), sharey=True)
    for name in (*metrics["peers"], "ours"):
        label, colour, marker = LOOK[name]
        shown = [tasks[task]["ndcg_10"][name] for task in order]
        left.plot(shown, rows, marker, color=colour, label=label, markersize=8 if name == "ours" else 5)
    left.set(yticks=rows, yticklabels=[names[task] for task in order], xlim=(0, 1.02), xlabel="nDCG@10")
    left.grid(axis="x", alpha=0.3)
    left.legend(fontsize=8, loc="lower left")
    _gains(right, [tasks[task]["gain"]["over_best"] for task in order], rows)
    right.set(xlabel="ours less the best peer, paired 90 % interval")
    figure.suptitle("Fewest shared words at the top")
    right.xaxis.set_major_locator(MaxNLocator(6))
    _save(figure, path)


def _gains(axes: Any, gains: Sequence[Mapping[str, float]], rows: Any) -> None:
    for gain, row in zip(gains, rows, strict=True):
        axes.plot([gain["low"], gain["high"]], [row, row], color="tab:blue")
        axes.plot(gain["mean"], row, "o", color="tab:blue")
    axes.axvline(0, color="grey", linestyle=":")
    axes.grid(axis="x", alpha=0.3)


def _shared(metrics: Mapping[str, Any], names: Mapping[str, str], path: Path) -> None:
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2))
    for at, (name, task) in enumerate(metrics["tasks"].items(), start=1):
        gain = task["gain"]["over_best"]
        x = task["shared_pairs"]
        left.plot([x, x], [gain["low"], gain["high"]], color="tab:blue")
        left.plot(x, gain["mean"], "o", color="tab:blue")
        left.annotate(str(at), (x, gain["high"]), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=8)
        left.plot([], [], " ", label=f"{at} {names[name]}")
    left.axhline(0, color="grey", linestyle=":")
    left.set(xlabel="share of a query's character pairs in its documents", ylabel="gain over the best peer",
             title="By task")  # fmt: skip
    left.legend(fontsize=7, handlelength=0, loc="upper right")
    fifths = metrics["by_shared_words"]
    for name in (*metrics["peers"], "ours"):
        label, colour, marker = LOOK[name]
        right.plot([one["shared"] for one in fifths], [one["ndcg_10"][name] for one in fifths], f"{marker}-",
                   color=colour, label=label, linewidth=2 if name == "ours" else 1)  # fmt: skip
    right.set(xlabel="the same, fifths of all queries", ylabel="nDCG@10", title="All queries")
    right.legend(fontsize=8)
    _save(figure, path)


def _bins(axes: Any, bins: Sequence[Mapping[str, float]]) -> None:
    for one in bins:
        axes.plot([one["p"]] * 2, [one["low"], one["high"]], color="tab:blue")
        axes.plot(one["p"], one["frequency"], "o", color="tab:blue", markersize=4)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def _reliability(metrics: Mapping[str, Any], path: Path) -> None:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 5))
    _bins(axes, metrics["reliability"])
    axes.set(xlabel="probability of the first shown", ylabel="share relevant, exact 90 % interval",
             title=f"{metrics['queries']:,} queries of all tasks")  # fmt: skip
    _save(figure, path)


def _reliability_tasks(tasks: Mapping[str, Any], names: Mapping[str, str], path: Path) -> None:
    from matplotlib import pyplot as plt

    rows = -(-len(tasks) // 5)
    figure, grid = plt.subplots(
        rows, min(5, len(tasks)), figsize=(12, 2.7 * rows), squeeze=False, sharex=True, sharey=True
    )
    for axes in grid.flat:
        axes.set_visible(False)
    for axes, (name, task) in zip(grid.flat, tasks.items(), strict=False):
        axes.set_visible(True)
        _bins(axes, task["reliability"])
        axes.set_title(names[name], fontsize=8)
        slope = task["calibration"]["slope"]
        if slope["low"] is not None:
            axes.text(0.04, 0.9, f"slope {slope['mean']:.2f} [{slope['low']:.2f}, {slope['high']:.2f}]", fontsize=7)
    figure.supxlabel("probability of the first shown", fontsize=9)
    figure.supylabel("share relevant", fontsize=9)
    _save(figure, path)


def _abstention(metrics: Mapping[str, Any], path: Path) -> None:
    from matplotlib import pyplot as plt

    figure, every = plt.subplots(1, 2, figsize=(11, 4.2), sharey=True)
    titles = {"all_suppliers": "All suppliers in the library", "suppliers_removed": "Suppliers of a part removed"}
    for axes, (case, title) in zip(every, titles.items(), strict=True):
        for name in ("ours", "tfidf"):
            if curve := metrics["curves"].get(f"{name}_{case}"):
                label, colour, marker = LOOK[name]
                axes.plot(
                    [one["coverage"] for one in curve], [one["error"] for one in curve], color=colour, label=label
                )
                key = case if name == "ours" else f"tfidf_{case}"
                for rate, found in metrics["abstention"].items():
                    one = found.get(key)
                    if one and one["answered"]:
                        bars = 1.645 * one["standard_error"]
                        axes.errorbar(one["coverage"], one["error"], bars, fmt=marker, color=colour)
                        axes.annotate(rate, (one["coverage"], one["error"]), xytext=(4, -11), fontsize=8,
                                      textcoords="offset points", color=colour)  # fmt: skip
        for rate in metrics["abstention"]:
            axes.axhline(float(rate), color="grey", linestyle=":", linewidth=1)
        axes.set(xlabel="share of queries answered", title=title, xlim=(0, 1))
    every[0].set(ylabel="error: none relevant in the first three", ylim=(0, None))
    every[0].legend()
    figure.suptitle("Points: thresholds of the promised rates, which are the dotted lines", fontsize=10)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot as plt

    figure.tight_layout()
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)
