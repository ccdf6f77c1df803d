"""Rows of a log as its file has them, and which of their columns means what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from data.ingest.source import IngestError

MOST_ROWS = 5_000_000  # of a log
MOST_COLUMNS = 1_000  # of a table
MOST_MEMBERS = 256  # of a row
MOST_CHARACTERS = 10_000  # of a value
MOST_IN_KEY = 100  # characters of a case number, an office or an item
MOST_IN_ACTIVITY = 300

# Members of an event that a column may be; every other column is a value.
FIELDS = ("case_number", "activity", "at", "item", "office", "officer")
# Values with a name of their own, see ``data/approvals/records.py``.
NAMED_VALUES = (
    *("deadline", "applicant", "reason", "list", "basis", "days", "with", "by", "informed", "outcome", "closed"),
)  # fmt: skip
OF_CASE, AT_THE_END = "c_", "leak_"
_TITLES: Mapping[str, str] = MappingProxyType({
    "case_id": "case_number", "case:concept:name": "case_number", "case_number": "case_number",
    "办件编号": "case_number",
    "activity": "activity", "concept:name": "activity", "环节": "activity",
    "timestamp": "at", "time:timestamp": "at", "时间": "at",
    "resource": "officer", "org:resource": "officer", "经办人": "officer",
    "lifecycle:transition": "e_lifecycle", "event_no": "",
})  # fmt: skip
TITLES = frozenset(_TITLES)
OF_XES = ("case:concept:name", "concept:name", "time:timestamp")  # known to every log, given or not


@dataclass(slots=True)
class LogRow:
    """One row, or one event of XES; a column of a XES trace is named ``case:`` and its key.

    number : from 1; line : of the file, 0 where it has none; values : text by column, without empty ones
    fault : why it cannot be an event, a key of ``sentences_logs.csv`` without ``refused.``, "" for nothing
    """

    number: int
    line: int
    values: dict[str, str] = field(repr=False)
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """Where a column goes: ``target`` is one of FIELDS, the name of a value, or "" for what is no content.

    of_case : known of the case, not of one event
    """

    target: str
    of_case: bool


def columns_of(names: Iterable[str], given: Mapping[str, str]) -> dict[str, Column]:
    """Where each column of a log goes: as ``given`` says, else by its title.

    Of an event: ``e_`` and its name; of a case: ``c_``; known only when it has ended: ``leak_``. A column whose title
    would make it what another is given as, is a value.
    raises : IngestError where a given column is absent, two columns have one target, or there is none for the case,
        the activity or the instant
    """
    names = list(names)
    if absent := sorted(set(given) - set(names)):
        raise IngestError(f"the mapping names columns {absent}; the log has {sorted(names)}")
    found = {name: Column(given.get(name, _target(name, set(given.values()))), _of_case(name)) for name in names}
    targets = Counter(column.target for column in found.values() if column.target)
    if twice := sorted(target for target, count in targets.items() if count > 1):
        listed = "; ".join(f"{[name for name in names if found[name].target == one]} are all {one}" for one in twice)
        raise IngestError(f"columns {listed}; allowed: one of each, a mapping names which")
    needed = {"case_number": "case_id", "activity": "activity", "at": "timestamp"}
    if missing := [name for target, name in needed.items() if target not in targets]:
        raise IngestError(f"columns {missing} are absent; the log has {sorted(names)}, a mapping names which is which")
    return found


def key_fault(case_number: str, activity: str, values: Iterable[str], keys: Iterable[str] = ()) -> str:
    """Why these cannot be an event, "" for nothing.

    One of ``no_case``, ``no_activity``, ``nul``, ``half_character``, ``too_long``, ``too_many_members``.
    A number of only blanks and dots is none.
    activity : or the kind of an event without one; keys : item, office and names of values
    """
    values, keys = list(values), list(keys)
    if not case_number.replace(".", "").strip():  # an address leaves out a segment of dots
        return "no_case"
    if not activity:
        return "no_activity"
    whole = "\n".join((case_number, activity, *values, *keys))
    if "\0" in whole:
        return "nul"
    try:
        whole.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write
        return "half_character"
    long_key = len(case_number) > MOST_IN_KEY or any(len(key) > MOST_IN_KEY for key in keys)
    if long_key or len(activity) > MOST_IN_ACTIVITY or any(len(text) > MOST_CHARACTERS for text in values):
        return "too_long"
    return "too_many_members" if len(values) > MOST_MEMBERS else ""


def _of_case(name: str) -> bool:
    return name.startswith(("case:", OF_CASE, AT_THE_END))


def _target(name: str, taken: Collection[str]) -> str:
    if name in _TITLES and _TITLES[name] not in taken:
        return _TITLES[name]
    plain = name.removeprefix("case:").replace(":", "_")
    if plain.startswith(("e_", OF_CASE, AT_THE_END)):
        return plain
    return (OF_CASE if name.startswith("case:") else "e_") + plain
