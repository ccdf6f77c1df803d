"""``python experiments/0003-polish-ratios/run.py 5year.parquet``: writes results/metrics.json."""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.polish_ratios import run

if __name__ == "__main__":
    run(Path(sys.argv[1]), Path("experiments/0003-polish-ratios"))
