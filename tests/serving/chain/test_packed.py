"""A release's chains as they are read."""

from __future__ import annotations

import pandas as pd
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


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("flags", lambda rows: rows.drop(columns="raised"), r"flags.parquet has no column \['raised'\]"),
        ("placements", lambda rows: rows.assign(node_id="gone"), "placements.parquet names small/gone, which no"),
        ("scores", lambda rows: rows.assign(as_of=pd.NaT), "a row without a day"),
        ("scores", lambda rows: rows.assign(value="high"), "value is no number"),
        ("firms", lambda rows: rows.drop(columns="name"), r"firms.parquet has no column \['name'\]"),
    ],
)
def test_a_damaged_table_is_one_error_when_the_release_is_read(tmp_path, table, change, said):
    release = write_chain_release(tmp_path / "one", CODES)
    (path,) = (release / "chain").rglob(f"{table}.parquet")
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    with pytest.raises(ValueError, match=said):
        load_chain_files(release / "chain", release / "params.yaml")


@pytest.mark.parametrize("text", ["", "a: [", "chain_scores: 3", "other: {}"])
def test_parameters_that_cannot_be_used_are_one_error(tmp_path, text):
    release = write_chain_release(tmp_path / "one", CODES)
    (release / "params.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"params.yaml has no section chain_scores"):
        load_chain_files(release / "chain", release / "params.yaml")


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(NotPackedError):
        load_chain_files(tmp_path / "chain", tmp_path / "params.yaml")
    release = write_chain_release(tmp_path / "one", CODES)
    (release / "chain/flags.parquet").unlink()
    with pytest.raises(ValueError, match="flags"):
        load_chain_files(release / "chain", release / "params.yaml")
