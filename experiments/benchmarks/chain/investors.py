"""Investors on two real tables: Chinese deals in order of time, and start-ups of Crunchbase in order of round numbers.

Everything was chosen on deals before the test. The test asks once, on its first day, for the investors of all firms
that were funded afterwards; an investor that a firm has already is no answer. Figures are means over firms.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from features.text import TextEncoder
from models.chain.investors.columns import COLUMNS, Flags
from models.chain.investors.funding import Doubles, Funding, day_of
from models.chain.investors.model import InvestorModel
from training.chain.investors import InvestorParams, Recall, Window, fit, popularity, recall, window
from training.matching.evaluate import paired_interval

DEALS, LINKS = "cn_vc_deals", "vc_links"  # folders
FIRST_TEST_DAY = "2018-02-07"
TEST_SHARE = 0.15  # of round numbers, the last ones
PSEUDO_DAYS = 3_650  # round numbers spread evenly over ten years, so that ages and windows have a meaning
KNOWN_ALWAYS = pd.Timestamp("1960-01-01")  # intros, industries and regions of these tables carry no day
DEALS_PARAMS = InvestorParams(730.0, 60.0, 100, 0.05, 305, 90, 100, 30.0, 1_000_000, 20, 1, 1_000, 7)
LINKS_PARAMS = InvestorParams(730.0, 60.0, 100, 0.05, 547, 547, 1_000, 30.0, 300_000, 200, 1, 1_000, 7)
NEAREST_FIRMS = 30  # of the peer by nearest funded firms
ROUND_COLUMNS = (
    "a", "angel", "b", "c", "convertible", "crowd", "d", "debt_round", "e", "f", "g", "grant", "partial",
    "post_ipo_debt", "post_ipo_equity", "private_equity", "secondary_market", "seed", "unattributed",
)  # fmt: skip
NOT_CATEGORIES = ("id", "normalized_name", "funding_rounds", "milestones", "relationships", "founded_year")


@dataclass(frozen=True)
class Tested:
    """Lists of one window by the name of who made them."""

    window: Window
    lists: Mapping[str, Recall]


def run(data: Path, encoder: Path, seed: int = 0) -> dict[str, Any]:
    """Both tables' figures by folder; a folder that is not there has the reason instead.

    data : folder of ``cn_vc_deals`` and ``vc_links``; encoder : as ``TextEncoder.load`` reads it
    """
    made: dict[str, Any] = {}
    tables = {DEALS: lambda folder: chinese_deals(folder, encoder), LINKS: crunchbase_links}
    for name, read in tables.items():
        began = time.perf_counter()
        if not (data / name).is_dir():
            made[name] = {"left_out": f"{name} is not in the folder of the data"}
            continue
        funding, first, end, params = read(data / name)
        made[name] = figures(funding, first, end, params, seed) | {"wall_s": round(time.perf_counter() - began, 1)}
    return made


def chinese_deals(folder: Path, encoder: Path) -> tuple[Funding, int, int, InvestorParams]:
    """Start-ups with their intro, industry and province, and their deals; the test begins on FIRST_TEST_DAY."""
    firms, deals = (pd.read_parquet(folder / f"{name}.parquet") for name in ("companies", "deals"))
    ids = firms["gid"].astype(str)
    loaded = TextEncoder.load(encoder, 1)
    passages = pd.DataFrame({"firm_id": ids, "document_id": ids, "date": KNOWN_ALWAYS})
    codes = pd.DataFrame({"firm_id": ids, "code": firms["industry"], "weight": 1.0, "date": KNOWN_ALWAYS})
    funding = Funding.of(
        pd.DataFrame({"firm_id": ids, "region": firms["place"].str.split("-").str[0]}),
        deals.assign(firm_id=deals["gid"].astype(str)),
        passages,
        loaded.encode(firms["intro"].tolist(), "passage"),
        codes.dropna(),
        loaded.digest,
    )
    return funding, day_of(FIRST_TEST_DAY), int(funding.deal_day.max()) + 1, DEALS_PARAMS


def crunchbase_links(folder: Path) -> tuple[Funding, int, int, InvestorParams]:
    """Start-ups with category and country, no text; a round's day is its number's rank. No column of counts is read."""
    firms, deals = (pd.read_parquet(folder / f"{name}_formatted.parquet") for name in ("startups", "funding_round"))
    ids = firms["id"].astype(str).to_numpy()
    names = [str(name) for name in firms]
    countries = np.array([name for name in names if name.isupper()])
    categories = np.array([name for name in names if name.islower() and name not in NOT_CATEGORIES])
    country = firms[countries].to_numpy()
    row, category = np.nonzero(firms[categories].to_numpy())
    numbers, rank = np.unique(deals["funding_round_id"], return_inverse=True)
    table = pd.DataFrame({
        "firm_id": deals["funded_object_id"].astype(str),
        "investor": deals["investor_object_id"].astype(str),
        "round": deals[list(ROUND_COLUMNS)].idxmax(axis=1),
        "date": pd.to_datetime(rank * PSEUDO_DAYS // len(numbers), unit="D"),
    })  # fmt: skip
    funding = Funding.of(
        pd.DataFrame(
            {"firm_id": ids, "region": np.where(country.any(axis=1), countries[country.argmax(axis=1)], None)}
        ),
        table,
        pd.DataFrame({"firm_id": [], "document_id": [], "date": pd.to_datetime([])}),
        np.zeros((0, 1), np.float32),
        pd.DataFrame({"firm_id": ids[row], "code": categories[category], "weight": 1.0, "date": KNOWN_ALWAYS}),
        "none",
    )
    return funding, round(PSEUDO_DAYS * (1 - TEST_SHARE)), PSEUDO_DAYS, LINKS_PARAMS


def figures(funding: Funding, first: int, end: int, params: InvestorParams, seed: int) -> dict[str, Any]:
    """Figures of ours and its peers in the window from ``first`` to before ``end``, and paired intervals over firms."""
    model = fit(funding, first, params)
    one = window(funding, first, end, params.columns)
    scores = {**peers(one), "ours": model.scores(one.past, one.query)[0]}
    tested = Tested(one, {name: recall(values, one) for name, values in scores.items()})
    everyone, newcomer = np.ones(len(one.firms), dtype=bool), one.newcomer
    return {
        "firms": len(one.firms),
        "firms_without_known_investor": one.others,
        "newcomers": int(newcomer.sum()),
        "edges": int(one.edges.sum()) + one.other_edges,
        "edges_of_known_investors": int(one.funded.sum()),
        "unseen_share": one.unseen_share,
        "known_investors": len(one.past.investors),
        "all": of_part(tested, everyone, seed),
        "newcomers_only": of_part(tested, newcomer, seed),
        "others_only": of_part(tested, ~newcomer, seed),
        "all_edges": {name: with_unseen(found, one) for name, found in tested.lists.items()},
        "weights": dict(zip(("intercept", *COLUMNS), (model.intercept, *model.weights), strict=True)),
        "bands": [(band.pairs, band.funded, *band.probability) for band in model.bands],
        "bands_tested": tested_bands(model, one),
        "model": model.digest,
    }


def peers(one: Window) -> dict[str, Doubles]:
    """Scores of the peers, rerun: two popularities, nearest funded firms, and those with popularity and co-investors.

    nearest_firms : by cosine of text, of the NEAREST_FIRMS nearest funded firms; by shared codes where there is no text
    """
    past, found = one.past, dict(popularity(one))
    near = past.neighbours(one.query)[0]
    if not near.nnz:
        near = one.query.codes @ past.codes.T
    nearest = nearest_only(near.toarray(), one) @ past.pairs
    own = past.pairs[one.firms]
    shared = np.asarray((own @ (past.pairs.T @ past.pairs)).todense())
    parts = (nearest, np.broadcast_to(found["popularity"], nearest.shape), shared)
    mixed = sum(part / np.maximum(part.max(axis=1, keepdims=True), 1e-12) for part in parts)
    return {**found, "nearest_firms": nearest, "nearest_firms_popularity_co_investors": np.asarray(mixed)}


def nearest_only(near: Doubles, one: Window) -> Doubles:
    """Nearness of the NEAREST_FIRMS nearest funded firms, 0 for all others and for the firm itself; (firms, firms)."""
    kept = np.where(one.past.funded, near, 0.0)
    kept[np.arange(len(one.firms)), one.firms] = 0.0
    order = np.argsort(-kept, axis=1, kind="stable")[:, NEAREST_FIRMS:]
    np.put_along_axis(kept, order, 0.0, axis=1)
    return kept


def of_part(tested: Tested, part: Flags, seed: int) -> dict[str, Any]:
    """Means over the firms of a part, and ours less each peer with the 90 % interval that resamples firms."""
    if not part.any():
        return {"firms": 0}
    firm = tested.window.past.funding.firm_ids[tested.window.firms[part]]
    rows = {name: by_figure(found, part) for name, found in tested.lists.items()}
    gains = {
        name: {
            figure: dict(
                zip(("mean", "low", "high"), paired_interval(ours - row[figure], firm, seed=seed), strict=True)
            )
            for figure, ours in rows["ours"].items()
        }
        for name, row in rows.items()
        if name != "ours"
    }
    means = {name: {figure: float(values.mean()) for figure, values in row.items()} for name, row in rows.items()}
    return {
        "firms": int(part.sum()),
        "figures": means,
        "ours_less": gains,
        "popularity_as_good": not gains["recent_popularity"]["recall_50"]["low"] > 0.0,
    }


def by_figure(found: Recall, part: Flags) -> dict[str, Doubles]:
    """Recall by length of the list and the reciprocal rank, of each firm of a part."""
    return {f"recall_{n}": values[part] for n, values in found.within.items()} | {"mrr": found.reciprocal_rank[part]}


def with_unseen(found: Recall, one: Window) -> dict[str, float]:
    """Recall where investors without an earlier deal count as missed, over all firms with a new investor."""
    share = one.funded.sum(axis=1) / one.edges
    return {
        f"recall_{n}": float((values * share).sum() / (len(share) + one.others)) for n, values in found.within.items()
    }


def tested_bands(model: InvestorModel, one: Window) -> list[dict[str, float | None]]:
    """By band of the model: pairs of the test, the share that came true, and what the band promised."""
    scores, allowed = model.scores(one.past, one.query)
    starts = np.array([band.low_log_odds for band in model.bands])
    position = np.maximum(np.searchsorted(starts, scores[allowed], "right") - 1, 0)
    pairs = np.bincount(position, minlength=len(starts))
    came = np.bincount(position, weights=one.funded[allowed], minlength=len(starts))
    return [
        {
            **dict(zip(("probability", "low", "high"), band.probability, strict=True)),
            "pairs": int(pairs[row]),
            "share": float(came[row] / pairs[row]) if pairs[row] else None,
        }
        for row, band in enumerate(model.bands)
    ]


def show(result: dict[str, Any], console: Console) -> None:
    """One table of the record for each folder."""
    for name, found in result.items():
        if "left_out" in found:
            console.print(f"{name}: {found['left_out']}", markup=False)
            continue
        table = Table(title=f"{name}: {found['firms']} firms, {found['edges_of_known_investors']} of {found['edges']} "
                            "new investors known before")  # fmt: skip
        for heading in ("part", "list", "R@5", "R@10", "R@50", "MRR", "ours less it, R@50"):
            table.add_column(heading)
        for part in ("all", "newcomers_only", "others_only"):
            for peer, row in found[part].get("figures", {}).items():
                gain = found[part]["ours_less"].get(peer, {}).get("recall_50")
                words = "" if gain is None else f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
                values = [f"{row[figure]:.3f}" for figure in ("recall_5", "recall_10", "recall_50", "mrr")]
                table.add_row(part, peer, *values, words)
        console.print(table)
