"""Anybody finds a result that was altered, from its files alone; with the inputs at hand also another input."""

from __future__ import annotations

import json

import pytest

from experiments.reform import kept
from experiments.reform.fingerprint import file_digest
from experiments.reform.page import pages
from experiments.reform.publish import publish, read_result
from experiments.reform.verify import Check, FingerprintError, counted, faults, verify
from tests.experiments.reform.worlds import change, git, sources, world

pytestmark = pytest.mark.contract


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_packed", lambda artifacts, names: "")
    folder = world(tmp_path, monkeypatch)
    publish(folder, tmp_path / "artifacts", **sources(tmp_path))
    return folder


def failed(out, **options) -> list[str]:
    return [check.name for check in faults(verify(out, **options))]


def test_a_result_as_it_was_published_has_no_fault(out):
    """Without the artefacts data and models are not at hand, so that it is citable is unproven; that is no fault."""
    checks = verify(out)
    assert not faults(checks)
    absent = {check.name for check in checks if check.state == "not at hand"}
    assert absent == {
        "identifier as cited", "data", "models", "data as committed", "models as committed", "citable",
    }  # fmt: skip
    # Identifier, result.json, totals.csv, policies, code, code and policies as committed, four pages.
    assert counted(checks) == "11 the same, 6 not checked, 0 at fault"
    every = verify(out, out.parent / "artifacts", cited=json.loads((out / "fingerprint.json").read_text())["id"])
    assert {check.state for check in every} == {"same"}
    assert counted(every) == "17 the same, 0 not checked, 0 at fault"


def test_one_byte_in_any_file_is_found(out):
    """In the result, a table, a page, a copied policy; a file that is gone or that was added."""
    for name in ("result.json", "totals.csv", "caps.en.html", "inputs/policies/standard.yaml"):
        path = out / name
        held = path.read_bytes()
        changed = held.replace(b"1", b"2", 1) if b"1" in held else held + b"\n"
        path.write_bytes(changed)
        found = failed(out)
        assert (name if "inputs" not in name else "policies") in found, name
        path.write_bytes(held)
        assert not failed(out)
    (out / "totals.csv").rename(out / "other.csv")
    assert failed(out) == ["totals.csv", "other.csv"]
    (out / "other.csv").rename(out / "totals.csv")
    (out / "another.zh.html").write_text("<p>not ours")
    assert failed(out) == ["another.zh.html"]


def test_the_file_with_a_row_for_each_firm_need_not_be_handed_on(out):
    """No page leads to it and no identifier depends on it, so that its own digest is no proof of it."""
    (out / "moves.csv").write_text("firm,quota\n1,2\n")
    cited = json.loads((out / "fingerprint.json").read_text())["id"]
    publish(out, out.parent / "artifacts", **sources(out.parent))
    assert not failed(out, cited=cited)
    assert "moves.csv" not in (out / "caps.en.html").read_text()
    assert [one.state for one in verify(out, cited=cited) if one.name == "moves.csv"] == ["not covered"]
    (out / "moves.csv").write_text("firm,quota\n1,3\n")
    assert failed(out) == ["moves.csv"]
    stated = json.loads((out / "fingerprint.json").read_text())
    stated["result"]["moves.csv"] = file_digest(out / "moves.csv")
    (out / "fingerprint.json").write_text(json.dumps(stated))
    altered = verify(out, cited=cited)
    assert not faults(altered)
    assert [(one.state, one.found) for one in altered if one.name == "moves.csv"] == [
        ("not covered", "agrees with its digest, which the identifier does not cover")
    ]
    (out / "moves.csv").unlink()
    assert Check("moves.csv", "not at hand") in verify(out)
    assert not failed(out)


def test_a_fingerprint_that_was_written_anew_is_found_by_the_identifier_that_was_cited(out):
    """Whoever alters a table and its digest gets another identifier; a draft made citable has another name."""
    cited = json.loads((out / "fingerprint.json").read_text())["id"]
    (out / "totals.csv").write_text("a,b\n9,9\n")
    publish(out, out.parent / "artifacts", **sources(out.parent))
    assert not failed(out)
    assert failed(out, cited=cited) == ["identifier as cited"]


def test_a_draft_that_is_passed_off_as_citable_is_found(out):
    """Its pages and identifier can be made anew, but the code, data, models or policies are not where it states."""
    root = out.parent
    (root / "studies/other.yaml").write_text("pd_cutoff: 0.5\n")
    draft = publish(out, root / "artifacts", **sources(root))
    assert not draft["citable"]
    forged = json.loads(json.dumps(draft))
    forged["citable"], forged["id"] = True, draft["id"].replace("draft-", "reform-")
    for page in out.glob("*.html"):
        page.unlink()
    (out / "fingerprint.json").write_text(json.dumps(forged))
    for name, text in pages(read_result(out), forged).items():
        (out / name).write_text(text)
    assert failed(out) == ["citable"]
    forged["inputs"]["policies"] |= {"kept": "committed", "by": git(root, "rev-parse", "HEAD").strip(), "lacking": []}
    (out / "fingerprint.json").write_text(json.dumps(forged))
    for name, text in pages(read_result(out), forged).items():
        (out / name).write_text(text)
    assert failed(out) == ["policies as committed"]


def test_that_a_result_is_citable_is_unproven_until_all_of_it_is_at_hand(out):
    """A draft that is edited to packed models agrees with itself, but no check says that it is citable."""
    root = out.parent
    change(root / "artifacts/risk/model/booster.txt", "other trees")
    forged = publish(out, root / "artifacts", **sources(root))
    forged["inputs"]["models"] |= {"kept": "packed", "by": "0123456789abcdef", "lacking": []}
    forged |= {"citable": True, "id": forged["id"].replace("draft-", "reform-")}
    for page in out.glob("*.html"):
        page.unlink()
    (out / "fingerprint.json").write_text(json.dumps(forged))
    for name, text in pages(read_result(out), forged).items():
        (out / name).write_text(text)
    checks = verify(out, cited=forged["id"])
    assert not faults(checks)
    assert [one.state for one in checks if one.name == "citable"] == ["not at hand"]
    assert counted(checks) == "12 the same, 5 not checked, 0 at fault"


def test_draws_that_are_passed_off_as_kept_are_found(out):
    """No lock has them; with the models at hand the draws are looked for where they are stated to be."""
    root, artifacts = out.parent, out.parent / "artifacts"
    (artifacts / "draws/000").mkdir(parents=True)
    (artifacts / "draws/000/points.json").write_text("{}")
    draft = publish(out, artifacts, **sources(root), draws=True)
    assert not failed(out, artifacts=artifacts)
    forged = json.loads(json.dumps(draft))
    forged["citable"], forged["id"] = True, draft["id"].replace("draft-", "reform-")
    forged["inputs"]["models"] |= {"kept": "committed", "by": git(root, "rev-parse", "HEAD").strip(), "lacking": []}
    for page in out.glob("*.html"):
        page.unlink()
    (out / "fingerprint.json").write_text(json.dumps(forged))
    for name, text in pages(read_result(out), forged).items():
        (out / name).write_text(text)
    assert failed(out, artifacts=artifacts) == ["models as committed"]


def test_another_snapshot_or_model_at_hand_is_named(out):
    """The digests are of the artefacts themselves."""
    artifacts = out.parent / "artifacts"
    (artifacts / "snapshot/cases.parquet").write_text("other firms")
    assert failed(out, artifacts=artifacts) == ["data", "data as committed"]
    (artifacts / "risk/model/booster.txt").unlink()
    assert failed(out, artifacts=artifacts) == ["data", "models", "data as committed", "models as committed"]
    (artifacts / "points/card.yaml").unlink()
    assert "data and models" in failed(out, artifacts=artifacts)


def test_other_code_cannot_make_the_pages_again_and_says_so(out):
    """The files are still compared."""
    change(out.parent / "models/rules.py", "NAME = 'later'\n")
    checks = verify(out)
    assert Check("caps.zh.html", "not at hand") in checks
    assert not faults(checks)


def test_other_models_that_a_study_names_are_not_at_hand(out):
    """They lie wherever its author has them."""
    root = out.parent
    change(root / "studies/caps.yaml", "name: caps\nmodels: later\n")
    change(root / "studies/later", "card")
    publish(out, root / "artifacts", **sources(root))
    checks = verify(out, root / "artifacts")
    assert not faults(checks)
    assert Check("models", "not at hand") in checks
    assert Check("data", "same") in checks


def test_a_folder_without_a_fingerprint_is_an_error_that_names_the_file(out):
    """Absent, no JSON, another schema, a member missing."""
    path = out / "fingerprint.json"
    held = json.loads(path.read_text())
    for text in (
        "{",
        "[]",
        json.dumps(held | {"schema": "x/1"}),
        json.dumps({k: held[k] for k in held if k != "draws"}),
    ):
        path.write_text(text)
        with pytest.raises(FingerprintError, match="is no fingerprint"):
            verify(out)
    path.unlink()
    with pytest.raises(FingerprintError, match="is no fingerprint of a result"):
        verify(out)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("result",), {"a": 1}),
        (("id",), 5),
        (("inputs", "code", "by"), 5),
        (("inputs", "code", "kept"), None),
        (("inputs", "data", "by"), "--output=x"),
        (("inputs", "policies"), []),
    ],
)
def test_a_fingerprint_of_other_types_is_no_fingerprint(out, where, value):
    """One sentence, whatever was written there; nothing of it is an option of git."""
    path = out / "fingerprint.json"
    stated = json.loads(path.read_text(encoding="utf-8"))
    inner = stated
    for name in where[:-1]:
        inner = inner[name]
    inner[where[-1]] = value
    path.write_text(json.dumps(stated), encoding="utf-8")
    with pytest.raises(FingerprintError, match=r"fingerprint.json is no fingerprint of a result"):
        verify(out, out.parent / "artifacts")
