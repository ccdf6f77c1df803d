"""Every sample message of a folder: read, written again, edited, and checked by its schema.

The folder is that of the sample set (``cds_notifications``, ``cds_traces``, ``ceb_2018``, ``ceb_202205``,
``sw_handmade``); neither the samples nor the schemas are part of this project.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.clearance.records import MessageError
from data.ingest.messages.read import is_edifact, read_message
from data.ingest.messages.schemas import Schemas
from data.ingest.messages.write import edit, leaves, rewrite, tree_of

# The sample set has this word where a signature was; the schema wants Base64 there, so some is put in for the check.
_REMOVED, _BASE64 = b">REMOVED<", b">QUJD<"
_TEXT = "A-1"  # characters of every encoding


@dataclass(frozen=True, slots=True)
class SampleCheck:
    """What came of one sample.

    kind : of the message, "" where it was refused; refusal : its reason, "" where it was read
    same_tree : read, written, read again gives the same tree; same_bytes : an edit of one element leaves all others,
        and the edit back gives the first bytes, of every element whose text is written plainly; n_edits : those tried
    schema : ``valid``, ``not_checked``, or the refusal by the schema
    """

    name: str
    kind: str
    refusal: str
    same_tree: bool
    same_bytes: bool
    n_edits: int
    schema: str


def check_samples(folder: Path, schemas: Schemas | None = None, most_edits: int | None = None) -> list[SampleCheck]:
    """Checks each ``.xml`` and ``.edi`` file of a folder and of the folders in it, in the order of their names.

    most_edits : elements of a sample that are edited, spread over it; None: all of them
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".xml", ".edi"))
    return [_check(path.read_bytes(), path.relative_to(folder).as_posix(), schemas, most_edits) for path in paths]


def _check(raw: bytes, name: str, schemas: Schemas | None, most_edits: int | None) -> SampleCheck:
    try:
        read = read_message(raw)
    except MessageError as refusal:
        return SampleCheck(name, "", str(refusal), False, False, 0, "not_checked")
    same_tree = tree_of(rewrite(raw)) == tree_of(raw) and read_message(rewrite(raw)).events == read.events
    plain = list(_plain(raw).items())
    step = 1 if most_edits is None else max(1, -(-len(plain) // most_edits))
    edits = [_edited(raw, path, text) for path, text in plain[::step]]
    schema = "not_checked"
    if schemas is not None:
        try:
            schema = read_message(raw.replace(_REMOVED, _BASE64), schemas=schemas).schema
        except MessageError as refusal:
            schema = str(refusal)
    return SampleCheck(name, read.kind, "", same_tree, all(edits), len(edits), schema)


def _plain(raw: bytes) -> dict[str, str]:
    """Path -> text of what can be edited there and back: texts that are not empty and are written as they are."""
    if is_edifact(raw):
        return {"BGM/1/1": raw.partition(b"BGM+")[2].partition(b"+")[0].decode("ascii")}
    return {path: text for path, text in leaves(raw).items() if text.strip() and not set(text) & set("<>&\r\n")}


def _edited(raw: bytes, path: str, text: str) -> bool:
    """Whether an edit changed one run of bytes alone, and the edit back gave the message as it was."""
    changed = edit(raw, {path: _TEXT})
    if edit(changed, {path: text}) != raw:
        return False
    if is_edifact(raw):
        return len(changed) - len(raw) == len(_TEXT) - len(text)
    return leaves(changed) == leaves(raw) | {path: _TEXT}
