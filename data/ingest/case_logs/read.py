"""A log of cases -> events of approvals: every row is an event, a repetition of one, or refused with its reason."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from data.approvals.records import ApprovalEvent
from data.ingest.case_logs.instants import Instant, read_instant, read_zone
from data.ingest.case_logs.mapping import CaseMapping, read_mapping
from data.ingest.case_logs.rows import FIELDS, MOST_MEMBERS, OF_XES, Column, LogRow, columns_of, key_fault
from data.ingest.case_logs.tables import read_csv_log, read_parquet_log
from data.ingest.case_logs.xes import read_xes
from data.ingest.source import IngestError

MOST_BYTES = 2**30  # of a file, and of what a compressed one holds
MOST_RATIO, RATIO_FROM = 200, 2**24  # bytes out of one byte of a compressed file, once so many came out
SHOWN_CHARACTERS = 200  # of a value of a refused row
_LATEST = dt.datetime.max.replace(tzinfo=dt.UTC)
_IS_XML = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<|\A(?:\xff\xfe<\x00|\xfe\xff\x00<)")
_NAMES_ITS_ENCODING = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|<\?xml[^>]*\sencoding\s*=)")


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that is no event.

    row : from 1; line : of the file, 0 where it has none; reason : a key of ``sentences_logs.csv`` without ``refused.``
    values : the row as it came, long ones cut
    """

    row: int
    line: int
    reason: str
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseLog:
    """``n_rows == len(events) + n_duplicates + len(quarantine)``, always.

    events : in the order of the file, which says nothing about events of one instant
    n_duplicates : rows that say the same as another row
    remarks : how many rows have an instant that was read in a special way, by the marks of ``Instant``
    columns : column of the log -> member of the event or name of the value, "" for what is no content
    unused : activities and columns of the mapping that no row has
    zone : of instants that name none
    """

    events: list[ApprovalEvent]
    quarantine: list[Quarantined]
    n_rows: int
    n_duplicates: int
    remarks: Mapping[str, int]
    columns: Mapping[str, str]
    unused: tuple[str, ...]
    zone: str
    form: str

    def __post_init__(self) -> None:
        found = len(self.events) + self.n_duplicates + len(self.quarantine)
        if found != self.n_rows:
            raise IngestError(f"rows were lost: read {self.n_rows}, accounted for {found}")

    @property
    def reasons(self) -> dict[str, int]:
        """Refused rows by reason, most frequent first."""
        return dict(Counter(one.reason for one in self.quarantine).most_common())

    @property
    def without_instant(self) -> int:
        """Events with no instant or an unreadable one: they are kept, with ``at`` None."""
        return sum(event.at is None for event in self.events)


def read_case_log(
    source: Path | bytes, *, mapping: CaseMapping | Path | None = None, zone: str | dt.tzinfo | None = None
) -> CaseLog:
    """Read a log; what kind of file it is, is seen from its content: XES, CSV or Parquet, each also in gzip.

    What is known of a case and the same on all its rows is in the values of its first event alone: the earliest, of
    equal ones the first by its content, so the order of the rows changes nothing.

    mapping : what activities and columns mean; without it every event is a ``step``
    zone : of instants that name none, Asia/Shanghai where left out
    raises : IngestError where the file as a whole cannot be read; MappingError; ValueError for an unknown zone
    """
    meant = read_mapping(mapping) if isinstance(mapping, Path) else mapping or CaseMapping()
    known_zone = read_zone(zone)
    rows, header, form = _rows(source, meant)
    seen = dict.fromkeys([*header, *(name for row in rows for name in row.values)])
    if form == "XES":  # it has no header: what is missing is missing in its rows, or not used
        seen |= dict.fromkeys([*OF_XES, *meant.columns])
    columns = columns_of(seen, meant.columns)
    instant = lru_cache(maxsize=None)(lambda text: read_instant(text, known_zone))
    read: list[_Read] = []
    refused: list[Quarantined] = []
    remarks, activities = Counter[str](), set[str]()
    for row in rows:
        one, activity = _read(row, columns, meant, instant)
        if fault := row.fault or _fault(one, activity):
            refused.append(Quarantined(row.number, row.line, fault, shown(row.values)))
            continue
        read.append(one)
        activities.add(activity)
        remarks.update(instant(one.event.at_text).marks)
    events = _events(read)
    return CaseLog(
        events=events,
        quarantine=refused,
        n_rows=len(rows),
        n_duplicates=len(read) - len(events),
        remarks=dict(remarks),
        columns={name: column.target for name, column in columns.items()},
        unused=tuple(
            sorted(({*meant.kinds} - activities) | ({*meant.columns} - {name for row in rows for name in row.values}))
        ),
        zone=str(known_zone),
        form=form,
    )


class _Read(NamedTuple):
    """An event with the values of its own row, and those of its case."""

    event: ApprovalEvent
    of_case: dict[str, str]


def _read(
    row: LogRow, columns: Mapping[str, Column], meant: CaseMapping, instant: Callable[[str], Instant]
) -> tuple[_Read, str]:
    """A row as an event, and its activity as the log has it."""
    fields = dict.fromkeys(FIELDS, "")
    values: dict[str, str] = {}
    of_case: dict[str, str] = {}
    for name, text in row.values.items():
        target, case = columns[name].target, columns[name].of_case
        if target in fields:
            fields[target] = text.strip()
        elif target:
            (of_case if case else values)[target] = text
    activity = fields["activity"]
    kind = meant.kinds.get(activity, "step")
    if kind != "step":  # a kind with a name of its own; the name in the log is kept beside it
        values["activity"], fields["activity"] = activity, ""
    at_text = fields.pop("at")
    return _Read(
        ApprovalEvent(kind=kind, at=instant(at_text).at, at_text=at_text, values=values, **fields), of_case
    ), activity


def _fault(one: _Read, activity: str) -> str:
    event, values = one.event, {**one.event.values, **one.of_case}
    return key_fault(
        event.case_number,
        activity,
        [event.at_text, event.officer, *values.values()],
        [event.item, event.office, *values],
    )


def _events(read: Iterable[_Read]) -> list[ApprovalEvent]:
    """Events without repetitions; what all rows of a case say of it is in the values of its first event alone."""
    known: dict[str, dict[str, str]] = {}
    varying: set[tuple[str, str]] = set()
    for event, of_case in read:
        said = known.setdefault(event.case_number, {})
        varying.update(
            (event.case_number, name) for name, text in of_case.items() if said.setdefault(name, text) != text
        )
    events: dict[tuple[object, ...], ApprovalEvent] = {}
    first: dict[str, tuple[object, ...]] = {}
    for event, of_case in read:
        number = event.case_number
        if own := {name: text for name, text in of_case.items() if (number, name) in varying}:
            event = replace(event, values={**event.values, **own})
        content = _content(event)
        events.setdefault(content, event)
        first[number] = min(content, first.get(number, content))
    for number, content in first.items():
        if same := {name: text for name, text in known[number].items() if (number, name) not in varying}:
            events[content] = replace(events[content], values={**events[content].values, **same})
    return list(events.values())


def _content(event: ApprovalEvent) -> tuple[object, ...]:
    """Everything that an event says, the earliest first, those without an instant last."""
    return (
        event.at or _LATEST,
        *(event.at_text, event.activity, event.kind, event.case_number, event.item, event.office, event.officer),
        tuple(sorted(event.values.items())),
    )


def shown(values: Mapping[str, str]) -> dict[str, str]:
    """Values of a refused row: long ones cut, at most MOST_MEMBERS."""
    return {
        name: text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}… ({len(text)} characters)"
        for name, text in list(values.items())[:MOST_MEMBERS]
    }


def _rows(source: Path | bytes, meant: CaseMapping) -> tuple[list[LogRow], list[str], str]:
    """Rows of a file, its header where it has one, and what it is."""
    name = source.name if isinstance(source, Path) else "the log"
    if isinstance(source, Path) and not source.is_file():
        raise IngestError(f"{source} is no file")
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > MOST_BYTES:
        raise IngestError(f"{name} has {size} bytes, allowed: at most {MOST_BYTES}")

    def opened() -> IO[bytes]:
        raw: IO[bytes] = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        if raw.read(2) != b"\x1f\x8b":
            raw.seek(0)
            return raw
        raw.seek(0)
        return io.BufferedReader(_Unpacked(raw, size, name))

    try:
        with opened() as stream:
            start = stream.read(4_096)
        if not start.strip():
            raise IngestError(f"{name} is empty")
        if start.startswith(b"PAR1"):
            with opened() as stream:
                header, rows = read_parquet_log(stream.read(), name)
                return rows, header, "Parquet"
        if _IS_XML.match(start):
            return _xes_rows(opened, name, named=_NAMES_ITS_ENCODING.match(start) is not None), [], "XES"
        with opened() as stream:
            header, rows = read_csv_log(stream.read(), name, meant.columns)
            return rows, header, "CSV"
    except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise IngestError(f"{name} is a damaged archive") from fault


def _xes_rows(opened: Callable[[], IO[bytes]], name: str, *, named: bool) -> list[LogRow]:
    """Events of a file that names its encoding, or else of one in UTF-8 or GB18030."""
    try:
        with opened() as stream:
            return list(read_xes(stream, name))
    except IngestError:
        if named:
            raise
        with suppress(IngestError), opened() as stream:
            return list(read_xes(stream, name, encoding="gb18030"))
        raise


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, as far as MOST_BYTES and MOST_RATIO allow."""

    def __init__(self, raw: IO[bytes], size: int, name: str) -> None:
        super().__init__()
        self._raw, self._inner, self._size, self._name, self._out = raw, gzip.GzipFile(fileobj=raw), size, name, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._inner.read(len(buffer))
        self._out += len(content)
        if self._out > MOST_BYTES or (self._out > RATIO_FROM and self._out > MOST_RATIO * self._size):
            raise IngestError(
                f"{self._name} unpacks to more than {self._out} bytes out of {self._size}; allowed: at most "
                f"{MOST_BYTES}, and {MOST_RATIO} out of one"
            )
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._raw.close()
        super().close()
