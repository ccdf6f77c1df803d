"""A release's chains as they are read."""

from __future__ import annotations

import pytest

from serving.chain.packed import load_chain_files
from serving.matching.packed import NotPackedError
from tests.serving.chain.conftest import CODES
from tests.serving.chain.planted import WORLD, write_chain_release


def test_what_is_written_is_read_with_its_day_and_digest(tmp_path):
    release = write_chain_release(tmp_path / "one", CODES)
    packed = load_chain_files(release / "chain", release / "params.yaml")
    again = load_chain_files(write_chain_release(tmp_path / "two", CODES) / "chain", release / "params.yaml")
    assert (list(packed.chains), packed.day.isoformat()) == (["small"], "2024-06-30")
    assert packed.digest == again.digest
    assert packed.document_kinds == {"D1": "product"}


def test_another_table_is_another_digest(tmp_path):
    release = write_chain_release(tmp_path / "one", CODES)
    other = write_chain_release(tmp_path / "two", CODES[::-1])
    digests = {load_chain_files(one / "chain", one / "params.yaml").digest for one in (release, other)}
    assert len(digests) == 2


def test_without_a_firm_no_table_names_it(tmp_path):
    release = write_chain_release(tmp_path / "one", CODES)
    packed = load_chain_files(release / "chain", release / "params.yaml").without({CODES[0]})
    assert not [name for name, table in packed.tables.items() if CODES[0] in table.to_csv()]
    assert packed.tables["patents"]["applicant_ids"].tolist() == [WORLD]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(NotPackedError):
        load_chain_files(tmp_path / "chain", tmp_path / "params.yaml")
    release = write_chain_release(tmp_path / "one", CODES)
    (release / "chain/flags.parquet").unlink()
    with pytest.raises(ValueError, match="flags"):
        load_chain_files(release / "chain", release / "params.yaml")
