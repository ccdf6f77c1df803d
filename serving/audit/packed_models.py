"""The models of every release that was ever packed, by its name: what a replay and a challenger take theirs from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from serving.decide.decision_service import Models
from serving.releases.packed import UnknownReleaseError, from_bento_store


class PackedModels:
    """Models by release, each read once; the files must still be those that the release is named by."""

    def __init__(self, folder_of: Callable[[str], Path] = from_bento_store) -> None:
        self.folder_of = folder_of
        self._models: dict[str, Models] = {}

    def models(self, release: str) -> Models:
        """The models of one release; raises UnknownReleaseError."""
        if release not in self._models:
            found = Models.load(self.folder_of(release))
            if found.release != release:
                raise UnknownReleaseError(f"the files packed as {release} are those of {found.release}: they changed")
            self._models[release] = found
        return self._models[release]
