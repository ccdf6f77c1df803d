"""What is kept somewhere can be had again; what is not is named."""

from __future__ import annotations

import hashlib
import json

import pytest

from experiments.reform import kept
from experiments.reform.kept import artefacts_kept, code_in_git, dvc_digest, files_in_git
from tests.experiments.reform.worlds import commit, git, world

pytestmark = pytest.mark.contract
NAMES = ("snapshot", "points/card.yaml")


@pytest.fixture
def root(tmp_path, monkeypatch):
    world(tmp_path, monkeypatch)
    monkeypatch.setattr(kept, "_packed", lambda artifacts, names: "")
    return tmp_path


def test_a_folder_has_the_digest_under_which_dvc_keeps_it(root):
    """MD5 of the sorted list of names and digests, by hand; of a file that of its bytes; of nothing none."""
    files = {"cases.parquet": b"cases", "known_at.parquet": b"days"}
    listed = [{"md5": hashlib.md5(content).hexdigest(), "relpath": name} for name, content in files.items()]
    by_hand = hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest() + ".dir"
    assert dvc_digest(root / "artifacts/snapshot") == by_hand
    assert dvc_digest(root / "artifacts/points/card.yaml") == hashlib.md5(b"card").hexdigest()
    assert dvc_digest(root / "artifacts/nothing") == ""


def test_a_file_is_committed_only_as_it_is(root):
    """Changed, new, ignored, or outside a repository: not kept, and named."""
    path = root / "studies/caps.yaml"
    head = git(root, "rev-parse", "HEAD").strip()
    assert files_in_git({"a": path}) == kept.Kept("committed", head)
    path.write_text("name: other\n")
    (root / "studies/new.yaml").write_text("name: new\n")
    ignored = root / "artifacts/points/card.yaml"
    found = files_in_git({"a": path, "b": root / "studies/new.yaml", "c": ignored, "d": root / "studies/baseline.yaml"})
    assert found == kept.Kept("nowhere", lacking=("a", "b", "c"))
    git(root, "add", "studies")
    assert files_in_git({"a": path}).kept == "nowhere"
    assert files_in_git({"a": path, "b": root / "studies/new.yaml"}).lacking == ("a", "b")
    later = commit(root)
    assert files_in_git({"a": path, "b": root / "studies/new.yaml"}) == kept.Kept("committed", later)


def test_code_is_committed_only_without_a_change_or_a_file_beside_it(root):
    """A change elsewhere does not matter."""
    assert code_in_git(root, ["models", "data"]).kept == "committed"
    (root / "features/rules.py").write_text("NAME = 2\n")
    assert code_in_git(root, ["models", "data"]).kept == "committed"
    (root / "models/extra.py").write_text("NAME = 3\n")
    assert code_in_git(root, ["models", "data"]) == kept.Kept("nowhere", lacking=("models/extra.py",))
    assert code_in_git(root.parent, ["models"]).kept == "nowhere"


def test_artefacts_are_kept_by_the_lock_that_is_committed(root, monkeypatch):
    """A lock that is only written does not count; a packed release with the same bytes does."""
    artifacts = root / "artifacts"
    assert artefacts_kept(artifacts, NAMES).kept == "committed"
    (artifacts / "points/card.yaml").write_text("another card")
    assert artefacts_kept(artifacts, NAMES) == kept.Kept("nowhere", lacking=("points/card.yaml",))
    lock = (root / "dvc.lock").read_text()
    new, old = hashlib.md5(b"another card").hexdigest(), hashlib.md5(b"card").hexdigest()
    (root / "dvc.lock").write_text(lock.replace(old, new))
    assert artefacts_kept(artifacts, NAMES).kept == "nowhere"
    monkeypatch.setattr(kept, "_packed", lambda artifacts, names: "0123")
    assert artefacts_kept(artifacts, NAMES) == kept.Kept("packed", "0123")
    commit(root)
    assert artefacts_kept(artifacts, NAMES).kept == "committed"


def test_a_packed_release_counts_only_with_the_same_bytes(root, tmp_path_factory, monkeypatch):
    """Its name is by the model files; the snapshot beside them is compared too."""
    import shutil

    stored = tmp_path_factory.mktemp("stored") / "release"
    shutil.copytree(root / "artifacts", stored)
    monkeypatch.undo()
    monkeypatch.setattr("serving.releases.packed.from_bento_store", lambda release: stored)
    assert kept._packed(root / "artifacts", NAMES) != ""
    (stored / "snapshot/cases.parquet").write_text("other firms")
    assert kept._packed(root / "artifacts", NAMES) == ""


def test_only_what_no_lock_and_no_release_has_is_lacking(root, tmp_path_factory, monkeypatch):
    """Of four models that the lock lacks a release has three; where releases have each, the lock counts alone."""
    import shutil

    stored = tmp_path_factory.mktemp("stored") / "release"
    shutil.copytree(root / "artifacts", stored)
    monkeypatch.setattr("serving.releases.packed.stored_releases", lambda: {"0123": stored})
    monkeypatch.setattr(kept, "_committed_lock", lambda artifacts: ({}, "c" * 40))
    names = ("points/card.yaml", "risk/model", "quota/model", "quota/certificates.json")
    (root / "artifacts/risk/model/booster.txt").write_text("other trees")
    assert artefacts_kept(root / "artifacts", names) == kept.Kept("nowhere", lacking=("risk/model",))
    (stored / "risk/model/booster.txt").write_text("other trees")
    assert artefacts_kept(root / "artifacts", (*names, "draws")) == kept.Kept("nowhere", lacking=("draws",))
    assert artefacts_kept(root / "artifacts", names) == kept.Kept("nowhere", lacking=names)


def test_what_is_stated_to_be_kept_is_looked_up_at_its_commit(root):
    """An earlier commit holds what it held; one that is not at hand decides nothing."""
    head = git(root, "rev-parse", "HEAD").strip()
    copies = {"caps.yaml": root / "studies/caps.yaml"}
    assert kept.files_are_at(root, head, copies) is True
    assert kept.artefacts_are_at(root / "artifacts", head, NAMES) is True
    digest = kept.source_digest(("models", "data"), root)
    assert kept.code_is_at(root, head, ("models", "data"), digest) is True
    copies["caps.yaml"].write_text("name: other\n")
    (root / "models/rules.py").write_text("NAME = 'other'\n")
    (root / "artifacts/points/card.yaml").write_text("another card")
    assert kept.files_are_at(root, head, copies) is False
    assert kept.artefacts_are_at(root / "artifacts", head, NAMES) is False
    assert kept.code_is_at(root, head, ("models", "data"), kept.source_digest(("models", "data", "x"), root)) is False
    for unknown in ("", "0" * 40):
        assert kept.files_are_at(root, unknown, copies) is None
        assert kept.code_is_at(root, unknown, ("models",), digest) is None
