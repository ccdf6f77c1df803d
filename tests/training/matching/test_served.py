"""What is learned from served lists: planted examination, and a planted preference that the served order lacks."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from data.events import EventStore
from data.match_feedback import ShownFirm, Versions, click_event, feedback_table, list_events, outcome_event
from data.matching import MatchOutcome, from_table
from models.matching.columns import candidates_of
from models.matching.library import Library
from models.matching.ranker import order_of
from tests.models.matching.conftest import (  # noqa: F401  # the ranker is a fixture
    TRADES,
    PlantedEncoder,
    documents,
    ranker,
)
from training.matching.served import (
    ServedError,
    continue_ranker,
    examination_of,
    first_places,
    fit_link,
    line_likelihood,
    served_lines,
    served_outcomes,
)

AT = dt.datetime(2024, 6, 30, tzinfo=dt.UTC)
VERSIONS = Versions("m", "planted", "l")
EXAMINED = np.array([1.0, 0.7, 0.5, 0.35, 0.25, 0.18])
LISTS, SHOWN = 700, 6


@pytest.fixture(scope="module")
def library():
    """Firms whose stage nobody has learned from yet; only those of stage 2 are worth a click."""
    table = documents(copies=12)
    firms = pd.DataFrame({"enterprise_id": table["enterprise_id"].unique()})
    stage = np.random.default_rng(3).integers(0, 3, len(firms)).astype(float)
    return Library.prepare(table, PlantedEncoder(), firms.assign(growth_stage=stage))


def matched(library):
    def candidates(texts):
        return candidates_of(library, texts, PlantedEncoder().encode(texts, "query")), library.firm_ids

    return candidates


@pytest.fixture(scope="module")
def logged(library, ranker, tmp_path_factory):  # noqa: F811
    """A feedback table of lists by the served order, clicks by examination and stage; and the texts by list."""
    store = EventStore(f"sqlite:///{tmp_path_factory.mktemp('served') / 'events.sqlite'}")
    texts = [f"{first}，{second}" for first, _ in TRADES for second, _ in TRADES]
    candidates, _ = matched(library)(texts)
    score = ranker.scores(candidates)
    orders = order_of(score, candidates)
    rng, stage = np.random.default_rng(5), library.firms["growth_stage"].to_numpy()
    asked = {}
    for number in range(LISTS):
        which = int(rng.integers(len(texts)))
        shown = orders[which][: SHOWN + 6]
        shown = shown[np.argsort(rng.normal(0.0, 2.0, len(shown)) - score[shown], kind="stable")][:SHOWN]
        firms = candidates.firm[shown]
        name = f"q{number}"
        asked[name] = texts[which]
        lines = [ShownFirm(str(library.firm_ids[firm]), at + 1, 0.5) for at, firm in enumerate(firms)]
        store.append_all(list_events(name, AT, VERSIONS, lines, query={"text": texts[which]}))
        relevance = np.where(stage[firms] == 2, 0.8, 0.1)
        for at in np.flatnonzero(rng.random(SHOWN) < EXAMINED * relevance):
            store.append(click_event(f"c{number}-{at}", name, lines[at].enterprise_id, AT))
    table = feedback_table(store)
    store.close()
    return table, asked


@pytest.fixture(scope="module")
def lines(library, logged):
    table, asked = logged
    return served_lines(table, lambda demand, query: asked.get(query), matched(library))


@pytest.mark.truth
def test_the_planted_examination_is_found(lines, ranker):  # noqa: F811
    """Relative to the first position, from lists without chance in the log."""
    found = examination_of(lines, ranker.scores(lines.candidates)[lines.row])
    np.testing.assert_allclose(found[:SHOWN], EXAMINED, atol=0.12)


@pytest.mark.truth
def test_the_continued_ranker_learns_what_the_served_one_lacks(lines, library, ranker):  # noqa: F811
    """Firms of stage 2 come first, the likelihood of lists not learned from rises, and the log says so beforehand."""
    held = lines.query % 3 == 0
    learn, test = lines.of(~held), lines.of(held)
    examination = examination_of(lines, ranker.scores(lines.candidates)[lines.row])
    seen = examination[learn.position - 1]
    made = continue_ranker(ranker, learn, seen, 60, "2")
    assert (made.version, made.fusion) == ("2", ranker.fusion)
    gains = []
    for one in (ranker, made):
        a, b = fit_link(one.scores(learn.candidates)[learn.row], seen, learn.engaged)
        log_odds = a + b * one.scores(test.candidates)[test.row]
        gains.append(line_likelihood(log_odds, examination[test.position - 1], test.engaged).mean())
    assert gains[1] > gains[0] + 0.02
    stage = library.firms["growth_stage"].to_numpy()
    first = [
        np.mean(
            [
                stage[lines.candidates.firm[order[:3]]] == 2
                for order in order_of(one.scores(lines.candidates), lines.candidates)
            ]
        )
        for one in (ranker, made)
    ]
    assert first[1] > first[0] + 0.3
    before, after = (first_places(one, test, examination) for one in (ranker, made))
    assert after.value > before.value
    again = continue_ranker(made, learn, seen, 5, "3")
    assert again.booster.num_trees() == made.booster.num_trees() + 5


@pytest.mark.law
def test_the_likelihood_by_hand():
    """P = seen x relevance: seen .5 and relevance .8 give .4."""
    odds = np.log(0.8 / 0.2)
    assert expit(odds) == pytest.approx(0.8)
    found = line_likelihood(np.array([odds, odds]), np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(found, [np.log(0.4), np.log(0.6)])


@pytest.mark.contract
def test_what_cannot_be_learned_from_is_counted(library, logged):
    """A list whose text nobody knows, and a firm that is no candidate; too little is refused."""
    table, asked = logged
    strange = table.assign(enterprise_id=table["enterprise_id"].where(table["query_id"] != "q1", "gone"))
    found = served_lines(strange, lambda demand, query: None if query == "q2" else asked[query], matched(library))
    assert found.left_out == {"no_text": SHOWN, "no_candidate_now": SHOWN}
    assert len(found.row) == (LISTS - 2) * SHOWN
    with pytest.raises(ServedError, match="at least 200"):
        served_lines(table.head(30), lambda demand, query: asked[query], matched(library))
    with pytest.raises(ServedError, match="no_text"):
        served_lines(table, lambda demand, query: None, matched(library))


@pytest.mark.law
def test_chance_in_the_lists_is_used_where_it_was_logged(lines, ranker):  # noqa: F811
    """Two positions shown with known probabilities: clicks / probability, by hand."""
    from dataclasses import replace

    position = np.array([1, 1, 2, 2])
    few = replace(
        lines, row=lines.row[:4], query=np.arange(4), position=position, engaged=np.array([1.0, 1.0, 1.0, 0.0]),
        logged=np.array([0.5, 0.5, 0.25, 0.5]),
    )  # fmt: skip
    np.testing.assert_allclose(examination_of(few, np.zeros(4)), [1.0, 1.0])  # 4 and 4
    few = replace(few, logged=np.array([0.5, 0.5, 0.5, 0.5]))
    np.testing.assert_allclose(examination_of(few, np.zeros(4)), [1.0, 0.5])  # 4 and 2


@pytest.mark.law
def test_outcomes_are_records_with_rank_and_propensity(tmp_path):
    """One of no demand on file is counted; the others read back as MatchOutcome."""
    store = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    store.append_all(
        list_events("q1", AT, VERSIONS, [ShownFirm("A", 1, 0.8, 0.5, "D1"), ShownFirm("B", 2, 0.3, 1.0, "D1")])
    )
    store.append_all(list_events("q2", AT, VERSIONS, [ShownFirm("A", 1, 0.8)]))
    store.append(outcome_event("o1", "q1", "A", AT, {"met": True, "kept": True, "solved": True}, None, demand_id="D1"))
    store.append(outcome_event("o2", "q2", "A", AT, {"met": True}, "price"))
    made, without = served_outcomes(feedback_table(store))
    store.close()
    (one,) = from_table(made, MatchOutcome)
    assert (without, one.demand_id, one.enterprise_id, one.rank, one.propensity) == (1, "D1", "A", 1, 0.5)
    assert (one.met, one.solved, one.signed, one.model_version) == (True, True, False, "m")
