"""What is packed, under which tag, with which packages; without a store."""

from __future__ import annotations

import io
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import bentoml
import pandas as pd
import pytest
from pathspec import PathSpec

from data.events import EventStore
from serving.releases import pack as packing
from serving.releases.pack import INCLUDE, PackError, locked_packages, matching_files, pack
from serving.releases.packed import PARAMS, ChangedReleaseError, check_packed, release_of

pytestmark = pytest.mark.contract
FORMER = "snapshot/history/cases.parquet"


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Folders of the models that were packed, by tag, in place of a Bento store."""
    made = {}

    @contextmanager
    def create(tag):
        made[tag] = tmp_path / tag
        made[tag].mkdir()
        yield SimpleNamespace(path=str(made[tag]), tag=tag)

    def delete(tag):
        if tag not in made:
            raise bentoml.exceptions.NotFound(tag)
        shutil.rmtree(made.pop(tag))

    models = SimpleNamespace(create=create, delete=delete)
    monkeypatch.setattr(packing, "bentoml", SimpleNamespace(models=models, exceptions=bentoml.exceptions))
    return made


@pytest.fixture
def artefacts(tmp_path):
    """Small files in the places of the real ones."""
    folder = tmp_path / "artifacts"
    names = ("points/card.yaml", "risk/model/a", "quota/model/d", "quota/certificates.json", "snapshot/cases.parquet")
    for name in (*names, FORMER, "report.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    (folder / PARAMS).write_text("a: 1", encoding="utf-8")
    return folder


def test_the_models_the_snapshot_and_the_parameters_are_packed_and_nothing_else(stored, artefacts):
    """The copy has the release of the files that it was copied from."""
    pack(artefacts, artefacts / PARAMS)
    (copy,) = stored.values()
    files = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert files == {path.relative_to(artefacts).as_posix() for path in artefacts.rglob("*") if path.is_file()} - {
        "report.json"
    }
    assert release_of(copy) == release_of(artefacts)


@pytest.mark.parametrize(
    "name", ["risk/model/drift.json", "snapshot/cases.parquet", FORMER, PARAMS, "snapshot/more", "points/card.yaml"]
)
def test_a_packed_file_that_was_changed_is_refused(stored, artefacts, name):
    """Also what the drift alarm compares applicants with, and the population at training."""
    (artefacts / "risk/model/drift.json").write_text('{"score": 1}', encoding="utf-8")
    pack(artefacts, artefacts / PARAMS)
    ((tag, copy),) = stored.items()
    version = tag.partition(":")[2]
    (copy / "model.yaml").write_text("the store's own", encoding="utf-8")
    check_packed(copy, version)
    (copy / name).write_text('{"score": 2}', encoding="utf-8")
    with pytest.raises(ChangedReleaseError, match=name.partition("/")[0]) as fault:
        check_packed(copy, version)
    assert version in str(fault.value)


def test_another_snapshot_or_parameter_is_another_tag_of_the_same_release(stored, artefacts):
    """The same bytes are packed once."""
    first = pack(artefacts, artefacts / PARAMS)
    assert pack(artefacts, artefacts / PARAMS) == first
    (artefacts / "snapshot/cases.parquet").write_text("other", encoding="utf-8")
    second = pack(artefacts, artefacts / PARAMS)
    (artefacts / PARAMS).write_text("a: 2", encoding="utf-8")
    third = pack(artefacts, artefacts / PARAMS)
    (artefacts / FORMER).write_text("other former days", encoding="utf-8")
    fourth = pack(artefacts, artefacts / PARAMS)
    assert len(stored) == len({first, second, third, fourth}) == 4
    assert {tag.partition(".")[0] for tag in stored} == {f"innovation-points:{release_of(artefacts)}"}


def test_every_missing_artefact_is_named(stored, artefacts):
    """All of them at once, and nothing is packed."""
    for name in ("points/card.yaml", "snapshot/cases.parquet", FORMER, PARAMS):
        (artefacts / name).unlink()
    (artefacts / FORMER).parent.rmdir()
    (artefacts / "snapshot").rmdir()
    with pytest.raises(PackError, match=r"lacks \['points/card.yaml', 'snapshot', '.*params.yaml'\]; run `dvc repro`"):
        pack(artefacts, artefacts / PARAMS)
    assert stored == {}


def test_only_what_is_served_is_installed_at_the_locks_versions(tmp_path):
    """Core packages and those of ``serve``, however their names are written; not the rest of the lock."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["NumPy>=2", "ruamel_yaml"]\n'
        '[project.optional-dependencies]\nserve = ["uvicorn[standard]~=0.3"]\ntrain = ["torch"]\n',
        encoding="utf-8",
    )
    (tmp_path / "requirements.lock").write_text(
        "--index-url https://x\nnumpy==2.1.0\nruamel-yaml==1.0\ntorch==2.0\nuvicorn==0.34\n", encoding="utf-8"
    )
    assert locked_packages(tmp_path) == ["numpy==2.1.0", "ruamel-yaml==1.0", "uvicorn==0.34"]


def test_matching_goes_with_a_release_where_it_was_made(tmp_path):
    """Its files under their names, the demands, the events and the invited pairs; no outcome; without it nothing."""
    artifacts, tables = tmp_path / "artifacts", tmp_path / "tables"
    assert matching_files(artifacts / "matching", tables) == {}
    for name in ("library/firms.feather", "encoder/encoder.json", "matching.json", "vectors/cache.npy", "metrics.json"):
        (artifacts / "matching" / name).parent.mkdir(parents=True, exist_ok=True)
        (artifacts / "matching" / name).write_text(name, encoding="utf-8")
    tables.mkdir()
    pd.DataFrame({"demand_id": ["D1", "D2"], "enterprise_id": ["A", "C"]}).to_parquet(tables / "demands.parquet")
    for name in ("match_events", "capabilities"):
        pd.DataFrame({"event_id": ["E1"]}).to_parquet(tables / f"{name}.parquet")
    outcomes = pd.DataFrame({"demand_id": ["D1", "D1", "D2"], "enterprise_id": list("AAB"), "signed": True})
    outcomes.assign(invited=[True, True, False]).to_parquet(tables / "match_outcomes.parquet")
    files = matching_files(artifacts / "matching", tables)
    assert set(files) == {
        "library/firms.feather", "encoder/encoder.json", "matching.json",
        "records/demands.parquet", "records/match_events.parquet", "records/invited.parquet",
    }  # fmt: skip
    invited = pd.read_parquet(io.BytesIO(files["records/invited.parquet"]))
    assert invited.to_dict("records") == [{"demand_id": "D1", "enterprise_id": "A"}]
    left = matching_files(artifacts / "matching", tables, {"A"})
    demands, invited = (pd.read_parquet(io.BytesIO(left[f"records/{name}.parquet"])) for name in ("demands", "invited"))
    assert demands["enterprise_id"].tolist() == ["C"]
    assert invited.empty


def test_firms_that_have_withdrawn_are_those_of_the_event_store(tmp_path, monkeypatch):
    """Without a store there are none, and none is made."""
    monkeypatch.setenv("IP_EVENTS_URL", f"sqlite:///{tmp_path / 'events.sqlite'}")
    assert packing.withdrawn_firms() == frozenset()
    assert list(tmp_path.iterdir()) == []
    store = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    store.withdraw("A", datetime.now(UTC))
    store.close()
    assert packing.withdrawn_firms() == {"A"}
    assert packing.without_firms(tmp_path / "none", {"A"}, tmp_path / "made") == tmp_path / "none"


@pytest.mark.surface
def test_a_bento_holds_every_file_that_its_layers_read():
    """Whatever lies beside the code of a served layer, such as a page's style, goes with it."""
    served = ("data/reference", "features", "models", "serving")
    files = [path.as_posix() for top in served for path in Path(top).rglob("*") if path.is_file()]
    read = [path for path in files if "__pycache__" not in path and not path.endswith(".pyc")]
    spec = PathSpec.from_lines("gitwildmatch", INCLUDE)
    assert [path for path in read if not spec.match_file(path)] == []


def test_items_and_forecasts_of_approvals_go_with_a_release_where_they_were_made(stored, artefacts):
    """Another catalogue is another tag of the same release; what only training reads stays."""
    for name in ("items.csv", "alerts.json", "model/late/late.json", "metrics.json", "report/item.zh.html"):
        (artefacts / "approvals" / name).parent.mkdir(parents=True, exist_ok=True)
        (artefacts / "approvals" / name).write_text(name, encoding="utf-8")
    tag = pack(artefacts, artefacts / PARAMS)
    files = {
        path.relative_to(stored[tag]).as_posix() for path in (stored[tag] / "approvals").rglob("*") if path.is_file()
    }
    assert files == {"approvals/items.csv", "approvals/alerts.json", "approvals/model/late/late.json"}
    check_packed(stored[tag], tag.split(":")[1])
    (artefacts / "approvals/items.csv").write_text("another", encoding="utf-8")
    assert pack(artefacts, artefacts / PARAMS).split(".")[0] == tag.split(".")[0]
    assert len(stored) == 2
