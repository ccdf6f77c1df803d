"""``python experiments/0005-korean-inspection/run.py FOLDER``: writes README.md and results/metrics.json."""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.korean_inspection import run

if __name__ == "__main__":
    run(Path(sys.argv[1]), Path("experiments/0005-korean-inspection"))
