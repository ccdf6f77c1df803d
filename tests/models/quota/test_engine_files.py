"""The engine's models in a folder: what is loaded, what is refused, and the digest that a certificate holds for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.requests import QuotaRequest
from models.points.file import CardError
from models.quota.certificate import not_assessed, write_certificates
from models.quota.engine import QuotaEngine
from models.risk.model import ModelFileError

pytestmark = pytest.mark.law


@pytest.fixture
def saved(quick_engine, tmp_path):
    """The hand-made models in a folder."""
    quick_engine.points.save(tmp_path / "points/card.yaml")
    quick_engine.risk.save(tmp_path / "risk/model")
    quick_engine.limit.save(tmp_path / "quota/model")
    quick_engine.peers.save(tmp_path / "quota/model/peers.json")
    return tmp_path


def test_a_loaded_engine_answers_as_the_saved_one(saved, quick_engine, quick_case, quick_known, quick_policy):
    """Every model comes back; nothing is certified without a file."""
    again = QuotaEngine.load(saved)
    assert (again.points.version, again.risk, again.limit, again.peers) == (
        "points-quick", quick_engine.risk, quick_engine.limit, quick_engine.peers,
    )  # fmt: skip
    assert again.models_digest == quick_engine.models_digest
    assert again.codebook is quick_engine.codebook
    assert again.certificates == {}
    requested = QuotaRequest(request_id="r", uscc=quick_case()["uscc"], requested_amount_cny=3_000_000)
    one, other = (
        engine.decide_row(quick_case(), quick_known, requested, quick_policy) for engine in (again, quick_engine)
    )
    assert one == other


def test_only_certificates_for_these_models_are_loaded(saved, quick_engine, quick_policy):
    """One issued for these models is found by its policy's digest; one for others is left out."""
    mine = replace(not_assessed("standard", "v", quick_policy.digest), models=quick_engine.models_digest, n=5)
    other = replace(not_assessed("other", "v", "p" * 64), models="f" * 64)
    write_certificates(saved / "quota/certificates.json", [mine, other])
    again = QuotaEngine.load(saved)
    assert dict(again.certificates) == {quick_policy.digest: mine}
    assert again.certificate(quick_policy) == mine
    cheaper = quick_policy.model_copy(update={"lgd": 0.41})
    assert again.certificate(cheaper) == not_assessed("standard", quick_policy.version, cheaper.digest)


@pytest.mark.contract
def test_models_of_another_codebook_do_not_load(saved, quick_engine):
    """Card, risk model and limit model each say so; so does a file of peers that is none."""
    book = replace(quick_engine.codebook, digest="e" * 64)
    card, risk, limit = (
        replace(one, codebook_digest="e" * 64) for one in (quick_engine.points, quick_engine.risk, quick_engine.limit)
    )
    message = r"^card points-quick was made for codebook [0-9a-f]{12}, this is codebook e{12}: train a card for it$"
    with pytest.raises(CardError, match=message):
        QuotaEngine.load(saved, book)
    card.save(saved / "points/card.yaml")
    limit.save(saved / "quota/model")
    other = r"^trained on codebook [0-9a-f]{12}, this is codebook eeeeeeeeeeee$"
    with pytest.raises(ModelFileError, match=other):
        QuotaEngine.load(saved, book)
    risk.save(saved / "risk/model")
    quick_engine.limit.save(saved / "quota/model")
    with pytest.raises(ModelFileError, match=other):
        QuotaEngine.load(saved, book)
    limit.save(saved / "quota/model")
    quick_engine.peers.save(saved / "quota/model/peers.json")
    assert QuotaEngine.load(saved, book).codebook is book
    quick_engine.points.save(saved / "points/card.yaml")
    quick_engine.risk.save(saved / "risk/model")
    replace(quick_engine.limit, codebook_digest="d" * 64).save(saved / "quota/model")
    with pytest.raises(ModelFileError, match=r"^trained on codebook dddddddddddd, this is codebook "):
        QuotaEngine.load(saved)
    quick_engine.limit.save(saved / "quota/model")
    (saved / "quota/model/peers.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"^peers\.json cannot be read: "):
        QuotaEngine.load(saved)


def test_the_digest_of_the_models_moves_with_each_of_them(quick_engine):
    """A point on the card, a grade, a shift of the limit, a median of the peers, the codebook: another digest each."""
    one = quick_engine
    changed = [
        replace(one, points=replace(one.points, smooth_border_share=0.01)),
        replace(one, risk=replace(one.risk, grades=one.risk.grades[1:])),
        replace(one, limit=replace(one.limit, shift_log=-0.01)),
        replace(one, peers=replace(one.peers, low={})),
        replace(one, codebook=replace(one.codebook, digest="f" * 64)),
    ]
    digests = {engine.models_digest for engine in (one, *changed)}
    assert len(digests) == 6
    assert {len(digest) for digest in digests} == {64}
    assert replace(one, certificates={"p": not_assessed("b", "v", "p")}).models_digest == one.models_digest
