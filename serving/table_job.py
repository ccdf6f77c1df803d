"""A table in, a table out: decisions for any number of enterprises in bounded memory.

The input holds cases (the columns of ``artifacts/snapshot/cases.parquet``), ``requested_amount_cny``, and if known the
bank's own facts as ``bank_existing_debt_wan``, ``bank_overdue_days`` and ``bank_guarantees_wan``. The output is one
row for each, in order, written beside and moved into place at the end; a job that breaks leaves nothing half done.
"""

from __future__ import annotations

import hashlib
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.code_version import code_version
from data.requests import BANK_FACTS
from models.quota_policy import BankPolicy
from serving.counter import Models
from serving.ledger import Draft, canonical_json

CHUNK_ROWS = 20_000
TABLE_JOB = "table_job"
ASKED = "requested_amount_cny"


class TableError(ValueError):
    """The input table lacks columns or holds what no request may."""


@dataclass(frozen=True)
class JobDone:
    """What a job did: enough to find its input and output again and to know that they are the same."""

    rows: int
    decisions: dict[str, int]
    input_sha256: str
    output_sha256: str
    release: str
    policy: str

    def draft(self, bank_id: str) -> Draft:
        """The job's record."""
        body = {
            "rows": self.rows, "decisions": self.decisions, "input": self.input_sha256, "output": self.output_sha256,
            "release": self.release, "policy": self.policy,
            "code": code_version().digest,
        }  # fmt: skip
        return Draft(TABLE_JOB, bank_id, f"job-{self.output_sha256[:24]}", canonical_json(body))


def run_table_job(
    source: Path,
    target: Path,
    models: Models,
    policy: BankPolicy,
    model_age_days: int,
    told: Callable[[int], None] = lambda _: None,
    workers: int = 1,
) -> JobDone:
    """Decide every row of ``source``; ``told`` hears how many rows are written. Raises TableError."""
    table = pq.ParquetFile(source)
    names = set(table.schema_arrow.names)
    absent = sorted({ASKED, "uscc", "as_of", *models.engine.codebook.keys} - names)
    if absent:
        raise TableError(f"{source.name} lacks the columns {absent}")
    half = target.with_suffix(target.suffix + ".part")
    tally: Tally[str] = Tally()
    rows, writer = 0, None
    try:
        for decided in models.engine.decide_stream(_chunks(table, source.name), policy, workers=workers):
            checked = _refer_stale(decided, models.model_day, model_age_days)
            tally.update(checked["decision"])
            out = pa.Table.from_pandas(checked, preserve_index=False)
            if writer is None:
                writer = pq.ParquetWriter(half, out.schema)
            writer.write_table(out)
            rows += len(checked)
            told(rows)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise TableError(f"{source.name} holds no rows")
    half.replace(target)
    return JobDone(rows, dict(sorted(tally.items())), _sha256(source), _sha256(target), models.release, policy.version)


def _chunks(table: pq.ParquetFile, name: str) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    start = 0
    for batch in table.iter_batches(CHUNK_ROWS):
        cases = batch.to_pandas()
        amount = pd.to_numeric(cases[ASKED], errors="coerce").to_numpy(dtype=float)
        bad = np.flatnonzero(~((amount >= 10_000) & (amount <= 1_000_000_000)))
        if bad.size:
            raise TableError(
                f"{name}: {ASKED} of {bad.size} rows is outside [10000, 1000000000], first at row {start + bad[0]}: "
                f"{cases[ASKED].iloc[bad[0]]}"
            )
        asked = {ASKED: cases[ASKED]}
        asked |= {fact: cases[f"bank_{fact}"] for fact in BANK_FACTS if f"bank_{fact}" in cases}
        start += len(cases)
        yield cases, pd.DataFrame(asked)


def _refer_stale(decided: pd.DataFrame, model_day: str, model_age_days: int) -> pd.DataFrame:
    """The guard's age limit: what an old model approved or refused goes to a human, what a rule refused stays."""
    age = (pd.to_datetime(decided["as_of"]) - pd.Timestamp(model_day)).dt.days
    stale = (age > model_age_days) & (decided["decision"] != "insufficient_data") & (decided["limited_by"] != "veto")
    if not stale.any():
        return decided
    changed = decided.copy()
    changed.loc[stale, ["decision", "limited_by"]] = ["refer_human", "model_stale"]
    changed.loc[stale, ["amount_wan", "expected_loss_cny"]] = 0
    changed.loc[stale, ["annual_rate", "expected_margin_cny", "shadow_price_cny"]] = np.nan
    return changed


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
