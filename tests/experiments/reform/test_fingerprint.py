"""The identifier is of the bytes alone; it is a draft's until all that the result was made from is kept."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
import yaml

from experiments.reform import kept
from experiments.reform.fingerprint import (
    KINDS,
    NO_OTHERS,
    files_digest,
    fingerprint,
    identifier,
    result_digests,
    source_files,
)
from experiments.reform.publish import publish
from tests.experiments.reform.worlds import change, commit, sources, world

pytestmark = pytest.mark.law


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_packed", lambda artifacts, names: "")
    return world(tmp_path, monkeypatch)


def made(out, **options):
    return publish(out, out.parent / "artifacts", **sources(out.parent), **options)


def test_a_result_of_kept_parts_is_citable_and_names_where_they_are_kept(out):
    """All four by the one commit."""
    found = made(out)
    assert found["citable"]
    assert found["id"].startswith("reform-")
    assert {found["inputs"][kind]["kept"] for kind in KINDS} == {"committed"}
    assert len({found["inputs"][kind]["by"] for kind in KINDS}) == 1


CHANGES = {
    "data": ("artifacts/snapshot/cases.parquet", "snapshot"),
    "models": ("artifacts/risk/model/booster.txt", "risk/model"),
    "code": ("models/rules.py", "models/rules.py"),
    "policies": ("studies/other.yaml", "studies/other.yaml"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_part_that_is_not_kept_makes_a_draft(out, kind):
    """The part and what it lacks are named, the others stay as they were; its digest and the identifier change."""
    before = made(out)
    path, lacking = CHANGES[kind]
    change(out.parent / path, "NAME = 'changed'\n")
    after = made(out)
    assert not after["citable"]
    assert after["id"].startswith("draft-")
    assert after["inputs"][kind]["lacking"] == [lacking]
    assert [one for one in KINDS if after["inputs"][one]["kept"] == "nowhere"] == [kind]
    assert [one for one in KINDS if after["inputs"][one]["digest"] != before["inputs"][one]["digest"]] == [kind]
    assert after["id"].removeprefix("draft-") != before["id"].removeprefix("reform-")


def test_the_identifier_is_the_same_on_another_machine_and_for_another_commit(out, tmp_path_factory, monkeypatch):
    """Where things are kept is not part of it."""
    first = made(out)
    (out.parent / "README.md").write_text("a change elsewhere")
    commit(out.parent)
    assert made(out)["id"] == first["id"]
    other = tmp_path_factory.mktemp("other") / "world"
    shutil.copytree(out.parent, other)
    shutil.rmtree(other / ".git")
    monkeypatch.setattr("experiments.reform.fingerprint.ROOT", other)
    again = made(other / "out")
    assert again["id"].removeprefix("draft-") == first["id"].removeprefix("reform-")


def test_every_file_of_the_result_is_bound(out):
    """One more byte in any of them, one more or one less file is another identifier."""
    first = made(out)["id"]
    (out / "totals.csv").write_text("a,b\n1,3\n")
    second = made(out)["id"]
    (out / "more.csv").write_text("")
    assert len({first, second, made(out)["id"]}) == 3


def test_digests_by_hand(tmp_path):
    """SHA-256 over name, size and bytes by name; files and folders alike; a name that is not there is an error."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b/two.txt").write_text("22")
    (tmp_path / "one.txt").write_text("1")
    by_hand = hashlib.sha256(b"b/two.txt:2\n22one.txt:1\n1").hexdigest()
    assert files_digest({"one.txt": tmp_path / "one.txt", "b": tmp_path / "b"}) == by_hand
    with pytest.raises(OSError, match="absent"):
        files_digest({"absent": tmp_path / "absent"})
    (tmp_path / "fingerprint.json").write_text("{}")
    (tmp_path / "t.csv").write_text("x")
    assert result_digests(tmp_path) == {"t.csv": hashlib.sha256(b"x").hexdigest()}
    parts = {
        "draws": False, "others": {}, "result": {"t.csv": "d"}, "citable": True,
        "inputs": {kind: {"digest": kind} for kind in KINDS},
    }  # fmt: skip
    bound = {"schema": "reform-fingerprint/1", "draws": False, "others": {}, "result": {"t.csv": "d"},
             "inputs": {kind: kind for kind in KINDS}}  # fmt: skip
    text = json.dumps(bound, sort_keys=True, separators=(",", ":"))
    assert identifier(parts) == "reform-" + hashlib.sha256(text.encode()).hexdigest()[:32]


def test_draws_belong_to_the_models_and_make_a_draft_until_they_are_kept(out, monkeypatch):
    """No committed lock and no release has them: they are what is lacking, beside kept models and whatever made them.

    Once the lock that is committed has them to the byte, the result is citable.
    """
    plain, artifacts = made(out), out.parent / "artifacts"
    (artifacts / "draws/000").mkdir(parents=True)
    (artifacts / "draws/000/points.json").write_text("{}")
    drawn = made(out, draws=True)
    assert not drawn["citable"]
    assert drawn["id"].startswith("draft-")
    assert drawn["inputs"]["models"]["kept"] == "nowhere"
    assert drawn["inputs"]["models"]["lacking"] == ["draws"]
    assert [kind for kind in KINDS if drawn["inputs"][kind]["kept"] == "nowhere"] == ["models"]
    assert drawn["inputs"]["models"]["digest"] != plain["inputs"]["models"]["digest"]
    assert made(out)["citable"]
    packs = {"points/card.yaml", "risk/model", "quota/model", "quota/certificates.json", "snapshot"}
    with monkeypatch.context() as packed:  # a release that packs the models, outside a repository
        packed.setattr(kept, "_packed", lambda artifacts, names: "release" if packs.issuperset(names) else "")
        packed.setattr(kept, "_committed_lock", lambda artifacts: ({}, ""))
        assert made(out)["inputs"]["models"]["kept"] == "packed"
        assert made(out, draws=True)["inputs"]["models"] == drawn["inputs"]["models"]
    change(artifacts / "risk/model/booster.txt", "other trees")
    assert made(out, draws=True)["inputs"]["models"]["lacking"] == ["risk/model", "draws"]
    change(artifacts / "risk/model/booster.txt", "trees")
    lock = yaml.safe_load((out.parent / "dvc.lock").read_text())
    lock["stages"]["draws"] = {"outs": [{"path": "artifacts/draws", "md5": kept.dvc_digest(artifacts / "draws")}]}
    change(out.parent / "dvc.lock", yaml.safe_dump(lock))
    commit(out.parent)
    assert made(out, draws=True)["citable"]
    files = {f"studies/{name}.yaml": out.parent / f"studies/{name}.yaml" for name in ("baseline", "caps", "other")}
    assert {name: path for name, path in source_files(**sources(out.parent)).items() if "studies" in name} == files
    assert fingerprint(out, artifacts, files, NO_OTHERS, draws=False)["inputs"]["policies"]["kept"] == "committed"


def test_other_models_and_firms_that_a_study_names_are_bound_and_have_to_be_committed(out):
    """Their bytes are part of the digests, their names of the fingerprint; where they are not kept they are named."""
    root, plain = out.parent, made(out)
    change(root / "studies/caps.yaml", "name: caps\nmodels: later\nfirms: values.parquet\n")
    (root / "studies/later").mkdir()
    change(root / "studies/later/card.yaml", "card")
    change(root / "studies/values.parquet", "values")
    draft = made(out)
    assert draft["others"] == {"models": ["later"], "firms": ["values.parquet"]}
    assert draft["inputs"]["models"]["lacking"] == ["later/card.yaml"]
    assert draft["inputs"]["data"]["lacking"] == ["values.parquet"]
    commit(root)
    kept_now = made(out)
    assert kept_now["citable"]
    change(root / "studies/values.parquet", "other values")
    commit(root)
    again = made(out)
    assert len({one["inputs"]["data"]["digest"] for one in (plain, kept_now, again)}) == 3
    assert again["inputs"]["models"] == kept_now["inputs"]["models"] | {"by": again["inputs"]["models"]["by"]}
