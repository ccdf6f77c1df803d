"""Pictures of a card: weights by stage, learned against prior, shapes, and one enterprise's portrait.

Each as PNG and as a page that works without a network; plotly's script lies beside the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from data.codebook import Codebook
from features.columns import of_rows
from models.points.card import PointsCard
from training.points.fit import Fitted

mpl.use("Agg")

import matplotlib.pyplot as plt
import plotly.graph_objects as go
from matplotlib import font_manager
from matplotlib.figure import Figure
from plotly.subplots import make_subplots

COLOURS = ("#1b6ca8", "#e07a1f", "#3a8f5c", "#8a4fa3", "#b23a48")
PRIOR = "#9aa0a6"
CJK = ("Noto Sans CJK SC", "Noto Serif CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "SimHei")
DPI = 130


def draw(fitted: Fitted, reference: pd.DataFrame, codebook: Codebook, folder: Path) -> list[Path]:
    """Every picture of the fitted card in ``folder``; the portrait is of the enterprise with the median total."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_style()):
        name = _names(codebook)
        pairs: dict[str, tuple[Figure, Any]] = {
            "weights": (_weights_png(fitted, name), _weights_page(fitted, name)),
            "learned-against-prior": (_against_png(fitted, name), _against_page(fitted, name)),
            "shapes": (_shapes_png(fitted.card, name), _shapes_page(fitted.card, name)),
        }
        row = median_enterprise(fitted.card, reference)
        pairs["portrait"] = (
            _portrait_png(fitted.card, row, reference, name),
            _portrait_page(fitted.card, row, reference, name),
        )
    for stem, (figure, page) in pairs.items():
        figure.savefig(folder / f"{stem}.png", dpi=DPI, metadata={"Software": None})
        plt.close(figure)
        page.write_html(folder / f"{stem}.html", include_plotlyjs="directory", div_id=stem)
    return sorted(folder.iterdir())


def median_enterprise(card: PointsCard, reference: pd.DataFrame) -> Mapping[str, Any]:
    """The enterprise in the middle of the totals, as a row."""
    total = card.score(reference)["total"].dropna().sort_values(kind="stable")
    return {str(key): value for key, value in reference.loc[total.index[len(total) // 2]].to_dict().items()}


def _style() -> Any:
    known = {font.name for font in font_manager.fontManager.ttflist}
    return {
        "font.family": [*[name for name in CJK if name in known][:1], "DejaVu Sans"],
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#e6e8eb",
        "axes.axisbelow": True,
        "font.size": 9,
    }


def _names(codebook: Codebook) -> dict[str, str]:
    """Labels: Chinese where a font can show it, else English."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    chinese = any(name in known for name in CJK)
    return {item.key: f"{item.zh} {item.key}" if chinese else item.key for item in codebook}


def _spans(card: PointsCard, stage: str, keys: list[str]) -> tuple[Any, Any, Any]:
    middle = np.array([card.weights[stage][key] for key in keys])
    low = np.array([card.points_low[stage][key][-1] for key in keys])
    high = np.array([card.points_high[stage][key][-1] for key in keys])
    return middle, low, high


def _order(card: PointsCard) -> list[str]:
    """Keys by mean weight, largest first."""
    mean = {item.key: np.mean([rows[item.key] for rows in card.weights.values()]) for item in card.indicators}
    return sorted(mean, key=lambda key: -mean[key])


def _weights_png(fitted: Fitted, name: Mapping[str, str]) -> Figure:
    card, keys = fitted.stage, _order(fitted.stage)
    figure, axes = plt.subplots(figsize=(9, 9.5), layout="constrained")
    for position, stage in enumerate(card.points):
        middle, low, high = _spans(card, stage, keys)
        y = np.arange(len(keys)) + (position - (len(card.points) - 1) / 2) * 0.24
        axes.errorbar(middle, y, xerr=[middle - low, high - middle], fmt="o", ms=4.5, lw=1.6, capsize=2,
                      color=COLOURS[position % len(COLOURS)], label=stage)  # fmt: skip
        prior = [fitted.prior.weights[stage][key] for key in keys]
        axes.scatter(
            prior, y, marker="|", s=40, color="#444", lw=1.2, label="prior" if position == 0 else None, zorder=3
        )
    axes.set_yticks(np.arange(len(keys)), [name[key] for key in keys])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("points at full marks (each stage sums to 130)")
    axes.set_title(f"Weights by stage, {card.interval_level:.0%} intervals; ships: {fitted.verdict.ships} card",
                   loc="left", fontweight="bold")  # fmt: skip
    axes.legend(loc="lower right", frameon=False)
    return figure


def _weights_page(fitted: Fitted, name: Mapping[str, str]) -> Any:
    card, keys = fitted.stage, _order(fitted.stage)
    page = go.Figure()
    for position, stage in enumerate(card.points):
        middle, low, high = _spans(card, stage, keys)
        page.add_scatter(x=middle, y=[name[key] for key in keys], mode="markers", name=stage,
                         marker={"color": COLOURS[position % len(COLOURS)], "size": 8},
                         error_x={"type": "data", "array": high - middle, "arrayminus": middle - low})  # fmt: skip
    page.update_layout(title=f"Weights by stage, {card.interval_level:.0%} intervals. "
                       f"{fitted.verdict.as_dict()['text']}",
                       yaxis={"autorange": "reversed"}, xaxis_title="points at full marks", height=900,
                       scattermode="group", title_font_size=13, template="plotly_white")  # fmt: skip
    return page


def _against_png(fitted: Fitted, name: Mapping[str, str]) -> Figure:
    card, keys = fitted.card, _order(fitted.card)
    figure, grid = plt.subplots(1, len(card.points), figsize=(3.4 * len(card.points) + 2.6, 7.6), layout="constrained",
                                squeeze=False, sharey=True)  # fmt: skip
    y = np.arange(len(keys))
    for position, (stage, axes) in enumerate(zip(card.points, grid[0], strict=True)):
        middle, low, high = _spans(card, stage, keys)
        prior = np.array([fitted.prior.weights[stage][key] for key in keys])
        colour = COLOURS[position % len(COLOURS)]
        axes.hlines(y, low, high, color=colour, lw=5, alpha=0.2)
        axes.hlines(y, np.minimum(prior, middle), np.maximum(prior, middle), color="#555", lw=1)
        axes.scatter(prior, y, s=26, facecolor="white", edgecolor="#555", zorder=3, label="prior")
        axes.scatter(middle, y, s=30, color=colour, zorder=4, label="learned")
        axes.set(title=stage, xlabel="points at full marks")
        axes.set_xlim(left=-0.5)
        axes.legend(loc="lower right", frameon=False)
    grid[0][0].set_yticks(y, [name[key] for key in keys])
    grid[0][0].invert_yaxis()
    figure.suptitle(f"From prior to learned points, {card.interval_level:.0%} intervals shaded; card {card.version}",
                    x=0.01, ha="left", fontweight="bold")  # fmt: skip
    return figure


def _against_page(fitted: Fitted, name: Mapping[str, str]) -> Any:
    card, page = fitted.card, go.Figure()
    for position, stage in enumerate(card.points):
        keys = [item.key for item in card.indicators]
        middle, low, high = _spans(card, stage, keys)
        page.add_scatter(x=[fitted.prior.weights[stage][key] for key in keys], y=middle, mode="markers", name=stage,
                         text=[name[key] for key in keys], marker={"color": COLOURS[position % len(COLOURS)]},
                         error_y={"type": "data", "array": high - middle, "arrayminus": middle - low})  # fmt: skip
    top = max(max(rows.values()) for rows in card.weights.values())
    page.add_scatter(x=[0, top], y=[0, top], mode="lines", line={"dash": "dash", "color": PRIOR}, name="unchanged")
    page.update_layout(title="Learned against prior", xaxis_title="prior points", yaxis_title="learned points",
                       height=700, template="plotly_white")  # fmt: skip
    return page


def _shapes_png(card: PointsCard, name: Mapping[str, str]) -> Figure:
    columns = 6
    lines = -(-len(card.indicators) // columns)
    figure, grid = plt.subplots(lines, columns, figsize=(13.5, 2.3 * lines), layout="constrained", squeeze=False,
                                sharex=True)  # fmt: skip
    for axes, item in zip(grid.flat, card.indicators, strict=False):
        for position, (stage, rows) in enumerate(card.points.items()):
            colour = COLOURS[position % len(COLOURS)]
            axes.plot(card.knots, rows[item.key], color=colour, lw=1.5, label=stage)
            axes.fill_between(card.knots, card.points_low[stage][item.key], card.points_high[stage][item.key],
                              color=colour, alpha=0.12, lw=0)  # fmt: skip
        axes.set_title(name[item.key].split(" ")[0], fontsize=9)
        axes.set_ylim(bottom=0)
        axes.set_xticks([0, 0.5, 1])
    for axes in grid.flat[len(card.indicators) :]:
        axes.set_visible(False)
    figure.supxlabel("percentile among peers")
    figure.supylabel("points")
    figure.legend(*grid.flat[0].get_legend_handles_labels(), loc="outside upper right", ncols=4, frameon=False)
    figure.suptitle(f"Points by percentile, {card.interval_level:.0%} intervals", x=0.01, ha="left", fontweight="bold")
    return figure


def _shapes_page(card: PointsCard, name: Mapping[str, str]) -> Any:
    columns = 4
    page = make_subplots(rows=-(-len(card.indicators) // columns), cols=columns,
                         subplot_titles=[name[item.key] for item in card.indicators])  # fmt: skip
    for one, item in enumerate(card.indicators):
        for position, (stage, rows) in enumerate(card.points.items()):
            page.add_scatter(x=card.knots, y=rows[item.key], mode="lines", name=stage, legendgroup=stage,
                             showlegend=one == 0, line={"color": COLOURS[position % len(COLOURS)]},
                             row=one // columns + 1, col=one % columns + 1)  # fmt: skip
    page.update_layout(height=1300, title="Points by percentile among peers", template="plotly_white")
    page.update_annotations(font_size=11)
    return page


def _portrait_parts(
    card: PointsCard, row: Mapping[str, Any], reference: pd.DataFrame
) -> tuple[dict[str, float], dict[str, float], pd.DataFrame, pd.Series]:
    """Share of full marks by dimension, own and of peers; contributions beside the peers' median; peers' totals."""
    peers = reference.loc[
        (reference["growth_stage"] == row["growth_stage"]) & (reference["size_class"] == row["size_class"])
    ]
    alone = of_rows([row])
    own, scores = card.score_columns(alone), card.score(peers)
    full = dict.fromkeys(card.dimensions, 0.0)
    for item in card.indicators:
        full[item.dimension] += card.weights[row["growth_stage"]][item.key]
    mine = {name: own[f"dim_{name}"][0] / full[name] for name in full}
    theirs = {name: float(scores[f"dim_{name}"].median()) / full[name] for name in full}
    keys = [item.key for item in card.indicators]
    bars = pd.DataFrame(
        {
            "own": [one[0] for one in card.earned(alone).points.values()],
            "peers": card.contributions(peers).median().to_numpy(),
        },
        index=keys,
    )
    bars["full"] = [card.weights[row["growth_stage"]][key] for key in keys]
    return mine, theirs, bars.sort_values("full"), scores["total"].dropna()


def _portrait_png(card: PointsCard, row: Mapping[str, Any], reference: pd.DataFrame, name: Mapping[str, str]) -> Figure:
    mine, theirs, bars, totals = _portrait_parts(card, row, reference)
    own = {name: column[0] for name, column in card.score_columns(of_rows([row])).items()}
    figure = plt.figure(figsize=(13, 7.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.35], squeeze=False)[0]
    radar = left.add_subplot(2, 1, 1, projection="polar")
    angles = np.linspace(0, 2 * np.pi, len(mine), endpoint=False)
    around = np.r_[angles, angles[0]]
    for values, colour, label in ((mine, COLOURS[0], "enterprise"), (theirs, PRIOR, "peers' median")):
        ring = np.r_[list(values.values()), next(iter(values.values()))]
        radar.plot(around, ring, color=colour, lw=2, label=label)
        radar.fill(around, ring, color=colour, alpha=0.15)
    radar.set_xticks(angles, [text.replace("_", "\n") for text in mine])
    radar.tick_params(axis="x", pad=16)
    radar.set_ylim(0, 1)
    radar.set_yticks([0.25, 0.5, 0.75], ["25%", "50%", "75%"], fontsize=7)
    radar.legend(loc="upper left", bbox_to_anchor=(-0.55, 1.12), frameon=False)
    below = left.add_subplot(2, 1, 2)
    below.hist(totals, bins=30, color="#c9d3dc")
    below.axvline(own["total"], color=COLOURS[0], lw=2)
    below.set(xlabel="total points of peers (same stage and size)", ylabel="enterprises")
    below.annotate(f" {own['total']:.1f} points\n percentile {own['percentile']:.0%}", (own["total"], 0.82),
                   xycoords=("data", "axes fraction"), color=COLOURS[0], fontweight="bold")  # fmt: skip
    axes = right.add_subplot()
    y = np.arange(len(bars))
    axes.barh(y, bars["full"], color="#eef1f4", label="full marks")
    axes.barh(y, bars["own"], color=COLOURS[0], height=0.55, label="earned")
    axes.scatter(bars["peers"], y, marker="|", s=90, color="#222", lw=1.6, label="peers' median", zorder=3)
    missing = [key for key in bars.index if row[key] is None or row[key] != row[key]]
    axes.set_yticks(y, [name[key] + (" (missing)" if key in missing else "") for key in bars.index])
    axes.set_xlabel("points")
    axes.legend(loc="lower right", frameon=False)
    figure.suptitle(f"{row['uscc']} · {row['growth_stage']} · {row['industry']} · card {card.version}", x=0.01,
                    ha="left", fontweight="bold")  # fmt: skip
    return figure


def _portrait_page(card: PointsCard, row: Mapping[str, Any], reference: pd.DataFrame, name: Mapping[str, str]) -> Any:
    mine, theirs, bars, totals = _portrait_parts(card, row, reference)
    page = make_subplots(rows=2, cols=2, specs=[[{"type": "polar"}, {"rowspan": 2}], [{}, None]],
                         column_widths=[0.4, 0.6], horizontal_spacing=0.2)  # fmt: skip
    for values, colour, label in ((mine, COLOURS[0], "enterprise"), (theirs, PRIOR, "peers' median")):
        page.add_scatterpolar(r=[*values.values(), next(iter(values.values()))],
                              theta=[*values, next(iter(values))], fill="toself", name=label,
                              line={"color": colour}, row=1, col=1)  # fmt: skip
    page.add_histogram(x=totals, nbinsx=30, marker={"color": "#c9d3dc"}, name="peers", row=2, col=1)
    own, (counts, _) = card.score_columns(of_rows([row]))["total"][0], np.histogram(totals, bins=30)
    page.add_scatter(x=[own, own], y=[0, counts.max()], mode="lines", name="total points", row=2, col=1,
                     line={"color": COLOURS[0], "width": 3})  # fmt: skip
    labels = [name[key] for key in bars.index]
    page.add_bar(x=bars["own"], y=labels, orientation="h", name="earned", marker={"color": COLOURS[0]}, row=1, col=2)
    page.add_scatter(x=bars["peers"], y=labels, mode="markers", name="peers' median",
                     marker={"symbol": "line-ns-open", "size": 12, "color": "#222"}, row=1, col=2)  # fmt: skip
    page.add_scatter(x=bars["full"], y=labels, mode="markers", name="full marks",
                     marker={"symbol": "circle-open", "color": PRIOR}, row=1, col=2)  # fmt: skip
    title = f"{row['uscc']}, {row['growth_stage']}, {row['industry']}, card {card.version}"
    page.update_layout(height=850, title=title, template="plotly_white", polar={"radialaxis": {"range": [0, 1]}})
    return page
