"""``python experiments/0002-patents-from-rd/run.py patentsrd.csv``: writes results/metrics.json."""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.patents_from_rd import run

if __name__ == "__main__":
    run(Path(sys.argv[1]), Path("experiments/0002-patents-from-rd"))
