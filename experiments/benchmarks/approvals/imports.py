"""How long a log takes from its file to the store, as Parquet, as CSV, as XES and as XES in gzip."""

from __future__ import annotations

import datetime as dt
import gzip
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pandas as pd
from lxml import etree

from data.events import EventStore
from data.ingest.case_logs.read import read_case_log
from serving.approvals.store import CaseStore

BAR_S = 10.0  # for a log of 60,000 events
SOURCE = "bench"
_XES_NAMES = {"activity": "concept:name", "timestamp": "time:timestamp", "resource": "org:resource"}


def imports(log: Path) -> dict[str, Any]:
    """Seconds of reading and of storing a log, by the form of its file, in one process.

    The store is a new SQLite file each time. ``cpu_s``: of the processor, without waiting for it or for the disk;
    ``same_cases``: every form gives the same cases, activities and instants. log : a Parquet file of case logs
    """
    frame = pd.read_parquet(log)
    found: dict[str, Any] = {"log": log.stem, "events": len(frame), "bar_s": BAR_S, "forms": {}}
    contents = set()
    with tempfile.TemporaryDirectory() as folder:
        for form, path in written(frame, Path(folder)).items():
            begun, cpu = time.perf_counter(), time.process_time()
            read = read_case_log(path)
            at = time.perf_counter()
            store = EventStore(f"sqlite:///{folder}/{form}.sqlite")
            received = CaseStore(store).receive(read.events, SOURCE, dt.datetime.now(dt.UTC), read.quarantine)
            ended = time.perf_counter()
            store.close()
            contents.add(frozenset((one.case_number, one.activity, one.at) for one in read.events))
            found["forms"][form] = {
                "megabytes": path.stat().st_size / 1e6,
                "read_s": at - begun,
                "stored_s": ended - at,
                "total_s": ended - begun,
                "cpu_s": time.process_time() - cpu,
                "rows": read.n_rows,
                "duplicates": read.n_duplicates,
                "quarantined": len(read.quarantine),
                "new": received.new,
            }
    slowest = max(form["total_s"] for form in found["forms"].values())
    return found | {"slowest_s": slowest, "same_cases": len(contents) == 1, "holds": slowest <= BAR_S}


def written(frame: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """A table of events in every form that is read."""
    paths = {form: folder / f"log.{form}" for form in ("parquet", "csv", "xes", "xes.gz")}
    frame.to_parquet(paths["parquet"])
    frame.to_csv(paths["csv"], index=False)
    with paths["xes"].open("wb") as stream:
        write_xes(frame, stream)
    with gzip.open(paths["xes.gz"], "wb", compresslevel=5) as stream:
        stream.write(paths["xes"].read_bytes())
    return paths


def write_xes(frame: pd.DataFrame, stream: IO[bytes]) -> None:
    """A table of events as XES: ``c_`` and ``leak_`` columns as attributes of the trace, the others of the event."""
    of_case = [name for name in frame.columns if name.startswith(("c_", "leak_"))]
    of_event = [name for name in frame.columns if name not in (*of_case, "case_id")]
    with etree.xmlfile(stream, encoding="utf-8") as file:
        file.write_declaration()
        with file.element("log", {"xes.version": "1.0"}, nsmap={None: "http://www.xes-standard.org/"}):
            for case, rows in frame.groupby("case_id", sort=False):
                with file.element("trace"):
                    file.write(etree.Element("string", {"key": "concept:name", "value": str(case)}))
                    for element in _attributes(rows.iloc[0][of_case].to_dict()):
                        file.write(element)
                    for row in rows[of_event].to_dict("records"):
                        event = etree.Element("event")
                        event.extend(_attributes(row))
                        file.write(event)


def _attributes(row: Mapping[Any, Any]) -> Iterator[etree._Element]:
    for name, value in row.items():
        if pd.isna(value):
            continue
        kind = "date" if isinstance(value, pd.Timestamp) else "string"
        text = value.isoformat() if kind == "date" else str(value)
        yield etree.Element(kind, {"key": _XES_NAMES.get(str(name), str(name)), "value": text})
