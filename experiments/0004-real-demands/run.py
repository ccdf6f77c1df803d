"""``python experiments/0004-real-demands/run.py FOLDER DIR``: as ``experiments real-demands`` with the same two."""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.__main__ import real_demands

if __name__ == "__main__":
    real_demands(Path(sys.argv[1]), Path(sys.argv[2]))
