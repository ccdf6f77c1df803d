"""The commands of the chains: pages that open, and a sentence that is placed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.__main__ import app
from tests.serving.chain.conftest import CODES
from tests.serving.chain.planted import planted_placer, write_chain_release


@pytest.fixture
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the pipeline writes it, with the placer of words; the small chain stands in for those that ship."""
    release = write_chain_release(tmp_path / "artifacts", CODES)
    planted_placer().save(release / "chain/model")
    monkeypatch.setenv("IP_EVENTS_URL", f"sqlite:///{tmp_path / 'events.sqlite'}")
    monkeypatch.setattr("serving.chain.packing.reference_path", lambda _: release / "chain/chains")
    return release


def test_pages_are_written_and_the_first_is_named(artifacts, tmp_path):
    arguments = ["--artifacts", str(artifacts), "--tables", str(artifacts / "chain/records")]
    done = CliRunner().invoke(app, ["chain-pages", "--out", str(tmp_path / "pages"), *arguments])
    assert done.exit_code == 0, done.output
    assert "index.html" in done.output
    assert (tmp_path / "pages/en/small/nodes/lens/page.html").is_file()


def test_without_artefacts_one_sentence_says_what_to_run(tmp_path):
    done = CliRunner().invoke(app, ["chain-pages", "--artifacts", str(tmp_path), "--tables", str(tmp_path)])
    assert done.exit_code != 0
    assert "Traceback" not in done.output
