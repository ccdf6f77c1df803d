"""Messages to measure with: the simulator's, and those of a folder where an operator has one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from data.clearance.records import CaseEvent, MessageError
from data.ingest.messages.read import read_message
from data.synthetic.clearance import demo_cohort, messages
from models.clearance.group import group

SUFFIXES = (".xml", ".edi")
SEED = 20_240_703


@dataclass(frozen=True, slots=True)
class Sample:
    """A message; name : of its file in the folder, or of the simulated message."""

    name: str
    raw: bytes


def of_folder(folder: Path) -> list[Sample]:
    """The messages below a folder, sorted by name."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES)
    return [Sample(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]


def simulated(n: int, seed: int = SEED) -> list[Sample]:
    """The first ``n`` simulated messages: declarations, responses and receipts, in UTF-8 and GBK, some enveloped."""
    cohort = demo_cohort(max(20, n), seed)
    return [Sample(f"simulated/{one.name}", one.raw) for one in islice(messages(cohort), n)]


def simulated_traces(n: int, seed: int = SEED, **shares: float) -> dict[str, list[CaseEvent]]:
    """The events of ``n`` simulated declarations; shares : of ``SyntheticClearanceParams``, such as lost_share."""
    return traces_of([Sample(f"simulated/{one.name}", one.raw) for one in messages(demo_cohort(n, seed, **shares))])


def events_of(samples: Iterable[Sample]) -> list[CaseEvent]:
    """The events of the messages that can be read, those in envelopes too."""
    found: list[CaseEvent] = []
    for sample in samples:
        try:
            found += read_message(sample.raw).every_event
        except MessageError:
            continue  # the part about damage counts the refusals
    return found


def traces_of(samples: Sequence[Sample]) -> dict[str, list[CaseEvent]]:
    """The events of each declaration that has two or more different ones, by folder and smallest number.

    Samples of different folders use the same numbers for different declarations, so each folder is grouped apart.
    """
    folders: dict[str, list[Sample]] = {}
    for sample in samples:
        folders.setdefault(sample.name.rpartition("/")[0], []).append(sample)
    traces: dict[str, list[CaseEvent]] = {}
    for folder, held in sorted(folders.items()):
        for number, events in enumerate(group(events_of(held))):
            if len({event.digest for event in events}) > 1:
                traces[f"{folder or '.'}#{number}"] = events
    return traces
