"""A challenger's run touches no answer, ends by itself, and its verdict finds what was planted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from serving.audit.packed_models import PackedModels
from serving.audit.shadow import ShadowError, conclude, has_ended, read_run, score, start
from serving.audit.shadow_verdict import Pair, shadow_verdict
from serving.ledger.chain import DECISION

SIZE, REPEATS = 4_000, 60


def pairs_of(rng, champion_noise, challenger_noise, known=True):
    """Planted truth: log-odds of default, and two models that see them through noise of their own."""
    truth = rng.normal(-3.0, 1.0, SIZE)
    outcome = rng.random(SIZE) < 1 / (1 + np.exp(-truth))
    seen = [truth + rng.normal(0, noise, SIZE) for noise in (champion_noise, challenger_noise)]
    champion, challenger = (1 / (1 + np.exp(-value)) for value in seen)
    return [
        Pair(f"U{position}", float(champion[position]), float(challenger[position]), "declined", "declined", 0, 0,
             bool(outcome[position]) if known else None)
        for position in range(SIZE)
    ]  # fmt: skip


def verdicts(champion_noise, challenger_noise):
    rng = np.random.default_rng(20)
    return [shadow_verdict(pairs_of(rng, champion_noise, challenger_noise), 30, 0.95).verdict for _ in range(REPEATS)]


@pytest.mark.truth
def test_a_planted_better_challenger_is_found():
    """Less noise than the champion: better, every time."""
    assert verdicts(0.8, 0.2) == ["better"] * REPEATS


@pytest.mark.truth
def test_a_planted_worse_challenger_is_found():
    """More noise than the champion: worse, every time."""
    assert verdicts(0.2, 0.8) == ["worse"] * REPEATS


@pytest.mark.truth
def test_an_equal_challenger_is_seldom_called_anything():
    """Equal noise: the 95 % interval misses 0 in about one of twenty runs; 8 of 60 or more has a chance of 1 %."""
    found = verdicts(0.5, 0.5)
    assert found.count("no_difference") >= REPEATS - 7
    assert "too_few" not in found


@pytest.mark.truth
def test_few_defaults_and_no_outcomes_are_too_few():
    """Thirty defaults are needed; without outcomes nothing is better or worse, however different."""
    rng = np.random.default_rng(3)
    pairs = pairs_of(rng, 0.2, 0.8)
    bad = [pair for pair in pairs if pair.defaulted][:29]
    good = [pair for pair in pairs if not pair.defaulted][:500]
    assert shadow_verdict(bad + good, 30, 0.95).verdict == "too_few"
    assert shadow_verdict(pairs_of(rng, 0.2, 0.8, known=False), 30, 0.95).verdict == "too_few"
    assert shadow_verdict([], 30, 0.95).verdict == "too_few"


@pytest.mark.law
def test_an_identical_challenger_needs_no_outcome():
    """The same probabilities and decisions are no difference."""
    pair = Pair("U1", 0.02, 0.02, "declined", "declined", 0, 0)
    assert shadow_verdict([pair] * 5, 30, 0.95).verdict == "no_difference"


@pytest.mark.law
def test_an_enterprise_requested_about_often_counts_once():
    """Ten thousand questions about one firm are one pair."""
    pair = Pair("U1", 0.02, 0.9, "declined", "declined", 0, 0, defaulted=True)
    assert shadow_verdict([pair] * 10_000, 1, 0.95).n_pairs == 1


@pytest.mark.law
def test_a_run_scores_live_decisions_ends_at_its_size_and_leaves_them_alone(any_shop, trained):
    """Answers and chain are the same with a run as without; the run stops by itself and its verdict is a record."""
    shop, ledger, key = any_shop, any_shop.worker.ledger, any_shop.key("standard")
    packed = PackedModels(lambda _: trained.folder)
    early = shop.client.post("/v1/quota", json=shop.body(200), headers=key)
    run = start(ledger, shop.worker.service.models.release, 30, datetime.now(UTC) + timedelta(days=1), "wang")
    assert start(ledger, run.challenger, 30, datetime.fromisoformat(run.until), "wang") == run
    answers = [shop.client.post("/v1/quota", json=shop.body(position), headers=key).json() for position in range(20)]
    before = [record.body for record in ledger.scan(DECISION)]
    assert score(ledger, packed, run) == 20
    assert score(ledger, packed, run) == 20
    with pytest.raises(ShadowError, match="goes on"):
        conclude(ledger, run, {}, 30, 0.95)
    bodies = [shop.body(position) for position in range(20, 60)]
    shop.client.post("/v1/quota/batch", json=bodies, headers=key)
    assert score(ledger, packed, run) == 30
    assert has_ended(ledger, read_run(ledger, run.run_id))
    verdict = conclude(ledger, run, {}, 30, 0.95)
    assert (verdict.verdict, verdict.n_pairs) == ("no_difference", 30)
    assert [record.body for record in ledger.scan(DECISION)][:21] == before
    assert early.json()["audit_id"] not in {answer["audit_id"] for answer in answers}
    assert ledger.verify().breaks == ()
    seen = shop.client.get("/v1/monitoring", headers=shop.key("zone", "operator")).json()["shadow"]
    assert [item["verdict"] for item in seen] == ["no_difference"]


@pytest.mark.law
def test_a_run_ends_on_its_day(shop, trained):
    """After its end nothing is scored, however many decisions follow."""
    ledger, key = shop.worker.ledger, shop.key("standard")
    run = start(ledger, shop.worker.service.models.release, 30, datetime.now(UTC) + timedelta(days=1), "wang")
    shop.client.post("/v1/quota", json=shop.body(), headers=key)
    later = datetime.now(UTC) + timedelta(days=2)
    assert score(ledger, PackedModels(lambda _: trained.folder), run, now=lambda: later) == 0


@pytest.mark.contract
def test_a_run_without_size_or_end_is_none(sqlite_ledger):
    """An endless run is refused, and an unknown one is named."""
    with pytest.raises(ValueError, match="end ahead"):
        start(sqlite_ledger, "x", 10, datetime(2020, 1, 1, tzinfo=UTC), "wang")
    with pytest.raises(ShadowError, match="run-none"):
        read_run(sqlite_ledger, "run-none")
