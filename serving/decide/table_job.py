"""A table in, a table out: guarded decisions for any number of enterprises in bounded memory.

The input holds cases (the columns of ``artifacts/snapshot/cases.parquet``) and ``requested_amount_cny``; if known the
bank's own facts as ``bank_existing_debt_wan``, ``bank_overdue_days`` and ``bank_guarantees_wan``, and ``known_at``,
the oldest day that a row's values were known on. The output is one row for each, in order, after the checks of the
service and the whole guard: ``faults`` says what is wrong with a row, ``findings`` what the guard found. A value that
is not the packed snapshot's of that enterprise and day is the caller's word, as in a single request. The input is
never written; the output is written beside its place and moved there at the end, so a job that breaks leaves nothing.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.code_version import code_version
from data.codebook import Codebook, read_credit_facts
from data.texts.sentences import sentence
from models.quota.decision import Outcome
from models.quota.engine import QuotaEngine
from models.quota.policy import BankPolicy
from serving.decide.decision_service import Models
from serving.decide.freshness import fresh_until
from serving.decide.guard import RULES, findings, out_of_range, settle, veto_flags, veto_keys
from serving.decide.guard_facts import GuardFacts
from serving.decide.table_rows import Rows, TableError, case_columns, check_columns, read_table_rows
from serving.ledger.ledger import Draft, canonical_json
from serving.sent_values import sent_columns, table_doubts

__all__ = ["JobDone", "TableError", "run_table_job"]
CHUNK_ROWS = 20_000
TABLE_JOB = "table_job"
INVALID = "invalid_input"
TABLE_RULES: Mapping[str, Outcome] = {
    INVALID: "insufficient_data",
    **RULES,
}
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class JobDone:
    """What a job did: enough to find its input and output again and to know that they are the same."""

    rows: int
    faulty_rows: int
    decisions: dict[str, int]
    input_sha256: str
    output_sha256: str
    release: str
    policy: str
    guard: GuardFacts

    def draft(self, bank_id: str) -> Draft:
        """The job's record."""
        body = {
            "rows": self.rows, "faulty_rows": self.faulty_rows, "decisions": self.decisions,
            "input": self.input_sha256, "output": self.output_sha256, "release": self.release, "policy": self.policy,
            "guard": self.guard.as_dict(), "code": code_version().digest,
        }  # fmt: skip
        return Draft(TABLE_JOB, bank_id, f"job-{self.output_sha256[:24]}", canonical_json(body))


def open_table(source: Path, codebook: Codebook) -> pq.ParquetFile:
    """The table with all its columns; raises TableError naming the file."""
    try:
        table = pq.ParquetFile(source)
    except (OSError, pa.ArrowException) as fault:
        raise TableError(f"{source.name}: not a readable Parquet file ({str(fault).splitlines()[0]})") from fault
    check_columns(source.name, table.schema_arrow.names, codebook)
    if not table.metadata.num_rows:
        raise TableError(f"{source.name}: no rows; at least one is needed")
    return table


def table_codes(source: Path, codebook: Codebook) -> list[str]:
    """The distinct codes of a table, in an order that does not depend on the table's."""
    column = open_table(source, codebook).read(columns=["uscc"])["uscc"]
    codes = {str(code) for code in column.unique().to_pylist()}
    return sorted(codes, key=lambda code: hashlib.sha256(code.encode()).digest())


def run_table_job(
    source: Path,
    target: Path,
    models: Models,
    policy: BankPolicy,
    facts: GuardFacts,
    zone: str,
    progress: Callable[[int], None] = lambda _: None,
    workers: int = 1,
    record: pd.DataFrame | None = None,
) -> JobDone:
    """Decide every row of ``source``; ``progress`` gets the number of rows written. Raises TableError.

    facts : what the guard knows of every row alike; zone : whose calendar an instant's day is read in
    record : the cases of the packed snapshot; without it every value is the caller's
    """
    book = models.engine.codebook
    table = open_table(source, book)
    if target.exists() and os.path.samefile(source, target):
        raise TableError(f"{target.name} is the input {source.name} itself; allowed: another file for the output")
    if target.is_dir() or not target.parent.is_dir():
        raise TableError(f"{target}: no place for the output; allowed: a file in a folder that exists")
    before = _sha256(source)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    os.close(descriptor)
    half, tally, rows, faulty = Path(name), Tally[str](), 0, 0
    try:
        writer = None
        for decided in _decide(table, models, policy, facts, zone, workers, record):
            tally.update(decided["decision"])
            rows, faulty = rows + len(decided), faulty + int((decided["faults"] != "").sum())
            out = pa.Table.from_pandas(decided, preserve_index=False)
            writer = writer or pq.ParquetWriter(half, out.schema)
            writer.write_table(out.cast(writer.schema))
            progress(rows)
        if writer is not None:
            writer.close()
        if _sha256(source) != before:
            raise TableError(f"{source.name} was changed while it was read; run the job again")
        half.chmod(0o666 & ~_umask())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    decisions = dict(sorted(tally.items()))
    return JobDone(rows, faulty, decisions, before, _sha256(target), models.release, policy.version, facts)


def _decide(
    table: pq.ParquetFile,
    models: Models,
    policy: BankPolicy,
    facts: GuardFacts,
    zone: str,
    workers: int,
    record: pd.DataFrame | None,
) -> Iterator[pd.DataFrame]:
    waiting: deque[Rows] = deque()
    today = date.fromisoformat(facts.today)

    def chunks() -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        for batch in table.iter_batches(CHUNK_ROWS):
            waiting.append(read_table_rows(batch.to_pandas(), models.engine.codebook, zone, today))
            yield waiting[-1].cases, waiting[-1].asked

    for decided in models.engine.decide_stream(chunks(), policy, workers=workers):
        yield _guarded(decided, waiting.popleft(), policy, facts, models.engine, record)


def _guarded(
    decided: pd.DataFrame,
    rows: Rows,
    policy: BankPolicy,
    facts: GuardFacts,
    engine: QuotaEngine,
    record: pd.DataFrame | None,
) -> pd.DataFrame:
    """The table that may be issued: the guard's findings and the rows' faults only ever make it stricter."""
    columns = _columns(decided, rows, engine.codebook)
    sent = sent_columns(rows.cases, record, case_columns(engine.codebook))
    beyond, contradictions = table_doubts(engine, rows.cases, rows.asked, sent)
    columns["outside"] = columns["outside"] | beyond
    columns["contradicts"] = np.isin(np.arange(len(decided)), list(contradictions))
    found = {INVALID: rows.faults != "", **findings(columns, policy, facts)}
    settled = settle(columns["decision"], found, TABLE_RULES)
    names = np.array(list(found), dtype=object)
    hits = np.stack(list(found.values()), axis=1)
    changed = settled != columns["decision"]
    issued = decided.copy()
    issued["decision"] = settled
    issued.loc[changed, "limited_by"] = names[hits.argmax(axis=1)][changed]
    void = changed | found[INVALID] | (found["not_a_number"])
    numbers = issued.select_dtypes("float").columns.difference(["requested_cny", "tenor_months"])
    issued.loc[found[INVALID], numbers] = np.nan
    issued.loc[void, "amount_wan"] = 0
    issued.loc[void & ~found[INVALID], "expected_loss_cny"] = 0.0
    issued.loc[void, ["annual_rate", "instalment_cny", "expected_margin_cny", "shadow_price_cny"]] = np.nan
    approved = settled == "indicative_approve"
    valid_until = pd.Timestamp(facts.today) + timedelta(days=policy.validity_days)
    for name in ("requested_cny", "tenor_months"):
        issued[name] = issued[name].astype(float).astype("Int64")
    issued["valid_until"] = pd.Series(valid_until, index=issued.index, dtype="datetime64[us]").where(approved)
    issued["findings"] = [" ".join(names[row]) for row in hits]
    issued["faults"] = rows.faults
    notice = () if facts.notice is None else (facts.notice["zh"], facts.notice["en"])
    warnings = [" ".join(notice)] * len(issued)
    for row, text in contradictions.items():
        warnings[row] = " ".join([*sentence("guard.contradiction", text=text), *notice])
    issued["warnings"] = warnings
    return issued


def _columns(decided: pd.DataFrame, rows: Rows, book: Codebook) -> dict[str, Array]:
    """A decided table and its cases as columns for ``findings``."""
    cases, asked = rows.cases, rows.asked
    terms = [decided[name].to_numpy(dtype=float) for name in decided if str(name).startswith("term_")]
    keys = (*book.keys, *(fact.key for fact in read_credit_facts()))
    outside = [hit for _, hit in out_of_range({key: cases[key].to_numpy(dtype=float) for key in keys}, book)]
    numbers = ("coverage", "points", "pd_low", "pd_12m", "pd_high", "amount_wan", "requested_cny")
    days, row_day = np.unique(rows.known_at, return_inverse=True)
    ends = np.array([fresh_until(dict.fromkeys(keys, day.item()), book) for day in days], dtype="datetime64[D]")
    return {
        **{name: decided[name].to_numpy(dtype=float, na_value=np.nan) for name in numbers},
        "amount_cny": decided["amount_wan"].to_numpy(dtype=float) * 10_000,
        "least_term_wan": np.fmin.reduce(terms),
        "decision": decided["decision"].to_numpy(dtype=object),
        "explained": (decided["limited_by"] != "").to_numpy(),
        "has_risk": rows.faults == "",
        "as_of": cases["as_of"].to_numpy(dtype="datetime64[D]"),
        "fresh_until": ends[row_day],
        "outside": np.any(outside, axis=0),
        "tenor_months": decided["tenor_months"].to_numpy(dtype=float),
        **{name: decided[name].to_numpy(dtype=object) for name in ("product", "purpose")},
        "overdue_days": np.fmax(
            cases["overdue_days_max_24m"].to_numpy(dtype=float), asked.get("overdue_days", pd.Series(0.0, asked.index))
        ),
        "veto": veto_flags({key: cases[key].to_numpy(dtype=float) for key in veto_keys()}),
        **{name: cases[name].to_numpy(dtype=object) for name in ("uscc", "industry", "stage3")},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
