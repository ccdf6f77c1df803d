"""Records of matching and of chains as the tables that they come from."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from data.matching import IPC_SEPARATOR, columns


def to_table(records, kind):
    """The table of these records, one row each; no record gives a table of no rows with every column."""
    rows = [{name: _cell(getattr(record, name)) for name in columns(kind)} for record in records]
    return pd.DataFrame(rows, columns=list(columns(kind)))


def _cell(value):
    if isinstance(value, tuple):
        return IPC_SEPARATOR.join(value) or None
    return pd.Timestamp(value) if isinstance(value, dt.date) else value
