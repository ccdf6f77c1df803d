"""The ladder's facts of firms as far as the firm snapshot says the same thing, and as far as it gives one end.

What each fact has in common with the snapshot, and what not, is in ``data/reference/ladder/facts.csv``. What the
snapshot does not say stays unknown: growth of two years is no growth of the last one, and revenue is no main revenue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.chain.standards import strategic_paths
from data.chain.tree import Chain
from data.growth_stages import DAYS_PER_YEAR
from data.ladder.facts import LadderFacts
from features.columns import numbers

Floats = npt.NDArray[np.float64]
Ends = tuple[Floats, Floats]
SNAPSHOT = "firm snapshot"


def snapshot_facts(cases: pd.DataFrame, known_at: pd.DataFrame | None = None) -> LadderFacts:
    """Facts of every firm of a snapshot, (n firms); the data date of a fact is that of the column it is from.

    cases : rows of ``artifacts/snapshot/cases.parquet``, with ``uscc`` and ``as_of``
    known_at : days of the same rows by column; without it every fact is dated ``as_of``
    """
    facts = LadderFacts.unknown([str(firm) for firm in cases["uscc"]])
    snapshot_day = pd.to_datetime(cases["as_of"]).to_numpy().astype("datetime64[D]")
    for column, ends in _ends(cases).items():
        days = snapshot_day
        if known_at is not None and column in known_at:
            days = pd.to_datetime(known_at[column]).to_numpy().astype("datetime64[D]")
            days = np.where(np.isnat(days), snapshot_day, days)
        facts = facts.with_facts(ends, days, SNAPSHOT)
    return facts


def strategic_nodes(chains: Iterable[Chain]) -> frozenset[tuple[str, str]]:
    """(chain id, node id) of the nodes that belong to the strategic emerging industries as a whole.

    Such a node has classes of GB/T 4754, and the classification of 2018 holds each of them whole, not only in part.
    """
    paths = strategic_paths()
    whole = {code for code, found in paths.items() if any(not one.partial for one in found)}
    return frozenset(
        (chain.id, node.id) for chain in chains for node in chain.nodes if node.gb4754 and whole >= {*node.gb4754}
    )


def strategic_products(
    firm_ids: Sequence[str], placements: pd.DataFrame, strategic_nodes: Collection[tuple[str, str]]
) -> Ends:
    """Ends of ``strategic_product`` from placements of firms on chains, both (n,), NaN where unknown.

    placements : kind, item_id, chain_id, node_id, band, as in ``artifacts/chain/placements.parquet``
    strategic_nodes : (chain id, node id) of nodes in the catalogue of strategic emerging industries

    Yes where a firm is placed on such a node with the band ``placed``. A band ``to_person`` or a placement elsewhere
    leaves the fact unknown: a firm may have a product that no text shows.
    """
    placed = placements[(placements["kind"] == "firm") & (placements["band"] == "placed")]
    nodes = set(strategic_nodes)
    firms = {str(row.item_id) for row in placed.itertuples() if (str(row.chain_id), str(row.node_id)) in nodes}
    low = np.array([1.0 if firm in firms else np.nan for firm in firm_ids])
    return low, low.copy()


def _ends(cases: pd.DataFrame) -> Mapping[str, dict[str, Ends]]:
    """Facts by the column that their day is from."""
    value = {name: numbers(cases, name) for name in cases.columns if pd.api.types.is_numeric_dtype(cases[name])}
    unknown = np.full(len(cases), np.nan)
    ones = np.ones(len(cases))
    revenue, expense = value["revenue_wan"], value["rd_expense"]
    inventions, level = value["invention_patents_valid"], value["qualification_level"]
    equity, awards, platforms = value["vc_funding_3y"], value["sci_awards_5y"], value["rd_platform_count"]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(revenue > 0.0, expense / revenue, np.nan)
    none_on_record = np.where(inventions == 0.0, 0.0, np.nan)  # own, high-value and earning ones are among them
    no_award = np.where(awards == 0.0, 0.0, np.nan)
    above_srdi = np.where(np.isnan(level), np.nan, (level >= 3.0).astype(float))
    days = np.round(value["age_years"] * DAYS_PER_YEAR)
    return {
        "uscc": {"mainland_resident": (ones, ones)},
        "age_years": {
            "age_years": _same(value["age_years"]),
            "registered_days": _same(days),
            "niche_years": (np.where(days >= 0.0, 0.0, np.nan), value["age_years"]),
        },
        "headcount": {"headcount": _same(value["headcount"])},
        "revenue_wan": {"revenue_wan": _same(revenue)},
        "assets_wan": {"assets_wan": _same(value["assets_wan"])},
        "rd_expense": {
            "rd_wan": _same(expense),
            "rd_ratio": _same(ratio),
            "rd_ratio_2y": (np.where(np.isnan(ratio), np.nan, 0.0), ratio),
            "rd_3y_wan": (expense, unknown),
        },
        "rd_staff_ratio": {"rd_staff_ratio": _same(value["rd_staff_ratio"])},
        "invention_patents_valid": {
            "class_i_count": (inventions, unknown),
            "class_i_own_count": (none_on_record, unknown),
            "class_i_high_value_count": (none_on_record, unknown),
            "class_i_earning_count": (none_on_record, unknown),
            "main_inventions": (np.where(np.isnan(inventions), np.nan, 0.0), inventions),
            "core_inventions": (np.where(np.isnan(inventions), np.nan, 0.0), inventions),
        },
        "other_ip_count": {"class_ii_count": _same(value["other_ip_count"])},
        "hightech_revenue_ratio": {"hightech_ratio": _same(value["hightech_revenue_ratio"])},
        "revenue_growth": {"revenue_cagr_2y": _same(value["revenue_growth"])},
        "net_profit_margin": {"net_margin": _same(value["net_profit_margin"])},
        "debt_to_asset_ratio": {"debt_ratio": _same(value["debt_to_asset_ratio"])},
        "vc_funding_3y": {
            name: (np.where(np.isnan(equity), np.nan, 0.0), equity) for name in ("equity_3y_wan", "equity_2y_wan")
        },
        "rd_platform_count": {
            "provincial_rd_body": _same(np.where(np.isnan(platforms), np.nan, (platforms > 0.0).astype(float))),
            "rd_body": _same(np.where(platforms > 0.0, 1.0, np.nan)),
            "rd_body_level": (
                np.select([platforms > 0.0, platforms == 0.0], [3.0, 0.0], np.nan),
                np.select([platforms > 0.0, platforms == 0.0], [4.0, 2.0], np.nan),
            ),
        },
        "sci_awards_5y": {
            name: _same(no_award)
            for name in ("national_award_top3_5y", "st_award_3y", "ranked_award_3y", "national_award_top3_3y")
        },
        "research_misconduct": {"research_misconduct": _same(value["research_misconduct"])},
        "abnormal_business": {"abnormal_business": _same(value["abnormal_business"])},
        # The snapshot has the highest title of: none, tech SME, HNTE, SRDI, little giant.
        "qualification_level": {
            "holds_tech_sme": _same(np.select([level == 0.0, level == 1.0], [0.0, 1.0], np.nan)),
            "hnte_valid": _same(np.select([level <= 1.0, level == 2.0], [0.0, 1.0], np.nan)),
            "holds_innovative_sme": _same(np.where(level >= 3.0, 1.0, np.nan)),
            "holds_srdi": _same(above_srdi),
            "holds_little_giant": _same(np.where(np.isnan(level), np.nan, (level >= 4.0).astype(float))),
        },
    }


def _same(values: Floats) -> Ends:
    return values, values
