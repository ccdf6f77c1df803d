"""What a release holds of the chains."""

from __future__ import annotations

import io

import pandas as pd

from serving.chain.packing import chain_files
from tests.serving.chain.conftest import CODES
from tests.serving.chain.planted import write_chain_release


def test_a_release_holds_chains_tables_and_models_and_nothing_where_nothing_was_placed(tmp_path):
    root = write_chain_release(tmp_path / "release", CODES) / "chain"
    (root / "model").mkdir()
    (root / "model/placer.json").write_text("{}", encoding="utf-8")
    files = chain_files(root, root / "records")
    assert {"placements.parquet", "scores.parquet", "records/firms.parquet", "model/placer.json"} <= set(files)
    assert {"chains/digital-security.yaml", "chains/life-health.yaml", "chains/iot.yaml"} <= set(files)
    assert chain_files(tmp_path / "nothing", tmp_path) == {}


def test_documents_are_packed_without_their_texts(tmp_path):
    root = write_chain_release(tmp_path / "release", CODES) / "chain"
    documents = pd.read_parquet(root / "records/documents.parquet").assign(text="what only the firm knows")
    documents.to_parquet(root / "records/documents.parquet", index=False)
    packed = pd.read_parquet(io.BytesIO(chain_files(root, root / "records")["records/documents.parquet"]))
    assert list(packed.columns) == ["document_id", "firm_id", "kind"]


def test_a_firm_that_withdrew_is_in_no_packed_table(tmp_path):
    root = write_chain_release(tmp_path / "release", CODES) / "chain"
    files = chain_files(root, root / "records", {CODES[0]})
    for name in ("placements.parquet", "records/firms.parquet", "records/staff.parquet"):
        table = pd.read_parquet(io.BytesIO(files[name]))
        assert not (table == CODES[0]).any().any()
