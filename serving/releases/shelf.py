"""Every release that was ever packed, by its name: what a replay and a challenger take their models from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from serving.decide.decision_service import Models

MODEL = "innovation-points"  # the name of packed releases in the Bento store


class UnknownReleaseError(LookupError):
    """No packed release has this name."""


def from_bento_store(release: str) -> Path:
    """The folder of a packed release in the Bento store."""
    import bentoml

    packed = {
        str(model.tag.version).partition(".")[0]: Path(model.path)
        for model in bentoml.models.list(MODEL)
        if model.tag.version
    }
    if release not in packed:
        raise UnknownReleaseError(f"release {release!r} is not in the Bento store; it has {sorted(packed)}")
    return packed[release]


class Shelf:
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
