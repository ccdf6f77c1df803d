"""Schemas that messages are checked by when they arrive, where the operator has them."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from data.ingest.messages.read import read_message
from data.ingest.messages.schemas import Schemas
from serving.clearance.store import Reader

SCHEMAS = "IP_CUSTOMS_SCHEMAS"


def checked_reader() -> Reader:
    """Reads a message by the schemas in the folder that IP_CUSTOMS_SCHEMAS names, else without.

    raises : ValueError where the folder has none
    """
    folder = os.environ.get(SCHEMAS)
    return read_message if not folder else partial(read_message, schemas=Schemas.load(Path(folder)))
