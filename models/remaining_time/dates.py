"""Remaining times as dates: instants of the median and of the interval's ends, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data.beijing import AHEAD_OF_UTC
from data.texts.sentences import Sentence
from models.remaining_time.model import RemainingTime
from models.remaining_time.scores import LEVEL

DATES = ("low_at", "median_at", "high_at")


def dated(answer: RemainingTime, known_at: pd.DatetimeIndex) -> dict[str, Any]:
    """Columns of answers given at instants: ``DATES`` in whole seconds, coverage, reliable, source."""
    days = {"low_at": answer.low_days, "median_at": answer.remaining_days, "high_at": answer.high_days}
    instants = {name: known_at + pd.to_timedelta(value, unit="D").round("s") for name, value in days.items()}
    return instants | {name: getattr(answer, name) for name in ("coverage", "reliable", "source")}


def date_values(row: Mapping[Any, Any], write: Mapping[str, Sentence], figures: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``dated`` with its known_at as JSON values, with a sentence.

    write : sentences with the keys forecast.reliable, forecast.unreliable (its intervals held less often than chance
        explains) and forecast.unchecked (too few cases have closed of late); figures : for their other placeholders
    Instants are given in UTC and, as ``*_beijing``, in +08:00.
    """
    checked = np.isfinite(row["coverage"])
    utc = {name: _plain(row[name]) for name in ("known_at", *DATES)}
    beijing = {name: utc[name] + AHEAD_OF_UTC for name in DATES}
    texts = {name.removesuffix("_at"): _minute(one) for name, one in beijing.items()}
    key = "reliable" if row["reliable"] else "unreliable" if checked else "unchecked"
    zh, en = write[f"forecast.{key}"].fill({**texts, "level": LEVEL, "coverage": row["coverage"], **figures})
    return (
        {"level": LEVEL, "coverage": float(row["coverage"]) if checked else None, "reliable": bool(row["reliable"]),
         "source": str(row["source"]), "text": {"zh": zh, "en": en}}
        | {name: f"{one.isoformat(timespec='seconds')}Z" for name, one in utc.items()}
        | {f"{name}_beijing": f"{one.isoformat(timespec='seconds')}+08:00" for name, one in beijing.items()}
    )  # fmt: skip


def beijing_text(instant: datetime) -> str:
    """An instant as a person reads it: day and minute in Beijing."""
    return _minute(_plain(instant) + AHEAD_OF_UTC)


def _plain(instant: datetime) -> datetime:
    """Without zone and nanoseconds: to add to an instant of pandas and to write it takes five times as long."""
    return datetime.combine(instant.date(), instant.time())


def _minute(plain: datetime) -> str:
    return plain.isoformat(" ", "minutes")
