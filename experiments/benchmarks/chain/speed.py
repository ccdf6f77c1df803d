"""How long placing takes: many firms whose vectors are at hand, one firm whose texts are new, and the fishbone.

Firms are the listed ones again and again under other names, and the placer is the one fitted on them. Vectors are made
outside of the time of the many, and inside of that of the one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.chain.chain_file import load_chains
from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.ours import Placing
from experiments.benchmarks.chain.tables import listed_firms
from models.chain.fishbone import fishbone_svg
from models.chain.flags import FLAG_COLUMNS
from models.chain.items import make_items
from models.chain.scores import SCORE_COLUMNS, SCORES

FIRMS = 100_000
RUNS = 20  # of one firm
PASSAGES = 5
DAY = pd.Timestamp("2024-06-30")
ENCODED = 200  # texts for the encoder's speed
MOST_MANY_S, MOST_ONE_MS, MOST_PASSAGE_MS, MOST_FISHBONE_MS = 180.0, 50.0, 20.0, 300.0


def run_speed(folder: Path, options: Options, firms: int = FIRMS) -> dict[str, Any]:
    """Seconds of the wall and of the processor, with the load beside them."""
    table = listed_firms(folder)
    placing = Placing(table, options)
    rows = np.arange(len(table.items))
    placer, fit_s = timed(lambda: placing.fit(rows))
    copies = rows[np.arange(firms) % len(rows)]
    many = placing.items.rows(copies)
    _, many_s = timed(lambda: placer.place(many))
    texts = table.items["text"].tolist()
    found: dict[str, Any] = {
        "firms": firms,
        "rows_compared": len(rows),
        "nodes": len(table.nodes),
        "seconds": {"fit": fit_s, "many": many_s},
        "load_1min": round(os.getloadavg()[0], 2),
    }
    # One firm: another name for each text, so that nothing is at hand.
    uncached = getattr(options.encoder, "_encoder", options.encoder)

    def one(passages: int, run: int) -> None:
        of = [f"第{run}次{texts[(run * PASSAGES + at) % len(texts)][:60]}" for at in range(passages)]
        frame = pd.DataFrame({"item_id": "one", "text": of})
        placer.place(make_items(frame, encoder=uncached))

    single, longer = ([timed(partial(one, count, run))[1] for run in range(RUNS)] for count in (1, PASSAGES))
    for name, kind in (("wall", "wall_s"), ("cpu", "cpu_s")):
        first = 1e3 * float(np.median([part[kind] for part in single]))
        all_of = 1e3 * float(np.median([part[kind] for part in longer]))
        found[f"one_firm_{name}_ms"] = first
        found[f"further_passage_{name}_ms"] = (all_of - first) / (PASSAGES - 1)
    found["fishbone_ms"] = fishbones()
    if uncached is not None:
        drawn = [f"新{text}" for text in texts[:ENCODED]]
        _, spent = timed(lambda: uncached.encode(drawn, "query"))
        found["texts_a_second"] = {name: len(drawn) / spent[f"{name}_s"] for name in ("wall", "cpu")}
    found["holds"] = {
        "many": many_s["wall_s"] <= MOST_MANY_S,
        "one_firm": found["one_firm_wall_ms"] <= MOST_ONE_MS,
        "further_passage": found["further_passage_wall_ms"] <= MOST_PASSAGE_MS,
        "fishbone": max(found["fishbone_ms"].values()) <= MOST_FISHBONE_MS,
    }
    return found


def fishbones() -> dict[str, float]:
    """Milliseconds of the processor for each chain of the project, every node with all scores and a raised flag."""
    with as_file(files("data") / "reference" / "chains") as shipped:
        chains = load_chains(shipped)
    found = {}
    for name, chain in chains.items():
        nodes = [node.id for node in chain.nodes]
        scores = pd.MultiIndex.from_product([nodes, SCORES], names=["node_id", "score"]).to_frame(index=False)
        scores = scores.assign(
            as_of=DAY, chain_id=name, value=0.5, low=0.4, high=0.6, n=12, basis="firms", status="ok"
        )[list(SCORE_COLUMNS)]
        flags = pd.DataFrame(index=range(len(nodes)), columns=list(FLAG_COLUMNS), dtype=object)
        flags = flags.assign(
            as_of=DAY, chain_id=name, node_id=nodes, flag="risk", status="ok", raised=True, uncertain=False,
            score="supply", value=0.5, threshold=0.4, distance=0.1, n=12,
        )  # fmt: skip
        runs = [timed(partial(fishbone_svg, chain, scores, flags, "zh", 1600, as_of=DAY.date()))[1] for _ in range(3)]
        found[name] = 1e3 * min(one["cpu_s"] for one in runs)
    return found


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """What the work gives, and its seconds of the wall and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return made, {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
