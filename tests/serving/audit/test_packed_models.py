"""Models by release: read once, and refused where the packed files are no longer those of their name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from serving.audit import packed_models
from serving.audit.packed_models import PackedModels
from serving.releases.packed import UnknownReleaseError

pytestmark = pytest.mark.contract


@pytest.fixture
def read(monkeypatch):
    """The folders that were read, as models whose release is the folder's name."""
    folders = []

    def load(folder):
        folders.append(folder)
        return SimpleNamespace(release=folder.name)

    monkeypatch.setattr(packed_models, "Models", SimpleNamespace(load=load))
    return folders


def test_a_release_is_read_once(read):
    """The second question is answered by the same models; another release is read for itself."""
    packed = PackedModels(Path)
    assert packed.models("r1") is packed.models("r1")
    assert packed.models("r2").release == "r2"
    assert read == [Path("r1"), Path("r2")]


def test_files_that_changed_are_not_used(read):
    """A folder packed as r1 that holds the files of r2 is an error with both names, at every question."""
    packed = PackedModels(lambda _: Path("r2"))
    for _ in range(2):
        with pytest.raises(UnknownReleaseError, match="packed as r1 are those of r2"):
            packed.models("r1")


def test_a_release_that_was_never_packed_is_unknown(read):
    """The store's own error; nothing is read."""

    def nowhere(release):
        raise UnknownReleaseError(release)

    with pytest.raises(UnknownReleaseError, match="r9"):
        PackedModels(nowhere).models("r9")
    assert read == []
