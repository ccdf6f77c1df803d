"""Labelled cases as weights are learned from, a few columns at a time."""

from __future__ import annotations

import numpy as np

from training.points.sample import Sample


def sample_of(
    x, y, stage=None, *, missing=None, day=None, clear=None, enterprise=None, share=None, peers=None
) -> Sample:
    """Cases of the stages "young" and "old"; what is left out is alike for all, and every row has its own firm."""
    x = np.asarray(x, dtype=float)
    n = len(x)
    nought = np.zeros(n, dtype=int)
    stage = nought if stage is None else np.asarray(stage)
    day = nought if day is None else np.asarray(day)
    return Sample(
        stages=("young", "old"),
        x=x,
        missing=np.zeros(x.shape, dtype=bool) if missing is None else np.asarray(missing),
        y=np.asarray(y, dtype=float),
        stage=stage,
        group=stage * (int(day.max(initial=0)) + 1) + day,
        peers=stage if peers is None else np.asarray(peers),
        day=day,
        clear=day if clear is None else np.asarray(clear),
        enterprise=np.arange(n) if enterprise is None else np.asarray(enterprise),
        share=np.linspace(0.0, 0.99, n) if share is None else np.asarray(share, dtype=float),
    )
