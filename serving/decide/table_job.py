"""A table in, a table out: safeguarded decisions for any number of enterprises in bounded memory.

The input holds cases (the columns of ``artifacts/snapshot/cases.parquet``) and ``requested_amount_cny``; if known the
bank's own facts as ``bank_existing_debt_wan``, ``bank_overdue_days`` and ``bank_guarantees_wan``, and ``known_at``,
the oldest day that a row's values were known on. The output is one row for each, in order, after the checks of the
service and the whole safeguard: ``faults`` names what is wrong with a row, ``findings`` what the safeguard found. A row
whose request cannot be read is not decided: its data are insufficient, and what could not be read is empty. Of an
enterprise of the packed snapshot the record decides, as in a single request: a row with another value or another day is
faulty, or with ``own_values`` the value is taken where a request's would be (``own_values``, ``own_values_refused``),
and the outcome is never milder than that of the record alone. The input is never written; the output is written beside
its folder and moved to its name at the end, so a job that breaks leaves nothing. All parts of an output have one
schema.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
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
from data.texts.sentences import label, sentence
from models.quota.constraints import CONSTRAINTS
from models.quota.decision import Outcome
from models.quota.engine import BROUGHT, QuotaEngine
from models.quota.policy import CreditPolicy
from serving.decide.decision_service import Models
from serving.decide.freshness import fresh_until
from serving.decide.own_values import record_is_stricter
from serving.decide.safeguard import RULES, findings, out_of_range, settle, veto_flags, veto_keys
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.table_record import Beside, beside_record
from serving.decide.table_rows import Rows, TableError, check_columns, read_table_rows
from serving.decide.table_warnings import row_warnings
from serving.ledger.ledger import Draft, canonical_json
from serving.sent_values import table_doubts, table_unchecked

__all__ = ["JobDone", "TableError", "run_table_job"]
CHUNK_ROWS = 20_000
TABLE_JOB = "table_job"
INVALID = "invalid_input"
TABLE_RULES: Mapping[str, Outcome] = {
    INVALID: "insufficient_data",
    **RULES,
}
SHOWN = {"requested_amount_cny": "requested_cny"} | {name: name for name in ("tenor_months", "product", "purpose")}
_TEXT, _NUMBER = pa.string(), pa.float64()
SCHEMA = pa.schema(
    [
        ("uscc", _TEXT), ("as_of", pa.timestamp("us")), ("outcome", _TEXT), ("amount_wan", pa.int64()),
        ("requested_cny", pa.int64()), ("tenor_months", pa.int64()), ("product", _TEXT), ("purpose", _TEXT),
        ("limited_by", _TEXT), ("covered_wan", _NUMBER), ("rules_hit", pa.int64()),
        *((f"constraint_{name}_wan", _NUMBER) for name in CONSTRAINTS),
        *((name, _NUMBER) for name in ("marginal_profit_cny", "annual_rate", "instalment_cny", "expected_profit_cny")),
        *((name, _NUMBER) for name in ("expected_loss_cny", "pd_tenor", "pd_12m", "pd_low", "pd_high")),
        ("risk_grade", _TEXT),
        *((name, _NUMBER) for name in ("capacity_low_wan", "capacity_median_wan", "points", "coverage", "percentile")),
        ("growth_stage", _TEXT), ("valid_until", pa.timestamp("us")), ("findings", _TEXT), ("faults", _TEXT),
        ("warnings", _TEXT), ("own_values", _TEXT), ("own_values_refused", _TEXT), ("record_held", pa.bool_()),
    ]
)  # fmt: skip
Array = npt.NDArray[Any]


@dataclass
class OwnValuesCount:
    """What a table's values that differ from the record came to.

    allowed : whether they were taken at all; rows : with a value that differs; taken, refused : rows by column
    record_held : rows that the record alone decided, as it is stricter
    """

    allowed: bool
    rows: int = 0
    taken: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    record_held: int = 0

    def add(self, decided: pd.DataFrame) -> None:
        """Count a part of the output."""
        self.rows += int(((decided["own_values"] != "") | (decided["own_values_refused"] != "")).sum())
        self.record_held += int(decided["record_held"].sum())
        for column, counts in (("own_values", self.taken), ("own_values_refused", self.refused)):
            for name, count in Tally(" ".join(decided[column]).split()).items():
                counts[name] = counts.get(name, 0) + count


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
    safeguard: SafeguardFacts
    own_values: OwnValuesCount

    def draft(self, bank_id: str) -> Draft:
        """The job's record."""
        body = {
            "rows": self.rows, "faulty_rows": self.faulty_rows, "decisions": self.decisions,
            "input": self.input_sha256, "output": self.output_sha256, "release": self.release, "policy": self.policy,
            "safeguard": self.safeguard.as_dict(), "own_values": asdict(self.own_values), "code": code_version().digest,
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
    policy: CreditPolicy,
    facts: SafeguardFacts,
    zone: str,
    progress: Callable[[int], None] = lambda _: None,
    workers: int = 1,
    *,
    record: pd.DataFrame,
    own_values: bool = False,
) -> JobDone:
    """Decide every row of ``source``; ``progress`` gets the number of rows written. Raises TableError.

    facts : what the safeguard knows of every row alike; zone : whose calendar an instant's day is read in
    record : the cases of the packed snapshot, one row an enterprise
    own_values : whether values that differ from the record are taken as of a request with that permission
    """
    book = models.engine.codebook
    table = open_table(source, book)
    if target.exists() and os.path.samefile(source, target):
        raise TableError(f"{target.name} is the input {source.name} itself; allowed: another file for the output")
    if target.is_dir() or not target.parent.is_dir():
        raise TableError(f"{target}: the output cannot be written there; allowed: a file in a folder that exists")
    before = _sha256(source)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    os.close(descriptor)
    half, tally, rows, faulty = Path(name), Tally[str](), 0, 0
    own = OwnValuesCount(own_values)
    try:
        writer = pq.ParquetWriter(half, SCHEMA)
        for decided in _decide(table, models, policy, facts, zone, workers, record, own_values=own_values):
            own.add(decided)
            tally.update(decided["outcome"])
            rows, faulty = rows + len(decided), faulty + int((decided["faults"] != "").sum())
            out = pa.Table.from_pandas(decided.reindex(columns=SCHEMA.names), preserve_index=False)
            writer.write_table(out.cast(SCHEMA))
            progress(rows)
        writer.close()
        if _sha256(source) != before:
            raise TableError(f"{source.name} was changed while it was read; run the job again")
        half.chmod(0o666 & ~_umask())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    decisions = dict(sorted(tally.items()))
    return JobDone(rows, faulty, decisions, before, _sha256(target), models.release, policy.version, facts, own)


def _decide(
    table: pq.ParquetFile,
    models: Models,
    policy: CreditPolicy,
    facts: SafeguardFacts,
    zone: str,
    workers: int,
    record: pd.DataFrame,
    *,
    own_values: bool,
) -> Iterator[pd.DataFrame]:
    waiting: deque[Beside] = deque()
    book = models.engine.codebook
    today = date.fromisoformat(facts.today)

    def chunks() -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        for batch in table.iter_batches(CHUNK_ROWS):
            rows = read_table_rows(batch.to_pandas(), book, zone, today)
            waiting.append(beside_record(rows, record, book, take=own_values))
            part = waiting[-1]
            yield part.rows.cases, part.rows.requested.assign(**{BROUGHT: part.brought})

    for decided in models.engine.decide_stream(chunks(), policy, facts.covered_grants, workers=workers):
        part = waiting.popleft()
        yield _stricter_of_both(_safeguarded(decided, part, policy, facts, models.engine), part)


def _stricter_of_both(issued: pd.DataFrame, part: Beside) -> pd.DataFrame:
    """The table's own rows: one with own values is its record's where that alone is stricter, with a warning."""
    count, own = len(part.taken), part.own
    outcomes = issued["outcome"].to_numpy()
    held = np.asarray(record_is_stricter(outcomes[own], outcomes[count:]), dtype=bool)
    position = np.arange(count)
    position[own[held]] = count + np.flatnonzero(held)
    rows = issued.iloc[position].reset_index(drop=True)
    findings, warnings = rows["findings"].tolist(), rows["warnings"].tolist()
    for at in own[held].tolist():
        with_own = issued.iloc[at]
        note = sentence("warning.record_stricter", outcome=label(f"outcome.{with_own['outcome']}.name"))
        findings[at] = " ".join(dict.fromkeys([*findings[at].split(), *with_own["findings"].split()]))
        warnings[at] = " ".join(text for text in (with_own["warnings"], *note) if text)
    return rows.assign(
        findings=findings, warnings=warnings, own_values=part.taken, own_values_refused=part.refused,
        record_held=position != np.arange(count),
    )  # fmt: skip


def _safeguarded(
    decided: pd.DataFrame,
    part: Beside,
    policy: CreditPolicy,
    facts: SafeguardFacts,
    engine: QuotaEngine,
) -> pd.DataFrame:
    """The table that may be issued: the safeguard's findings and the rows' faults only ever make it stricter."""
    rows = part.rows
    columns = safeguard_columns(
        decided, rows.cases, rows.requested, _ends(rows, engine.codebook), rows.faults != "", engine.codebook
    )
    beyond, contradictions = table_doubts(engine, rows.cases, rows.requested, part.sent)
    columns["outside"] = columns["outside"] | beyond
    lacking = table_unchecked(rows.cases, part.sent, part.brought)
    columns["unchecked"] = np.isin(np.arange(len(decided)), list(lacking))
    columns["contradicts"] = np.isin(np.arange(len(decided)), list(contradictions))
    found = {INVALID: rows.faults != "", **findings(columns, policy, facts)}
    settled = np.where(rows.unread, TABLE_RULES[INVALID], settle(columns["outcome"], found, TABLE_RULES))
    names = np.array(list(found), dtype=object)
    hits = np.stack(list(found.values()), axis=1)
    changed = (settled != columns["outcome"]) | rows.unread
    issued = decided.copy()
    issued["outcome"] = settled
    issued.loc[changed, "limited_by"] = names[hits.argmax(axis=1)][changed]
    void = changed | found[INVALID] | (found["invalid_result"])
    numbers = issued.select_dtypes("float").columns.difference(["requested_cny", "tenor_months"])
    issued.loc[found[INVALID], numbers] = np.nan
    issued.loc[void, "amount_wan"] = 0
    issued.loc[rows.unread, "rules_hit"] = 0
    issued.loc[void & ~found[INVALID], ["expected_loss_cny", "covered_wan"]] = 0.0
    issued.loc[void, ["annual_rate", "instalment_cny", "expected_profit_cny", "marginal_profit_cny"]] = np.nan
    approved = settled == "preapproved"
    valid_until = pd.Timestamp(facts.today) + timedelta(days=policy.validity_days)
    for name in ("requested_cny", "tenor_months"):
        issued[name] = issued[name].astype(float).astype("Int64")
    for name in rows.requested.columns.intersection(list(SHOWN)):
        issued.loc[rows.requested[name].isna().to_numpy(), SHOWN[name]] = None
    issued["valid_until"] = pd.Series(valid_until, index=issued.index, dtype="datetime64[us]").where(approved)
    issued["findings"] = [" ".join(names[row]) for row in hits]
    issued["faults"] = rows.faults
    own = {"contradiction": contradictions, "unchecked": lacking}
    issued["warnings"] = row_warnings(engine.issued(policy, facts.covered_grants), facts, part.brought, settled, own)
    return issued


def _ends(rows: Rows, book: Codebook) -> Array:
    """The last day on which each row's values are fresh, as far as the table has the day they were known on."""
    keys = (*book.keys, *(fact.key for fact in read_credit_facts()))
    days, row_day = np.unique(rows.known_at, return_inverse=True)
    ends = np.array([fresh_until(dict.fromkeys(keys, day.item()), book) for day in days], dtype="datetime64[D]")
    return ends[row_day]


def safeguard_columns(
    decided: pd.DataFrame, cases: pd.DataFrame, requested: pd.DataFrame, ends: Array, faulty: Array, book: Codebook
) -> dict[str, Array]:
    """A decided table and its cases as columns for ``findings``, all but what is against values that were sent.

    ends : the last day on which a row's data are fresh, datetime64[D], NaT where that is unknown; shape (n,)
    faulty : whether a row could not be read in full, shape (n,)
    """
    terms = [decided[name].to_numpy(dtype=float) for name in decided if str(name).startswith("constraint_")]
    keys = (*book.keys, *(fact.key for fact in read_credit_facts()))
    outside = [hit for _, hit in out_of_range({key: cases[key].to_numpy(dtype=float) for key in keys}, book)]
    numbers = ("coverage", "points", "pd_low", "pd_12m", "pd_high", "amount_wan", "requested_cny")
    return {
        **{name: decided[name].to_numpy(dtype=float, na_value=np.nan) for name in numbers},
        "amount_cny": decided["amount_wan"].to_numpy(dtype=float) * 10_000,
        "least_constraint_wan": np.fmin.reduce(terms),
        "outcome": decided["outcome"].to_numpy(dtype=object),
        "explained": (decided["limited_by"] != "").to_numpy(),
        "has_risk": ~faulty,
        "as_of": cases["as_of"].to_numpy(dtype="datetime64[D]"),
        "fresh_until": ends,
        "outside": np.any(outside, axis=0),
        "tenor_months": decided["tenor_months"].to_numpy(dtype=float),
        **{name: decided[name].to_numpy(dtype=object) for name in ("product", "purpose")},
        "overdue_days": np.fmax(
            cases["overdue_days_max_24m"].to_numpy(dtype=float),
            requested.get("overdue_days", pd.Series(0.0, requested.index)),
        ),
        "veto": veto_flags({key: cases[key].to_numpy(dtype=float) for key in veto_keys()}),
        **{name: cases[name].to_numpy(dtype=object) for name in ("uscc", "industry", "growth_stage")},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
