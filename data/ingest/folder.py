"""All tables of a folder: read one after the other, large ones by parts, and written only when all can be used.

A large Parquet table whose key begins with the enterprise is cut into ranges of codes, each checked and written alone,
so that memory does not grow with the table: what belongs together (one key, one enterprise) is in one part. CSV and
Excel files are read whole. Every table is written in the order of its codes, so that later stages can read ranges too.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.codebook import read_codebook
from data.ingest.chain_rules import LIST_SEPARATOR, every_rule
from data.ingest.row_checks import DESCRIBED
from data.ingest.rules import TableRule
from data.ingest.source import SUFFIXES, IngestError, SourceRows, heading, read_source
from data.ingest.tables import TABLES, Ingested, check_rows

NOT_DELIVERED = "no file: the table is optional"
PART_ROWS = 200_000
_BATCH_ROWS = 65_536
_LINE = "__line__"


@dataclass
class TableReport:
    """What one table gave, summed over its parts; read = kept + quarantined.

    notes : which notations of people were read, by column; at_fault : quarantined rows by column, most frequent first
    """

    counts: dict[str, int] = field(default_factory=lambda: {"read": 0, "kept": 0, "quarantined": 0})
    notes: list[str] = field(default_factory=list)
    at_fault: dict[str, int] = field(default_factory=dict)

    def add(self, part: Ingested) -> None:
        """Count one more part."""
        self.counts = {name: count + part.counts[name] for name, count in self.counts.items()}
        self.notes += part.notes
        faults = Counter(self.at_fault) + Counter(part.reasons)
        self.at_fault = dict(sorted(faults.items(), key=lambda one: (-one[1], one[0])))

    def lines(self) -> list[str]:
        """To be printed: the counts, then what was at fault, then what was read."""
        counts = ", ".join(f"{name} {count:,}" for name, count in self.counts.items())
        faults = [f"  {name}: at fault in {count:,} rows" for name, count in self.at_fault.items()]
        return [counts, *faults, *(f"  {note}" for note in self.notes)]


def ingest_directory(
    raw: Path,
    out: Path,
    as_of: pd.Timestamp,
    *,
    most_quarantined_share: float = 1.0,
    tables: Collection[str] = TABLES,
) -> dict[str, TableReport]:
    """Ingest the tables of ``raw`` into ``out/tables``, ``out/matching``, ``out/chain`` and ``out/quarantine``.

    Returns what each table gave. A row whose enterprise was not kept in the enterprises table is quarantined too, and
    one that refers to a row of another table that was not kept. An optional table without a file has a report of no
    rows that notes it, and what an earlier run wrote of it is removed.
    tables : which are read, in this order; the others, and what is written of them, are left as they are
    most_quarantined_share : of the rows of a table; where more are quarantined, ``out/quarantine`` alone is written
    raises : IngestError that lists the problems of all tables, or says that the folder holds none of them
    """
    rules, reports, problems = every_rule(read_codebook()), dict[str, TableReport](), []
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".ingest-") as folder:
        made = Path(folder)
        for table in tables:
            found = _files(raw, table)
            if not found and rules[table].optional:
                reports[table] = TableReport(notes=[NOT_DELIVERED])
                continue
            if len(found) != 1:
                problems.append(f"{table}: {len(found)} files in {raw}, exactly one of {list(SUFFIXES)} is needed")
                continue
            kept = {name: made / rules[name].folder / f"{name}.parquet" for name in reports}
            known = pd.read_parquet(kept["enterprises"]) if "enterprises" in kept else None
            needed = {name for name, _ in rules[table].refers.values() if name in kept and kept[name].is_file()}
            others = {name: pd.read_parquet(kept[name]) for name in sorted(needed)}
            if rules[table].described_by:
                others[DESCRIBED] = _described(raw, rules[table], rules, as_of)
            try:
                reports[table] = _ingest_table(found[0], rules[table], made, as_of, known, others)
            except IngestError as fault:
                problems.append(str(fault))
        if not problems and all(report.notes == [NOT_DELIVERED] for report in reports.values()):
            problems = [f"{raw} holds none of the tables {list(tables)}; allowed: files named so, {list(SUFFIXES)}"]
        if problems:
            raise IngestError("\n".join(problems))
        problems = _too_many(reports, most_quarantined_share, out)
        folders = (
            ["quarantine"] if problems else ["quarantine", *dict.fromkeys(rules[table].folder for table in tables)]
        )
        for kind in folders:
            (out / kind).mkdir(parents=True, exist_ok=True)
            for table, report in reports.items():
                if report.notes == [NOT_DELIVERED]:
                    (out / kind / f"{table}.parquet").unlink(missing_ok=True)
            for path in sorted((made / kind).glob("*.parquet")):
                shutil.move(path, out / kind / path.name)
    if problems:
        raise IngestError("\n".join(problems))
    return reports


def other_files(raw: Path, tables: Collection[str] = TABLES) -> list[str]:
    """What the folder holds that none of ``tables`` is read from, by name: another name, or an ending that is not read.

    Files whose names begin with a dot are left out; the name of a folder ends with a stroke.
    """
    read = {path for table in tables for path in _files(raw, table)}
    others = [path for path in sorted(raw.glob("*")) if path not in read and not path.name.startswith(".")]
    return [f"{path.name}/" if path.is_dir() else path.name for path in others]


def _files(raw: Path, table: str) -> list[Path]:
    return [path for path in sorted(raw.glob("*")) if path.stem == table and path.suffix.lower() in SUFFIXES]


def _described(raw: Path, rule: TableRule, rules: Mapping[str, TableRule], as_of: pd.Timestamp) -> pd.DataFrame:
    """The keys of a table that have a text: a row that can be used in one of the tables that describe it."""
    found: set[str] = set()
    for table, column in rule.described_by.items():
        for path in _files(raw, table):
            with suppress(IngestError):  # it stops the tables when that table is read for itself
                rows = check_rows(read_source(path, table, rules[table].aliases), rules[table], as_of, None, table)
                found |= {one for cell in rows.frame[column] for one in cell.split(LIST_SEPARATOR)}
    return pd.DataFrame({rule.key[0]: sorted(found)})


def _ingest_table(
    path: Path,
    rule: TableRule,
    made: Path,
    as_of: pd.Timestamp,
    enterprises: pd.DataFrame | None,
    others: Mapping[str, pd.DataFrame],
) -> TableReport:
    report, writers = TableReport(), dict[str, pq.ParquetWriter]()
    try:
        for rows in _parts(path, rule, enterprises, made):
            part = check_rows(rows, rule, as_of, enterprises, f"{rule.table} ({path.name})", others)
            report.add(part)
            by = rule.enterprise if rule.enterprise in part.frame else rule.key[0]
            kept = part.frame.sort_values(by, kind="stable", ignore_index=True)
            for kind, frame in ((rule.folder, kept), ("quarantine", part.quarantine)):
                content = pa.Table.from_pandas(frame, preserve_index=False)
                if kind not in writers:
                    (made / kind).mkdir(exist_ok=True)
                    writers[kind] = pq.ParquetWriter(made / kind / f"{rule.table}.parquet", content.schema)
                writers[kind].write_table(content.cast(writers[kind].schema), row_group_size=_BATCH_ROWS)
    finally:
        for writer in writers.values():
            writer.close()
    return report


def _parts(path: Path, rule: TableRule, enterprises: pd.DataFrame | None, made: Path) -> Iterator[SourceRows]:
    """The rows at once; or, of a large Parquet table, by ranges of codes that hold about as many enterprises each."""
    firms = np.empty(0) if enterprises is None else enterprises["uscc"].sort_values().to_numpy()
    large = (
        path.suffix.lower() == ".parquet" and rule.key[0] == "uscc" and len(firms) > 0 and _row_count(path) > PART_ROWS
    )
    if not large:
        yield read_source(path, rule.table, rule.aliases)
        return
    file = pq.ParquetFile(path)
    codes = [name for name in file.schema_arrow.names if rule.aliases.get(heading(name)[0]) == "uscc"]
    if len(codes) != 1:
        raise IngestError(f"{rule.table} ({path.name}) cannot be used:\n  uscc: column occurs {len(codes)} times")
    count = -(-file.metadata.num_rows // PART_ROWS)
    bounds = firms[np.arange(1, count) * len(firms) // count]
    folder = made / "parts"
    folder.mkdir()
    pieces = [folder / f"{position}.parquet" for position in range(count)]
    schema = file.schema_arrow.append(pa.field(_LINE, pa.int64()))
    writers = [pq.ParquetWriter(piece, schema) for piece in pieces]
    start = 2
    for batch in file.iter_batches(_BATCH_ROWS):
        content = pa.Table.from_batches([batch]).append_column(
            _LINE, pa.array(np.arange(start, start + batch.num_rows))
        )
        start += batch.num_rows
        given = batch.column(codes[0]).cast(pa.string()).fill_null("").to_pandas().str.strip()
        position = np.searchsorted(bounds, given.to_numpy(dtype=object), side="right")
        for one in np.unique(position):
            writers[one].write_table(content.filter(pa.array(position == one)))
    for writer in writers:
        writer.close()
    for piece in pieces:
        frame = pd.read_parquet(piece)
        piece.unlink()
        if len(frame):
            blank = pd.Series("", index=frame.index, dtype=object)
            yield SourceRows(frame.drop(columns=_LINE), frame[_LINE].to_numpy(), blank, blank)
    folder.rmdir()


def _row_count(path: Path) -> int:
    try:
        return int(pq.ParquetFile(path).metadata.num_rows)
    except pa.ArrowException:
        return 0  # reading it whole shows what it is


def _too_many(reports: dict[str, TableReport], most_quarantined_share: float, out: Path) -> list[str]:
    problems = []
    for table, report in reports.items():
        quarantined, read = report.counts["quarantined"], report.counts["read"]
        if quarantined > most_quarantined_share * read:
            most = "; ".join(f"{name}: {count}" for name, count in list(report.at_fault.items())[:3])
            problems.append(
                f"{table}: {quarantined} of {read} rows quarantined, more than {most_quarantined_share:.1%}; "
                f"by column: {most}; the rows are in {out / 'quarantine'}"
            )
    return problems
