"""A release's chain folder for tests: the small chain, firms on its nodes, real scores, and a placer of its cards."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from data.chain.chain_file import load_chain
from features.chain_snapshot import ChainTables, snapshot
from models.chain.flags import FlagParams
from models.chain.hierarchy import Tree
from models.chain.items import cards_of_chains
from models.chain.placed import PlacedChain
from models.chain.scores import ScoreParams, Scorer
from models.chain.targets import TargetParams
from serving.chain.packed import CHAINS, RECORDS, PackedChains, load_chain_files
from serving.chain.placing import Models
from serving.chain.service import NO_CHAINS, ChainService
from serving.matching.packed import FirstUse
from serving.matching.service import MatchingService
from training.chain.fit import fit_placer
from training.params import read_section
from training.pipeline.chain_scores import of_chain

SMALL = Path("tests/data/chain/small_chain.yaml")
DAY = pd.Timestamp("2024-06-30")
WORLD = "W000001"
PATENT = "CN114081026A"


def chain_tables(codes: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Tables of three local firms and one of the world on a node each; a patent, a deal, staff."""
    ids = [*codes[:3], WORLD]
    nodes = ["camera", "operation", "lens", "lens"]
    firms = pd.DataFrame({"firm_id": ids, "name": [f"企业{at}" for at in range(4)], "region": ["浙江"] * 4})
    firms = firms.assign(local=[True] * 3 + [False], founded=pd.Timestamp("2015-01-01"), listed=False)
    firms = firms.assign(revenue_wan=[1_000.0, 500.0, 300.0, 9_000.0], as_of=pd.Timestamp("2020-01-01"))
    placements = pd.DataFrame({"kind": "firm", "item_id": ids, "chain_id": "small", "node_id": nodes})
    patent = pd.DataFrame({"kind": ["patent"], "item_id": [PATENT], "chain_id": "small", "node_id": "camera"})
    placements = pd.concat([placements, patent], ignore_index=True).assign(
        probability=0.9, band="placed", is_parent=False, evidence="摄像机", passage="高清摄像机的生产",
        document_id="D1", corrected=False, as_of=pd.Timestamp("2021-01-01"),
    )  # fmt: skip
    documents = pd.DataFrame({"document_id": ["D1"], "firm_id": [ids[0]], "kind": ["product"]})
    patents = pd.DataFrame(
        {
            "publication_number": [PATENT], "application_number": [None], "title": ["一种高清摄像机"],
            "abstract": [None], "ipc": ["H04N"], "applicant_ids": [f"{ids[0]};{WORLD}"], "inventor_keys": ["p1;p2"],
            "application_date": [pd.Timestamp("2021-01-01")], "publication_date": [pd.Timestamp("2022-01-01")],
        }
    )  # fmt: skip
    deals = pd.DataFrame(
        {
            "deal_id": ["L1"], "firm_id": [WORLD], "date": [pd.Timestamp("2022-05-01")], "round": ["A轮"],
            "amount_wan": [1_000.0], "investor": ["某创投"],
        }
    )  # fmt: skip
    investors = pd.DataFrame({"investor": ["某创投"], "kind": ["fund"], "intro": [None]})
    staff = pd.DataFrame(
        {
            "firm_id": [ids[0]], "occupation": ["光学工程师"], "n_staff": [10], "n_openings": [3],
            "date": [pd.Timestamp("2023-01-01")],
        }
    )  # fmt: skip
    links = pd.DataFrame({"from_product": pd.Series([], dtype=str), "to_product": [], "source": []})
    return {
        "firms": firms, "placements": placements, "documents": documents, "patents": patents, "deals": deals,
        "investors": investors, "staff": staff, "product_links": links,
    }  # fmt: skip


def write_chain_release(folder: Path, codes: Sequence[str]) -> Path:
    """The folder of a release whose chain/ holds the small chain with its scores; returns it."""
    shutil.copytree(_release(tuple(codes[:3])), folder)
    return folder


@cache
def _release(codes: tuple[str, ...]) -> Path:
    """A release that is made once for each set of firms, in a folder of the session."""
    folder = Path(tempfile.mkdtemp(prefix="chain-release-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tables, root = chain_tables(codes), folder / "chain"
    (root / CHAINS).mkdir(parents=True)
    (root / RECORDS).mkdir()
    shutil.copyfile(SMALL, root / CHAINS / "small.yaml")
    shutil.copyfile("params.yaml", folder / "params.yaml")
    chain = load_chain(SMALL)
    known = snapshot(
        ChainTables(*(tables[name] for name in ("firms", "patents", "staff", "product_links"))),
        tables["placements"], DAY,
    )  # fmt: skip
    params = read_section("chain_scores", ScoreParams)
    placed = PlacedChain.of(chain, known, params.growth_years, params.reach_steps)
    flags, targets = read_section("chain_flags", FlagParams), read_section("chain_targets", TargetParams)
    made = of_chain(Scorer(placed, params), known, flags, targets)
    rows = made["targets"].iloc[:0].reindex(range(1)).assign(node_id="lens", rank=1, firm_id=WORLD, value=0.5)
    made["targets"] = rows.assign(low=0.4, high=0.6, rank_low=1, rank_high=1, reason_zh="可补链", reason_en="fills it")
    for name, table in made.items():
        table.assign(as_of=DAY, chain_id="small").to_parquet(root / f"{name}.parquet", index=False)
    for name, table in tables.items():
        where = root if name == "placements" else root / RECORDS
        table.to_parquet(where / f"{name}.parquet", index=False)
    return folder


@cache
def planted_placer() -> Any:
    """A placer that knows the words of the small chain's nodes alone."""
    chains = [load_chain(SMALL)]
    empty = pd.DataFrame({"item_id": [], "node_id": []})
    return fit_placer(Tree.of_chains(chains), cards_of_chains(chains), None, empty, several=True).placer


class PlantedFinder:
    """Finds one investor for the planted patent, and nothing for any other number."""

    model = SimpleNamespace(digest="f" * 16)

    def find(self, number: str, as_of: date, count: int = 50, without: Sequence[str] = ()) -> Any:
        status = "found" if number == PATENT else "unknown_patent"
        investors = [{"rank": 1, "investor": "某创投", "probability": 0.2}] if status == "found" else []
        answer = {"publication_number": number, "status": status, "investors": investors[:count]}
        return SimpleNamespace(status=status, model="f" * 16, as_dict=lambda: answer)


def planted_chain(folder: Path, codes: Sequence[str], matching: MatchingService) -> ChainService:
    """The service over a release that is written at its first use; texts are placed by words, without an encoder."""

    def packed() -> PackedChains:
        release = write_chain_release(folder, codes)
        return load_chain_files(release / "chain", release / "params.yaml")

    models = FirstUse(lambda: Models(None, planted_placer(), cast(Any, PlantedFinder())), NO_CHAINS)
    return ChainService(FirstUse(packed, NO_CHAINS), models, matching)
