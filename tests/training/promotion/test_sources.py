"""What a model is made of, as digests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from data.code_version import MAKING, source_digest
from data.codebook import read_codebook
from training.promotion.sources import CARDS, INPUTS, SECTIONS, sources, written_digests


@pytest.fixture
def root(tmp_path):
    """Inputs of one byte each, and the parameters of the checkout."""
    for names in INPUTS.values():
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(b"1")
    (tmp_path / "params.yaml").write_bytes(Path("params.yaml").read_bytes())
    return tmp_path


@pytest.mark.law
@pytest.mark.parametrize("capability", SECTIONS)
def test_another_row_or_number_is_another_digest(root, capability):
    """Of the capability's own inputs and sections, and of no others."""
    before = sources(capability, root)
    assert sources(capability, root) == before
    params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    params[SECTIONS[capability][-1]] = {**params[SECTIONS[capability][-1]], "seed": 8}
    params["serving"] = {}
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    after = sources(capability, root)
    assert {name for name in before if before[name] != after[name]} == {"params"}
    (root / INPUTS[capability][-1]).write_bytes(b"2")
    assert {name for name in after if sources(capability, root)[name] != after[name]} == {"data"}


@pytest.mark.contract
def test_a_model_file_names_its_codebook_and_code(tmp_path):
    """JSON and YAML; a capability whose file names neither gives nothing."""
    card = {"codebook_digest": "b", "code": "c", "other": 1}
    for capability, name in CARDS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(card) if name.endswith(".json") else yaml.safe_dump(card)
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert written_digests(tmp_path, capability) == {"codebook": "b", "code": "c"}
    assert written_digests(tmp_path, "matching") == {}


@pytest.mark.contract
@pytest.mark.parametrize("capability", CARDS)
def test_every_model_file_that_is_packed_names_the_code_that_made_it(trained, capability):
    """As the fit of each writes it; the digest is of all that makes models, this process's."""
    assert written_digests(trained.folder, capability) == {
        "codebook": read_codebook().digest,
        "code": source_digest(MAKING),
    }


def test_the_sections_are_those_of_params_yaml():
    """A section that is renamed is found here."""
    text = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    assert {name for names in SECTIONS.values() for name in names} <= set(text)
