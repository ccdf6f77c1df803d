"""A release is named by its bytes, and found in the store by that name."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from serving.releases.packed import UnknownReleaseError, from_bento_store, release_of

pytestmark = pytest.mark.law


def artefacts(folder: Path) -> Path:
    """Small files in the places of the real ones."""
    for name in ("points/card.yaml", "risk/model/a", "risk/model/b/c", "quota/model/d", "quota/certificates.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    return folder


def test_the_name_is_of_every_model_file_with_its_path_and_length(tmp_path):
    """By hand: card, then each folder's files in their order, then the certificates; 16 digits of SHA-256."""
    names = ("points/card.yaml", "risk/model/a", "risk/model/b/c", "quota/model/d", "quota/certificates.json")
    text = "".join(f"{name}:{len(name)}\n{name}" for name in names)
    assert release_of(artefacts(tmp_path)) == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_the_same_bytes_have_one_name_wherever_they_lie(tmp_path):
    """Neither the folder nor files beside the models count; one byte and one name of a file do."""
    one, two = artefacts(tmp_path / "one"), artefacts(tmp_path / "two")
    (two / "report.json").write_text("{}", encoding="utf-8")
    assert release_of(one) == release_of(two)
    (two / "risk/model/a").rename(two / "risk/model/e")
    (one / "quota/certificates.json").write_text("quota/certificates.jsoN", encoding="utf-8")
    assert len({release_of(one), release_of(two), release_of(artefacts(tmp_path / "three"))}) == 3


def test_a_release_is_found_by_its_name_without_the_digest_of_what_is_packed_beside(monkeypatch):
    """A tag reads RELEASE.DIGEST; an unknown release is an error that lists those packed."""
    stored = [SimpleNamespace(tag=SimpleNamespace(version=f"r{n}.abc"), path=f"at/{n}") for n in (2, 1)]
    models = SimpleNamespace(list=lambda _: stored)
    monkeypatch.setitem(sys.modules, "bentoml", SimpleNamespace(models=models))
    assert from_bento_store("r1") == Path("at/1")
    with pytest.raises(UnknownReleaseError, match=r"'r3' is not in the Bento store; it has \['r1', 'r2'\]"):
        from_bento_store("r3")


def test_a_store_in_which_nothing_was_packed_has_no_release(monkeypatch):
    """Bento raises an error of its own there."""
    import bentoml

    def nothing(name: str) -> None:
        raise bentoml.exceptions.NotFound(f"no Models with name '{name}' found")

    # In the place of the whole module: the real one loads its parts late, over what a test has set.
    empty = SimpleNamespace(models=SimpleNamespace(list=nothing), exceptions=bentoml.exceptions)
    monkeypatch.setitem(sys.modules, "bentoml", empty)
    with pytest.raises(UnknownReleaseError, match=r"'r1' is not in the Bento store; it has \[\]"):
        from_bento_store("r1")
