"""A champion's files have one digest on every machine."""

from __future__ import annotations

import hashlib

import pytest

from models.champion import FILES, champion_files, files_digest, registered_name


@pytest.mark.law
def test_the_digest_is_over_path_length_and_bytes_of_each_file(tmp_path):
    """Worked by hand; another name, another byte or one more file is another digest."""
    model = tmp_path / "risk/model"
    model.mkdir(parents=True)
    (model / "b").write_bytes(b"22")
    (model / "a").write_bytes(b"1")
    files = champion_files(tmp_path, "risk")
    assert list(files) == ["risk/model/a", "risk/model/b"]
    assert files_digest(files) == hashlib.sha256(b"risk/model/a:1\n1risk/model/b:2\n22").hexdigest()
    (model / "b").write_bytes(b"23")
    assert files_digest(champion_files(tmp_path, "risk")) != files_digest({})
    assert champion_files(tmp_path, "points") == {}


def test_every_capability_has_a_registered_model_of_its_own():
    assert len({registered_name(one) for one in FILES}) == len(FILES) == 4
