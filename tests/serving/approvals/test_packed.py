"""What is packed of approvals is what the service loads, and nothing else."""

import pytest

from serving.approvals.packed import FOLDER, Forecasts, load_catalogue, packed_files
from serving.matching.packed import NotPackedError


def test_what_is_packed_is_loaded_again(release, tmp_path):
    (release / FOLDER / "metrics.json").write_text("{}", encoding="utf-8")  # of training
    files = packed_files(release / FOLDER)
    assert {"items.csv", "alerts.json", "model/about.json"} <= set(files)
    assert "metrics.json" not in files
    for name, path in files.items():
        target = tmp_path / FOLDER / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    assert Forecasts.load(tmp_path).model.digest == Forecasts.load(release).model.digest
    assert load_catalogue(tmp_path).items == load_catalogue(release).items


def test_a_release_without_says_so(tmp_path):
    assert packed_files(tmp_path / FOLDER) == {}
    for load in (Forecasts.load, load_catalogue):
        with pytest.raises(NotPackedError):
            load(tmp_path)
