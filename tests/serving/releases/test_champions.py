"""What is packed is the champion's, or it is said that nobody has promoted it."""

from __future__ import annotations

import json
import sys

import pytest

from models.champion import ALIAS, FOLDER, registered_name
from serving.releases.champions import HISTORY, ChampionError, check_champions

pytestmark = [
    pytest.mark.contract,
    pytest.mark.filterwarnings(
        "ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning"
    ),  # MLflow's
]


@pytest.fixture
def artifacts(tmp_path, monkeypatch):
    """Artefacts of risk and points of one file each; the folder is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("risk/model/model.json", "points/card.yaml"):
        path = tmp_path / "artifacts" / name
        path.parent.mkdir(parents=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path / "artifacts"


def store_of(artifacts) -> str:
    """A store beside the artefacts; by its whole path, for MLflow keeps one open for each name in a process."""
    return f"sqlite:///{artifacts.parent / 'store.db'}"


def promoted(artifacts) -> None:
    """A registry whose champion of risk has the artefacts of now."""
    import mlflow

    client = mlflow.MlflowClient(tracking_uri=store_of(artifacts), registry_uri=store_of(artifacts))
    experiment = client.create_experiment("kept", artifact_location=str(artifacts.parent / "kept"))
    run = client.create_run(experiment).info.run_id
    client.log_artifact(run, str(artifacts / "risk/model/model.json"), f"{FOLDER}/risk/model")
    name = registered_name("risk")
    client.create_registered_model(name)
    client.create_model_version(name, f"{client.get_run(run).info.artifact_uri}/{FOLDER}", run)
    client.set_registered_model_alias(name, ALIAS, "1")
    note(artifacts, run)


def note(artifacts, run: str, result: str = "promoted") -> None:
    """One more entry of the history beside the store, as far as packing reads it."""
    with (artifacts.parent / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"capability": "risk", "result": result, "run": run}) + "\n")


@pytest.mark.law
def test_the_champion_s_files_pass_and_any_other_byte_is_refused(artifacts):
    """A changed, an added and a lost file each; the message names it, the run, and what can be done."""
    assert check_champions(artifacts, store_of(artifacts)) == ("points", "risk")
    promoted(artifacts)
    assert check_champions(artifacts, store_of(artifacts)) == ("points",)
    model = artifacts / "risk/model/model.json"
    (artifacts / "risk/model/more.txt").write_text("1", encoding="utf-8")
    with pytest.raises(ChampionError, match=r"more\.txt") as fault:
        check_champions(artifacts, store_of(artifacts))
    assert "training promote" in str(fault.value)
    assert "--restore" in str(fault.value)
    (artifacts / "risk/model/more.txt").unlink()
    model.write_text("other", encoding="utf-8")
    with pytest.raises(ChampionError, match=r"risk/model/model\.json"):
        check_champions(artifacts, store_of(artifacts))
    model.unlink()
    with pytest.raises(ChampionError, match=r"risk/model/model\.json"):
        check_champions(artifacts, store_of(artifacts))


def test_without_a_registry_nothing_is_loaded(artifacts, monkeypatch):
    """A newcomer's first release needs neither a registry nor mlflow; with a registry mlflow is needed."""
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert check_champions(artifacts, store_of(artifacts)) == ("points", "risk")
    (artifacts.parent / "store.db").write_bytes(b"")
    with pytest.raises(ChampionError, match="install the extra `train`"):
        check_champions(artifacts, store_of(artifacts))


def test_a_champion_whose_files_are_lost_is_said(artifacts):
    import shutil

    promoted(artifacts)
    shutil.rmtree(artifacts.parent / "kept")
    with pytest.raises(ChampionError, match="are not in the store"):
        check_champions(artifacts, store_of(artifacts))


def test_an_alias_that_no_promotion_has_set_is_not_followed(artifacts):
    """Moved by hand, though the files are those at hand; without the history, and with one that cannot be read."""
    promoted(artifacts)
    note(artifacts, "another", "refused")
    assert check_champions(artifacts, store_of(artifacts)) == ("points",)
    note(artifacts, "another")
    with pytest.raises(
        ChampionError, match=r"risk: the alias champion names run .* is of run another; allowed: the run"
    ):
        check_champions(artifacts, store_of(artifacts))
    (artifacts.parent / HISTORY).write_text("{}\n", encoding="utf-8")
    with pytest.raises(ChampionError, match=r"promotions.jsonl, entry 0: no entry of a history"):
        check_champions(artifacts, store_of(artifacts))
    (artifacts.parent / HISTORY).unlink()
    with pytest.raises(ChampionError, match="is of run None"):
        check_champions(artifacts, store_of(artifacts))


def test_the_history_is_the_one_that_promotion_writes():
    from training.promotion.history import HISTORY as WRITTEN

    assert str(WRITTEN) == HISTORY
