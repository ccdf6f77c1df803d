"""What is against values that a caller sent, in one request or in a table: by the same rules, on columns.

An agency's own figure beyond all that the models learned from is a warning; a value that a caller sent is
referred, as it often has a wrong unit. Values that were sent and contradict others are referred, and so are those
that cannot be checked because others were left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.contradictions import MEMBERS, contradiction_text, contradictions, unchecked, unchecked_text
from data.requests import BANK_FACTS
from data.texts.figures import Text
from data.texts.sentences import joined
from features.risk import risk_values
from models.quota.engine import QuotaEngine
from models.quota.measure import with_worse_facts

Flags = npt.NDArray[np.bool_]


def worse_keys(row: Mapping[str, Any], with_facts: Mapping[str, Any]) -> frozenset[str]:
    """The credit facts of a case that a bank's own fact has replaced."""
    return frozenset(key for key in BANK_FACTS.values() if with_facts is not row and with_facts[key] is not row[key])


def contradiction_texts(row: Mapping[str, Any], sent: Collection[str]) -> tuple[Text, ...]:
    """A sentence for each rule that the case breaks by a value that was sent; ``sent`` names those columns."""
    if not sent:
        return ()
    values = {key: np.array([row[key]], dtype=float) for key in MEMBERS}
    flags = {key: np.array([True]) for key in MEMBERS if key in sent}
    return tuple(contradiction_text(rule, row) for rule, broken in contradictions(values, flags) if broken[0])


def unchecked_texts(row: Mapping[str, Any], vouched: Collection[str], *, brought: bool) -> tuple[Text, ...]:
    """What was left out of a case whose values cannot be checked without it, as one list of names; none else.

    vouched : columns that the caller sent; brought : whether nobody else knows the enterprise, so that all are its own
    """
    keys = MEMBERS if brought else [key for key in MEMBERS if key in vouched]
    if not keys:
        return ()
    values = {key: np.array([row[key]], dtype=float) for key in MEMBERS}
    missing = unchecked(values, {key: np.array([True]) for key in keys})
    return (unchecked_text(missing),) if missing else ()


def table_unchecked(cases: pd.DataFrame, sent: Mapping[str, Flags], brought: Flags) -> dict[int, Text]:
    """``unchecked_texts`` of every row of a table that has any, by row; ``brought`` of shape (n,)."""
    values = {key: cases[key].to_numpy(dtype=float) for key in MEMBERS}
    names: dict[int, list[str]] = {}
    for key, hit in unchecked(values, {key: sent[key] | brought for key in MEMBERS}).items():
        for row in np.flatnonzero(hit).tolist():
            names.setdefault(row, []).append(key)
    return {row: unchecked_text(members) for row, members in names.items()}


def table_doubts(
    engine: QuotaEngine, cases: pd.DataFrame, requested: pd.DataFrame, sent: Mapping[str, Flags]
) -> tuple[Flags, dict[int, Text]]:
    """Rows with a sent value beyond training, shape (n,), and by row the sentences of what contradicts.

    requested : the banks' own facts by member of ``BankFacts``, where known; sent : which values, shape (n,) by column,
        the caller sent
    """
    facts = {name: requested[name].to_numpy() for name in BANK_FACTS if name in requested}
    whole = with_worse_facts(cases, facts)
    own = np.any(list(sent.values()), axis=0)
    beyond = np.zeros(len(cases), dtype=bool)
    if own.any():
        beyond[own] = engine.beyond_training(risk_values(whole.loc[own], engine.codebook).to_numpy())
    values = {key: whole[key].to_numpy(dtype=float) for key in MEMBERS}
    replaced = {key: values[key] > cases[key].to_numpy(dtype=float) for key in BANK_FACTS.values() if key in MEMBERS}
    flags = {key: sent[key] | replaced[key] if key in replaced else sent[key] for key in MEMBERS}
    texts: dict[int, list[Text]] = {}
    for rule, broken in contradictions(values, flags):
        for row in np.flatnonzero(broken).tolist():
            texts.setdefault(row, []).append(contradiction_text(rule, {key: values[key][row] for key in MEMBERS}))
    return beyond, {row: joined(*found) for row, found in texts.items()}
