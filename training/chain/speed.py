"""How long placing takes: many firms whose vectors are there, and one firm by its number of passages."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.chain.items import Encoder, Floats, make_items
from models.chain.placement import Placer


def placement_speed(
    placer: Placer, texts: Sequence[str], vectors: Floats | None, firms: int = 100_000
) -> dict[str, Any]:
    """Seconds to place so many firms of one passage, the texts and their vectors taken in turn; encoding apart."""
    taken = np.arange(firms) % len(texts)
    passages = pd.DataFrame({"item_id": [f"firm {at}" for at in range(firms)], "text": np.array(texts, object)[taken]})
    started = time.perf_counter()
    items = make_items(passages, vectors=None if vectors is None else vectors[taken])
    placed = placer.place(items)
    seconds = time.perf_counter() - started
    bands = placed.answers["band"].value_counts().to_dict()
    return {"firms": firms, "seconds": seconds, "bands": {str(band): int(count) for band, count in bands.items()}}


def single_speed(
    placer: Placer, texts: Sequence[str], encoder: Encoder | None, passages: Sequence[int] = (1, 5), repeats: int = 20
) -> dict[str, float]:
    """Median milliseconds to place one firm with so many passages, encoding and evidence included."""
    found = {}
    for count in passages:
        times = []
        for repeat in range(repeats + 2):  # the first two read files and dictionaries
            own = [texts[(repeat * count + at) % len(texts)] for at in range(count)]
            table = pd.DataFrame({"item_id": "firm", "text": own})
            started = time.perf_counter()
            placer.place(make_items(table, encoder), evidence=True)
            times.append(1000.0 * (time.perf_counter() - started))
        found[f"passages_{count}_ms"] = float(np.median(times[2:]))
    return found
