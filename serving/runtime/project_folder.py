"""Where models and runs of training lie: a worker serves from the built bento's own folder, not from the project's."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = "IP_PROJECT"  # set by the supervisor for its workers


def project_folder() -> Path:
    """The folder of IP_PROJECT, or the working directory where it is not set."""
    return Path(os.environ.get(PROJECT, "."))
