"""Simulated clearance: declarations of the synthetic firms, the messages about them, cut-offs, and the planted truth.

Figures measured on it measure the simulator, not any customs office.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.synthetic.clearance_events import plan_events
from data.synthetic.clearance_messages import SimulatedMessage, numbers_of, write_messages
from data.synthetic.clearance_params import SyntheticClearanceParams
from data.synthetic.clearance_plan import agents_of, firms_of, plan_declarations
from data.synthetic.clearance_stages import cell_medians, run_stages
from data.synthetic.clearance_truth import planted_constants
from data.synthetic.clearance_world import AIR, AS_OF, EXPORT, SEA, seconds
from data.synthetic.cohort import stream
from data.uscc import fictitious_uscc

CAVEAT = "simulated: any figure on these messages measures the simulator, not any customs office"
FEES_CNY = {SEA: 6_000.0, AIR: 2_500.0}  # medians; of a contract below
CONTRACT_FEE_CNY = 4_000.0
HOUR = 3600


@dataclass(frozen=True, slots=True)
class ClearanceCohort:
    """What is planted: declarations with their course, goods lines, what is said about them, cut-offs, constants."""

    params: SyntheticClearanceParams
    declarations: pd.DataFrame
    lines: pd.DataFrame
    events: pd.DataFrame
    cutoffs: pd.DataFrame
    agents: pd.DataFrame
    constants: Mapping[str, Any]

    @property
    def figures(self) -> dict[str, float]:
        """Of the messages that arrive, and of what is planted in them."""
        arriving = self.events.loc[~self.events["lost"] | self.events["cut"]]
        planted = self.declarations["course"].value_counts()
        return {
            "declarations": float(len(self.declarations)),
            "messages": float(len(arriving)),
            "receipts": float((arriving["kind"] == "receipt").sum()),
            "lost": float(self.events["lost"].sum()),
            "cut": float(self.events["cut"].sum()),
            "duplicates": float(arriving["duplicate"].sum()),
            "late": float(arriving["late"].sum()),
            "inspected": float(self.declarations["inspected"].sum()),
            **{f"course_{name}": float(count) for name, count in sorted(planted.items())},
        }


def synthesize_clearance(enterprises: pd.DataFrame, params: SyntheticClearanceParams) -> ClearanceCohort:
    """Declarations of these enterprises (uscc, name, industry and, where known, closed_on and left_on)."""
    firms = firms_of(enterprises, params)
    planned, lines = plan_declarations(firms, params)
    table = run_stages(planned, params)
    table["firm_uscc"] = firms["uscc"].to_numpy()[table["firm"]]
    table["firm_name"] = firms["name"].to_numpy()[table["firm"]]
    agents = agents_of(params)
    table["agent_uscc"] = agents["uscc"].to_numpy()[table["agent"]]
    table = pd.concat([table, numbers_of(table, params.seed)], axis=1)
    constants = {"caveat": CAVEAT, "params": asdict(params), **planted_constants(table)}
    return ClearanceCohort(params, table, lines, plan_events(table, params), _cutoffs(table, params), agents, constants)


def demo_cohort(n_declarations: int, seed: int = 20240703, **shares: Any) -> ClearanceCohort:
    """A cohort of firms with fictitious codes that needs no file, for trying things out.

    shares : of ``SyntheticClearanceParams``, such as lost_share
    """
    industries = ["digital_security", "iot", "life_health", "materials", "ecommerce"]
    numbers = range(80_000_001, 80_000_041)
    enterprises = pd.DataFrame(
        {
            "uscc": [fictitious_uscc(one) for one in numbers],
            "name": [f"合成外贸企业{one % 1000:03d}号" for one in numbers],
            "industry": [industries[one % len(industries)] for one in numbers],
        }
    )
    return synthesize_clearance(
        enterprises, replace(SyntheticClearanceParams(seed=seed, n_declarations=n_declarations), **shares)
    )


def messages(cohort: ClearanceCohort) -> Iterator[SimulatedMessage]:
    """The messages that arrive, by the time that they do; equal cohorts give equal bytes."""
    return write_messages(cohort.declarations, cohort.lines, cohort.events, cohort.agents)


def write_clearance(cohort: ClearanceCohort, raw_dir: Path, truth_dir: Path) -> None:
    """clearance_messages.jsonl and clearance_cutoffs.parquet in ``raw_dir``; what is planted in ``truth_dir``."""
    raw_dir.mkdir(parents=True, exist_ok=True)
    truth_dir.mkdir(parents=True, exist_ok=True)
    with (raw_dir / "clearance_messages.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for one in messages(cohort):
            line = {
                "received_at": f"{one.received_at:%Y-%m-%dT%H:%M:%SZ}",
                "source": "simulator",
                "simulated": True,
                "box": one.box,
                "name": one.name,
                "raw": base64.b64encode(one.raw).decode("ascii"),
            }
            file.write(json.dumps(line) + "\n")
    cohort.cutoffs.to_parquet(raw_dir / "clearance_cutoffs.parquet", index=False)
    tables = {"declarations": cohort.declarations, "events": cohort.events, "medians": cell_medians()}
    for name, table in tables.items():
        table.to_parquet(truth_dir / f"clearance_{name}.parquet", index=False)
    text = json.dumps(cohort.constants, ensure_ascii=False, indent=2, sort_keys=True)
    (truth_dir / "clearance.json").write_text(text + "\n", encoding="utf-8")


def _cutoffs(table: pd.DataFrame, params: SyntheticClearanceParams) -> pd.DataFrame:
    """What some declarations have to meet: a ship or flight by their release, or a contract by their completion.

    The time that is left is drawn beside what the planted medians would take without inspection, so that those that are
    inspected, suspended or sent back are the ones that mostly miss it.
    """
    rng, n = stream(params, "clearance-cutoffs"), len(table)
    carried = (table["direction"] == EXPORT) & table["transport"].isin([SEA, AIR])
    ship = carried.to_numpy() & (rng.random(n) < 0.7)
    sea = (table["transport"] == SEA).to_numpy()
    first = table["first_declared"].to_numpy()
    to_ship = np.exp(rng.normal(np.log(np.where(sea, 16.0, 8.0)), 0.6, n))
    usual = table["completed_median_hours"].where(table["completed_median_hours"] > 0, 96.0).to_numpy()
    to_contract = (usual + 8.0) * np.exp(rng.normal(0.6, 0.3, n))
    at = first + np.rint(np.where(ship, to_ship, to_contract) * HOUR).astype(np.int64)
    fee = np.where(ship, np.where(sea, FEES_CNY[SEA], FEES_CNY[AIR]), CONTRACT_FEE_CNY) * np.exp(rng.normal(0, 0.5, n))
    known = first - rng.integers(2 * HOUR, 72 * HOUR, n)
    frame = pd.DataFrame(
        {
            "client_seq_no": table["client_seq_no"],
            "kind": np.where(ship, "ship", "contract"),
            "milestone": np.where(ship, "released", "completed"),
            "cutoff_at": pd.to_datetime(at, unit="s", utc=True).as_unit("us"),
            "known_at": pd.to_datetime(known, unit="s", utc=True).as_unit("us"),
            "empty_space_fee_cny": np.round(fee, -1),
            "simulated": True,
        }
    )
    return frame.loc[(rng.random(n) < params.cutoff_share) & (first <= seconds(AS_OF))].reset_index(drop=True)
