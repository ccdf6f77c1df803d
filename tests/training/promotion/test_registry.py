"""The registry: a run's files become champion, the history and the alias agree, and what was changed is found."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date

import pytest

from models.champion import champion_files, files_digest
from training import tracking
from training.promotion import registry
from training.promotion.history import (
    HISTORY,
    PROMOTED,
    REFUSED,
    Entry,
    HistoryError,
    append,
    champion_on,
    read_history,
)
from training.promotion.registry import RegistryError
from training.tracking import track

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings(
        "ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning"
    ),  # MLflow's
]


@dataclass(frozen=True)
class Numbers:
    """A section of params.yaml."""

    seed: int = 1


def made_run(folder, content: str) -> str:
    """A tracked run of a risk model of one file."""
    (folder / "risk/model").mkdir(parents=True, exist_ok=True)
    for name in ("model/model.json", "metrics.json"):
        (folder / "risk" / name).write_text(content, encoding="utf-8")
    run = track("risk", Numbers(), {}, "digest")
    registry.keep_release(run, "risk", folder, {"data": "d", "codebook": "b"})
    return run


def tried(run: str, digest: str, result: str) -> None:
    """One try, recorded as a promotion records it."""
    entries, _ = read_history(HISTORY)
    entry = Entry(
        seq=len(entries), at=f"2024-01-0{len(entries) + 1}T10:00:00+08:00", capability="risk", result=result,
        first=not entries, run=run, digest=digest, previous="", by="Officer A", reason="better", period=(), look=0,
        level=0.0, checks=(), commit="c", limits={},
    )  # fmt: skip
    registry.record(entry, append(HISTORY, entry))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A folder with two runs: the first promoted, the second refused and then promoted."""
    folder = tmp_path_factory.mktemp("registry")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # By its whole path, for MLflow keeps one store open for each name in a process.
        for module in (registry, tracking):
            patch.setattr(module, "STORE", f"sqlite:///{folder / 'mlflow.db'}")
        runs = [made_run(folder / "artifacts", content) for content in ("one", "two")]
        found = [registry.read_candidate(run, "risk", folder / f"read-{run}") for run in runs]
        assert registry.champion_run("risk") is None
        tried(runs[0], found[0].digest, PROMOTED)
        tried(runs[1], found[1].digest, REFUSED)
        assert registry.champion_run("risk") == runs[0]
        tried(runs[1], found[1].digest, PROMOTED)
        yield folder, runs, found


@pytest.fixture
def here(store, monkeypatch):
    """The tests of one store, in its folder, with its history as it was."""
    folder, runs, found = store
    monkeypatch.chdir(folder)
    kept = HISTORY.read_bytes()
    yield folder, runs, found
    HISTORY.write_bytes(kept)


def test_a_promoted_run_has_the_alias_and_its_own_files(here):
    """Files and digests of what they were made of come back as they were."""
    folder, runs, found = here
    assert registry.champion_run("risk") == runs[1]
    assert registry.newest_run("risk") == runs[1]
    assert (found[0].folder / "risk/model/model.json").read_text(encoding="utf-8") == "one"
    assert found[1].digest == files_digest(champion_files(folder / "artifacts", "risk"))
    assert found[0].made_of == {"data": "d", "codebook": "b"}
    entries, chains = read_history(HISTORY)
    registry.check_history(entries, chains)
    assert champion_on(entries, "risk", date(2024, 1, 2)).run == runs[0]
    assert champion_on(entries, "risk", date(2024, 1, 3)).run == runs[1]


def test_a_run_keeps_what_its_stage_wrote_beside_the_model(here, tmp_path):
    """By its path below artifacts; a run that kept none gives an empty folder."""
    _, runs, _ = here
    for run, content in zip(runs, ("one", "two"), strict=True):
        reports = registry.read_reports(run, tmp_path / run)
        assert (reports / "risk/metrics.json").read_text(encoding="utf-8") == content
    bare = track("risk", Numbers(), {}, "digest")
    assert not registry.read_reports(bare, tmp_path / "bare").exists()


@pytest.mark.law
@pytest.mark.parametrize("kept", [0, 1, 2])
def test_entries_that_were_cut_off_the_end_are_found(here, kept):
    """The chain of what is left is whole; the registry knows that it went on."""
    lines = HISTORY.read_text(encoding="utf-8").splitlines(keepends=True)
    HISTORY.write_text("".join(lines[:kept]), encoding="utf-8")
    entries, chains = read_history(HISTORY)
    with pytest.raises(HistoryError, match="cut off or replaced"):
        registry.check_history(entries, chains)


@pytest.mark.law
def test_an_alias_that_somebody_moved_by_hand_is_found(here):
    import mlflow

    from models.champion import ALIAS, registered_name

    _, runs, _ = here
    client = mlflow.MlflowClient(registry.STORE)
    client.set_registered_model_alias(registered_name("risk"), ALIAS, "1")
    try:
        entries, chains = read_history(HISTORY)
        with pytest.raises(HistoryError, match=f"history's champion is run {runs[1]}, the alias names {runs[0]}"):
            registry.check_history(entries, chains)
    finally:
        client.set_registered_model_alias(registered_name("risk"), ALIAS, "2")


def test_an_interrupted_promotion_is_completed_once(here):
    """Its entry is written, the registry does not know it: nothing goes on until it is recorded."""
    entries, _ = read_history(HISTORY)
    later = replace(entries[1], seq=3, at="2024-01-04T10:00:00+08:00")
    append(HISTORY, later)
    entries, chains = read_history(HISTORY)
    with pytest.raises(HistoryError, match="cut off or replaced"):
        registry.check_history(entries, chains)
    registry.complete(entries, chains, "risk")
    registry.check_history(entries, chains)
    with pytest.raises(HistoryError, match="no promotion was interrupted"):
        registry.complete(entries, chains, "risk")
    registry.record(entries[2], chains[2])  # as it was, for the other tests


def test_a_run_that_is_none_or_of_something_else_or_keeps_nothing_is_refused(here, tmp_path):
    """Each message names found and allowed."""
    _, runs, _ = here
    with pytest.raises(RegistryError, match="is not in sqlite"):
        registry.read_candidate("0" * 32, "risk", tmp_path)
    with pytest.raises(RegistryError, match="allowed: a run of points"):
        registry.read_candidate(runs[0], "points", tmp_path)
    without = track("risk", Numbers(), {}, "digest")
    with pytest.raises(RegistryError, match="without files"):
        registry.read_candidate(without, "risk", tmp_path)
    assert registry.newest_run("risk") == runs[1]  # the one that keeps its files
    with pytest.raises(RegistryError, match="no run of quota keeps its files"):
        registry.newest_run("quota")


def test_files_that_were_changed_in_the_store_are_refused(here, tmp_path):
    _, runs, _ = here
    (kept,) = here[0].glob(f"mlruns/{runs[0]}/artifacts/release/risk/model/model.json")
    before = kept.read_bytes()
    kept.write_bytes(b"changed")
    try:
        with pytest.raises(RegistryError, match="it was made with"):
            registry.read_candidate(runs[0], "risk", tmp_path)
    finally:
        kept.write_bytes(before)


@pytest.mark.parametrize("lost", ["artifacts", "artifacts/release", "."])
def test_a_run_whose_files_are_gone_is_named_with_their_folder(here, tmp_path, lost):
    """Somebody cleared mlruns/: the run is still in the store."""
    folder, runs, _ = here
    away, back = tmp_path / "away", folder / "mlruns" / runs[0] / lost
    shutil.move(back, away)
    try:
        with pytest.raises(RegistryError) as fault:
            registry.read_candidate(runs[0], "risk", tmp_path / "read")
    finally:
        shutil.move(away, back)
    found = "reports" if lost == "artifacts/release" else "no file"
    assert str(fault.value).startswith(f"run {runs[0]}: mlruns/{runs[0]}/artifacts/release: found {found}; allowed: ")


def test_files_that_cannot_be_copied_are_named(here, tmp_path, monkeypatch):
    import mlflow

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    _, runs, _ = here
    monkeypatch.setattr(mlflow.artifacts, "download_artifacts", refuse)
    with pytest.raises(
        RegistryError, match=r"artifacts/release: found files that cannot be copied .*denied.*; allowed"
    ):
        registry.read_candidate(runs[0], "risk", tmp_path)
