"""The same lists where the vectors lie in PostgreSQL, which the environment names, as where they lie in memory."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from data.match_requests import DemandsRequest, SearchRequest
from data.matching import Capability, Demand
from data.uscc import fictitious_uscc
from features.text import EncoderCard, TextEncoder
from models.matching.answer import Matcher
from models.matching.library import Library
from serving.auth.access import Caller
from serving.contract.refusals import Refusal
from serving.matching.packed import INDEX_URL, RECORDS, FirstUse, load_packed
from tests.data.record_tables import to_table
from tests.models.matching.conftest import pgvector_url  # noqa: F401  # a fixture
from tests.serving.matching.planted import planted_documents, planted_packed, planted_service, real_matcher

pytestmark = pytest.mark.contract
CODES = [fictitious_uscc(number) for number in range(1, 6)]
ZONE = Caller("zone", "operator", "a", "k", frozenset())
TEXTS = ("风机轴承振动监测", "电芯密封涂层", "票据版面识别", "技术咨询")


@pytest.fixture
def folder(tmp_path):
    """A packed matching with an encoder: vectors by character."""
    encoder, texts = tmp_path / "matching/encoder", [one.title + one.text for one in planted_documents(CODES)]
    encoder.mkdir(parents=True)
    pieces = {"[UNK]": 0} | {letter: place for place, letter in enumerate(sorted(set("".join(texts))), start=1)}
    tokenizer = Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(encoder / "tokenizer.json"))
    np.save(encoder / "table.npy", np.random.default_rng(0).normal(size=(len(pieces), 16)).astype(np.float32))
    EncoderCard(16, 64, {"query": "", "passage": ""}, "", "MIT", "test").save(encoder)
    loaded = TextEncoder.load(encoder)
    library = Library.prepare(to_table(planted_documents(CODES), Capability), loaded)
    plain = real_matcher(CODES)
    matcher = Matcher(loaded, library, replace(plain.ranker, encoder_digest=loaded.digest), plain.confidence, 0.4)
    matcher.save(tmp_path / "matching")
    (tmp_path / "matching" / RECORDS).mkdir()
    demands = to_table(list(planted_packed(CODES).demands.values()), Demand)
    demands.to_parquet(tmp_path / "matching" / RECORDS / "demands.parquet")
    return tmp_path / "matching"


def lists(service):
    """What every call shows, without what names the call itself."""
    answers = [service.search(SearchRequest(text=text), ZONE) for text in TEXTS]
    answers += [service.demands(DemandsRequest(uscc=code), ZONE) for code in CODES[1:4]]
    lines = [line for answer in answers for line in answer.get("suppliers", answer.get("demands"))]
    return [(line["rank"], line["uscc"], line.get("demand_id"), line["evidence"]) for line in lines]


@pytest.mark.law
def test_lists_are_the_same_and_a_withdrawn_firm_leaves_both(folder, tmp_path, monkeypatch, pgvector_url):  # noqa: F811
    """Of one release, in memory and over PostgreSQL."""
    here = planted_service(tmp_path / "here", CODES, load_packed(folder))
    monkeypatch.setenv(INDEX_URL, pgvector_url)
    packed = load_packed(folder)
    assert packed.matcher.library.vectors is None
    there = planted_service(tmp_path / "there", CODES, packed)
    assert lists(here) == lists(there)
    for service in (here, there):
        service.store.withdraw(CODES[0], dt.datetime.now(dt.UTC))
    assert lists(here) == lists(there)
    assert CODES[0] not in [line[1] for line in lists(there)]
    here.close()
    there.close()


def test_an_index_that_is_away_is_matching_that_is_away(folder, tmp_path, monkeypatch, pgvector_url):  # noqa: F811
    """At the start, and in the middle of the day; no address and no password is said."""
    monkeypatch.setenv(INDEX_URL, "postgresql://u:secret@127.0.0.1:1/d")
    with pytest.raises(Refusal) as refusal:
        FirstUse(lambda: load_packed(folder)).get()
    assert refusal.value.key == "matching-unavailable"
    assert "does not answer" in refusal.value.detail
    assert "secret" not in refusal.value.detail
    monkeypatch.setenv(INDEX_URL, pgvector_url)
    copied = shutil.copytree(folder, tmp_path / "copied")
    packed = load_packed(copied)
    service = planted_service(tmp_path, CODES, packed)
    from models.matching.pgvector import open_engine

    monkeypatch.setattr(packed.matcher.library.meaning._index, "_engine", open_engine("postgresql://u@127.0.0.1:1/d"))
    with pytest.raises(Refusal) as refusal:
        service.search(SearchRequest(text=TEXTS[0]), ZONE)
    assert (refusal.value.key, refusal.value.retry_after_s) == ("matching-unavailable", 1)
    service.close()
