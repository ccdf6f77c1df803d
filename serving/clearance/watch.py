"""A folder as the Single Window's client lays it, read as its files come: ``InBox``, ``OutBox``, ``FailBox``.

A file is read when two looks, at least ``settle_s`` apart, find the same size and times, and it must be the same again
after it was read: what is still being written is waited for. The client's own files are left as they are unless they
are to be moved; what was taken is known to the event store by its digest, so a second start stores nothing twice, and
to this process by path, size and times, so no file is read again. What is not read is listed with its reason, once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from data.beijing import BEIJING
from data.clearance.records import MessageError
from serving.clearance.store import Received, Source

BOXES = ("inbox", "outbox", "sentbox", "failbox")  # in large or small letters; and files beside them
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".writing", ".swp", "~")
ARCHIVE, QUARANTINE = "Archive", "Quarantine"
Receive = Callable[[bytes, Source, dt.datetime], Received]
_Marks = tuple[int, int, int, int]  # inode, size, time of content, time of change


@dataclass(frozen=True, slots=True)
class WatchParams:
    """settle_s : see above; most_bytes : of a file that is read; most_files : read in one look.

    move : files that were taken go to Archive/yyyymmdd in the folder, refused ones to Quarantine/yyyymmdd
    """

    settle_s: float = 2.0
    most_bytes: int = 20_000_000
    most_files: int = 500
    move: bool = False


@dataclass(slots=True)
class Look:
    """What one look found: files taken, taken before, refused, waited for, left out."""

    taken: int = 0
    known: int = 0
    refused: int = 0
    waiting: int = 0
    left_out: int = 0

    @property
    def read(self) -> int:
        """Files that were read."""
        return self.taken + self.known + self.refused

    def then(self, later: Look) -> Look:
        """Both looks: what was read adds up, what is left is that of the later one."""
        taken, known, refused = self.taken + later.taken, self.known + later.known, self.refused + later.refused
        return Look(taken, known, refused, later.waiting, later.left_out)

    def __str__(self) -> str:
        return (
            f"taken {self.taken}, known before {self.known}, refused {self.refused}, waiting {self.waiting}, "
            f"left out {self.left_out}"
        )


@dataclass(slots=True)
class _File:
    box: str
    path: Path
    marks: _Marks


@dataclass(slots=True)
class FolderWatch:
    """Looks at one folder; ``refusals`` : the file to which refused and left-out files are listed, a JSON line each."""

    folder: Path
    receive: Receive
    refusals: Path
    params: WatchParams = field(default_factory=WatchParams)
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    _boxes: set[str] = field(default_factory=set)
    _done: dict[Path, _Marks] = field(default_factory=dict)
    _first_seen: dict[Path, tuple[_Marks, float]] = field(default_factory=dict)
    _listed: dict[Path, str] = field(default_factory=dict)

    def look(self) -> Look:
        """Read what has settled, at most ``most_files`` files, the oldest first.

        raises : OSError where the folder itself cannot be listed; what ``receive`` raises, and nothing is lost by it
        """
        found, settled, present = Look(), list[_File](), {self.folder / box for box in self._boxes}
        for box, entry in self._entries():
            path = Path(entry.path)
            present.add(path)
            self._meet(found, settled, box, path, entry)
        # What is gone is forgotten, so that memory follows the folder.
        self._done = {path: marks for path, marks in self._done.items() if path in present}
        self._first_seen = {path: seen for path, seen in self._first_seen.items() if path in present}
        self._listed = {path: code for path, code in self._listed.items() if path in present}
        settled.sort(key=lambda one: (one.marks[2], one.path.name))
        found.waiting += len(settled[self.params.most_files :])
        for file in settled[: self.params.most_files]:
            self._take(found, file)
        return found

    def _entries(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Everything in the folder and its boxes."""
        boxes: list[os.DirEntry[str]] = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.lower() in BOXES and entry.is_dir(follow_symlinks=False):
                    boxes.append(entry)
                elif entry.name not in (ARCHIVE, QUARANTINE):
                    yield "", entry
        self._boxes = {box.name for box in boxes}
        for box in sorted(boxes, key=lambda one: one.name):
            try:
                with os.scandir(box.path) as entries:
                    for entry in entries:
                        yield box.name, entry
            except OSError as fault:
                self._list(Path(box.path), box.name, "unreadable", allowed=fault.strerror or "")

    def _meet(self, found: Look, settled: list[_File], box: str, path: Path, entry: os.DirEntry[str]) -> None:
        """Sort one entry: to be read, waited for, or left out."""
        try:
            about = entry.stat(follow_symlinks=False)
        except OSError:  # it went, or cannot be looked at now: the next look will see
            found.waiting += 1
            return
        if not stat.S_ISREG(about.st_mode):
            kind = "link" if stat.S_ISLNK(about.st_mode) else "folder" if stat.S_ISDIR(about.st_mode) else "no_file"
            found.left_out += 1
            self._list(path, box, kind, allowed="a file of its own in the folder or in one of its boxes")
            return
        marks = _marks(about)
        if self._done.get(path) == marks:
            return
        if entry.name.startswith((".", "~")) or entry.name.lower().endswith(UNFINISHED):
            found.waiting += 1  # under a name for what is still being written
            return
        if about.st_size > self.params.most_bytes:
            found.left_out += 1
            self._list(path, box, "too_large", allowed=f"at most {self.params.most_bytes} bytes", size=about.st_size)
            return
        seen = self._first_seen.get(path)
        if seen is None or seen[0] != marks:
            self._first_seen[path] = marks, self.monotonic()
        elif self.monotonic() - seen[1] >= self.params.settle_s:
            settled.append(_File(box, path, marks))
            return
        found.waiting += 1

    def _take(self, found: Look, file: _File) -> None:
        try:
            raw = self._content(file)
        except OSError as fault:
            found.left_out += 1
            self._list(file.path, file.box, "unreadable", allowed=fault.strerror or "a file that can be read")
            return
        if raw is None:
            found.waiting += 1
            return
        source = Source("folder", "/".join(part for part in (self.folder.name, file.box) if part))
        received = self.receive(raw, source, self.now())
        if received.refusal is None:
            found.taken += received.new
            found.known += not received.new
        else:
            found.refused += 1
            if received.new:
                self._refuse(file, received, received.refusal)
        self._done[file.path] = file.marks
        if self.params.move:
            self._move(file, QUARANTINE if received.refusal else ARCHIVE, hashlib.sha256(raw).hexdigest())

    def _content(self, file: _File) -> bytes | None:
        """The bytes, None where the file changed meanwhile; a link that took its name is not followed."""
        descriptor = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as handle:
            if _marks(os.fstat(descriptor)) != file.marks:
                return None
            raw = handle.read(self.params.most_bytes + 1)
            return raw if _marks(os.fstat(descriptor)) == file.marks and len(raw) == file.marks[1] else None

    def _move(self, file: _File, where: str, digest: str) -> None:
        """To a folder of the day in Beijing, through no link; the same name there gets the digest's beginning."""
        day = self.now().astimezone(BEIJING).strftime("%Y%m%d")
        name = file.path.name
        try:
            with _opened(self.folder, where, day, *filter(None, [file.box])) as folder:
                if _marks(file.path.lstat()) != file.marks:
                    return  # written anew: the next look reads it
                if os.access(name, os.F_OK, dir_fd=folder, follow_symlinks=False):
                    name = f"{file.path.stem}.{digest[:12]}{file.path.suffix}"
                os.rename(file.path, name, dst_dir_fd=folder)
        except OSError as fault:
            self._list(file.path, file.box, "cannot_be_moved", allowed=fault.strerror or "")

    def _list(self, path: Path, box: str, code: str, **more: str | int) -> None:
        """List a file that was not read, once for each reason."""
        if self._listed.get(path) != code:
            self._listed[path] = code
            self._write(path, box, code, **more)

    def _refuse(self, file: _File, received: Received, refusal: MessageError) -> None:
        more: dict[str, str | int] = {
            "found": refusal.found,
            "allowed": refusal.allowed,
            "line": refusal.line,
            "column": refusal.column,
        }
        self._write(file.path, file.box, refusal.code, **more, size=file.marks[1], digest=received.digest)

    def _write(self, path: Path, box: str, code: str, **more: str | int) -> None:
        line = {"at": self.now().isoformat(), "folder": self.folder.name, "box": box, "file": path.name, "code": code}
        self.refusals.parent.mkdir(parents=True, exist_ok=True)
        with self.refusals.open("a", encoding="utf-8", errors="backslashreplace") as handle:
            handle.write(json.dumps({**line, **more}, ensure_ascii=False) + "\n")


@contextmanager
def _opened(folder: Path, *below: str) -> Iterator[int]:
    """Descriptor of a folder below ``folder``, made where there is none; raises OSError where a part is a link."""
    opened = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
    try:
        for part in below:
            with suppress(FileExistsError):
                os.mkdir(part, dir_fd=opened[-1])
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            opened.append(os.open(part, flags, dir_fd=opened[-1]))
        yield opened[-1]
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _marks(about: os.stat_result) -> _Marks:
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns
