"""``python experiments/0001-real-invoices/run.py PATH``: the same as ``python -m experiments real-invoices PATH``."""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.real_invoices import run

if __name__ == "__main__":
    run(Path(sys.argv[1]), Path("experiments/0001-real-invoices/results"))
