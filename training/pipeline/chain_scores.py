"""Scores, flags and targets of every node of every chain, on each snapshot day."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from data.chain.chain_file import ChainError, load_chains
from data.codebook import reference_path
from features.chain_snapshot import ChainTables, Snapshot, SnapshotError, snapshot
from models.chain.flags import FlagParams, node_flags
from models.chain.leaders import chain_leaders
from models.chain.placed import PlacedChain, ScoreError
from models.chain.scores import ScoreParams, Scorer, score_table
from models.chain.talents import inventors, occupations
from models.chain.targets import TargetParams, gap_targets
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, console, stop, write_json

DERIVED, OUT = Path("data/derived/chain"), ARTIFACTS / "chain"
PLACEMENTS, FIRMS_BY_DAY = OUT / "placements.parquet", OUT / "firm_placements.parquet"
TABLES = ("scores", "flags", "targets", "leaders", "talents", "inventors")


def chain_scores() -> None:
    """Read the records of chains and their placements; write scores, flags, targets, leaders, talents and inventors."""
    params = read_section("chain_scores", ScoreParams)
    flag_params, target_params = read_section("chain_flags", FlagParams), read_section("chain_targets", TargetParams)
    try:
        chains = load_chains(reference_path("chains"))
        tables = ChainTables(
            *(_read(DERIVED / f"{name}.parquet") for name in ("firms", "patents", "staff", "product_links"))
        )
        placements, firms_by_day = _read(PLACEMENTS), _read(FIRMS_BY_DAY)
        if unknown := sorted(set(placements["chain_id"]) - set(chains)):
            raise ScoreError(f"placements: found chain {unknown[0]}; allowed: {', '.join(chains)}")
        found: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
        metrics: dict[str, Any] = {}
        for day in params.days:
            known = snapshot(tables, placements_on(placements, firms_by_day, pd.Timestamp(day)), pd.Timestamp(day))
            for chain in chains.values():
                placed = PlacedChain.of(chain, known, params.growth_years, params.reach_steps)
                made = of_chain(Scorer(placed, params), known, flag_params, target_params)
                for name, table in made.items():
                    found[name].append(_dated(table, chain.id, day))
                metrics.setdefault(day, {"dropped": known.dropped})[chain.id] = figures(placed, made)
    except (ChainError, SnapshotError, ScoreError) as fault:
        stop(fault)
    OUT.mkdir(parents=True, exist_ok=True)
    for name, parts in found.items():
        filled = [part for part in parts if len(part)] or parts[:1]  # an empty one has columns of no type
        pd.concat(filled, ignore_index=True).to_parquet(OUT / f"{name}.parquet", index=False)
    write_json(OUT / "scores.json", {"params": asdict(params), "days": metrics})
    for day, chains_of_day in metrics.items():
        raised = {name: one["raised"] for name, one in chains_of_day.items() if name != "dropped"}
        console.print(f"{day}: flags raised {raised}", markup=False)


def placements_on(placements: pd.DataFrame, firms_by_day: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Placements by what was written up to a day: firms as placed on it; of other items each has one text and date.

    raises : ScoreError for a day on which no firm was placed
    """
    days = pd.to_datetime(firms_by_day["on"])
    if not (days == day).any():
        found = ", ".join(f"{one:%Y-%m-%d}" for one in sorted(days.unique())) or "none"
        raise ScoreError(f"{FIRMS_BY_DAY}: no firm was placed on {day:%Y-%m-%d}; days there: {found}")
    firms = firms_by_day[(days == day).to_numpy()].drop(columns="on")
    return pd.concat([firms, placements[placements["kind"] != "firm"]], ignore_index=True)


def of_chain(
    scorer: Scorer, known: Snapshot, flag_params: FlagParams, target_params: TargetParams
) -> dict[str, pd.DataFrame]:
    """The TABLES of one chain on one day."""
    scores = score_table(scorer)
    flags = node_flags(scorer, scores, flag_params)
    return {
        "scores": scores,
        "flags": flags,
        "targets": gap_targets(scorer, flags, target_params, scorer.params.growth_years),
        "leaders": chain_leaders(scorer),
        "talents": occupations(scorer.placed, known, scorer.params),
        "inventors": inventors(scorer.placed),
    }


def figures(placed: PlacedChain, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Of one chain on one day: firms placed, links, nodes with data by score, flags raised, uncertain and targets."""
    scores, flags = made["scores"], made["flags"]
    raised = flags["raised"].fillna(False).astype(bool)
    return {
        "nodes": len(placed.node_ids),
        "firms": int((placed.on.sum(axis=1) > 0).sum()),
        "links": placed.links,
        "with_data": scores[scores["status"] == "ok"].groupby("score").size().astype(int).to_dict(),
        "raised": flags[raised].groupby("flag").size().astype(int).to_dict(),
        "uncertain": int(flags["uncertain"].sum()),
        "targets": len(made["targets"]),
    }


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise ScoreError(f"{path} is absent; an earlier step of the pipeline makes it")
    return pd.read_parquet(path)


def _dated(table: pd.DataFrame, chain_id: str, day: str) -> pd.DataFrame:
    """The table with its day first, then its chain."""
    rest = table.drop(columns="chain_id", errors="ignore")
    rest.insert(0, "chain_id", chain_id)
    rest.insert(0, "as_of", pd.Timestamp(day))
    return rest
