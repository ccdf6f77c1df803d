"""What is learned of investors: only from earlier windows, and a preference is found exactly where one is planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.chain.investors.columns import COLUMNS
from models.chain.investors.funding import Funding
from training.chain.investors import compare, fit, last_windows, popularity, recall, window, windows

END = int(pd.Timestamp("2018-01-01").timestamp()) // 86_400


def only_before(funding, day):
    """The same funding without deals of the day or later."""
    kept = funding.deal_day < day
    names = ("deal_firm", "deal_investor", "deal_round", "deal_day")
    return replace(funding, **{name: getattr(funding, name)[kept] for name in names})


def test_a_planted_preference_is_found_and_beats_popularity(planted, investor_params):
    """The field's weight is the largest of those near the query, and the gain's interval lies above 0."""
    start = END - investor_params.window_days
    model = fit(planted, start, investor_params)
    weights = dict(zip(COLUMNS, model.weights, strict=True))
    assert weights["field"] > 0.5
    last = window(planted, start, END, investor_params.columns)
    found = compare(model, [last], investor_params)
    assert found.low > 0.1
    assert not found.popularity_as_good
    scores, allowed = model.scores(last.past, last.query)
    promised = np.vectorize(lambda one: model.band(one).probability[0])(scores[allowed])
    assert promised.sum() == pytest.approx(last.funded.sum(), rel=0.3)


def test_without_a_preference_popularity_is_as_good(popular_only, investor_params):
    """No gain is shown where none is."""
    start = END - investor_params.window_days
    model = fit(popular_only, start, investor_params)
    last = window(popular_only, start, END, investor_params.columns)
    assert compare(model, [last], investor_params).popularity_as_good


def test_nothing_of_the_day_or_later_is_learned(planted, investor_params):
    """The model of all deals and that of the deals before the day are the same, figure for figure."""
    start = END - investor_params.window_days
    assert fit(only_before(planted, start), start, investor_params) == fit(planted, start, investor_params)


def test_windows_are_in_order_and_end_before_the_day(planted, investor_params):
    """Each a step before the one above, none with fewer earlier deals than wanted."""
    found = windows(planted, END, investor_params)
    days = [one.past.day for one in found]
    assert days[0] == END - investor_params.window_days
    assert set(np.diff(days)) == {-investor_params.step_days}
    assert len(found[-1].past.deal) >= investor_params.least_deals


def test_too_few_windows_are_an_error(planted, investor_params):
    """It says how many there are and how many are needed; so does an empty table of deals."""
    early = int(planted.deal_day.min()) + 500
    for funding in (planted, only_before(planted, 0)):
        with pytest.raises(ValueError, match=r"found 0 windows of 365 days .* allowed: 2 or more"):
            fit(funding, early, investor_params)


def small_window(params):
    """甲 is in F1 and F2 before the day; on it F1 gets 乙 (known) and 丙 (new), F2 gets 丁 (new), F3 甲 and 乙."""
    rows = [("F1", "2020-01-01", "甲"), ("F2", "2020-01-01", "甲"), ("F2", "2020-01-01", "乙"),
            ("F1", "2021-01-01", "乙"), ("F1", "2021-01-01", "丙"), ("F1", "2021-01-01", "甲"),
            ("F2", "2021-01-02", "丁"), ("F3", "2021-01-03", "甲"), ("F3", "2021-01-03", "乙")]  # fmt: skip
    deals = pd.DataFrame(rows, columns=["firm_id", "date", "investor"]).assign(round="A轮")
    firms = pd.DataFrame({"firm_id": ["F1", "F2", "F3"], "region": None})
    none = pd.DataFrame({"firm_id": [], "document_id": [], "date": pd.to_datetime([])})
    codes = pd.DataFrame({"firm_id": [], "code": [], "weight": [], "date": pd.to_datetime([])})
    funding = Funding.of(firms, deals, none, np.zeros((0, 1), np.float32), codes, "none")
    day = int(pd.Timestamp("2021-01-01").timestamp()) // 86_400
    return window(funding, day, day + 100, params.columns)


def test_a_window_counts_new_investors_known_and_unseen(investor_params):
    """By hand: F1 has one known and one unseen, F2 only an unseen one, F3 two known; 甲 again in F1 is not new."""
    one = small_window(investor_params)
    assert one.past.funding.firm_ids[one.firms].tolist() == ["F1", "F3"]
    assert one.edges.tolist() == [2, 2]
    assert (one.others, one.other_edges) == (1, 1)
    assert one.funded.sum() == 3
    assert one.unseen_share == pytest.approx(2 / 5)
    assert one.newcomer.tolist() == [False, True]


def test_recall_by_hand(investor_params):
    """By popularity 甲 (2 deals) is before 乙 (1). F1 has 甲 already, so 乙 is first; F3 finds both."""
    one = small_window(investor_params)
    found = recall(popularity(one)["popularity"], one)
    assert found.within[5].tolist() == [1.0, 1.0]
    assert found.reciprocal_rank.tolist() == [1.0, 1.0]
    turned = recall(-popularity(one)["popularity"], one)
    assert turned.reciprocal_rank.tolist() == [1.0, 1.0]


def test_drawn_pairs_give_nearly_the_same_weights(planted, investor_params):
    """A fifth of the pairs without funding, weighed up."""
    start = END - investor_params.window_days
    whole = fit(planted, start, investor_params)
    drawn = fit(planted, start, replace(investor_params, pairs=1_500))
    assert np.allclose(drawn.weights, whole.weights, atol=0.35)


def test_the_last_windows_are_compared_together(planted, investor_params):
    """Three windows one after the other; the rows are those of each alone, and the days are named."""
    params = replace(investor_params, test_windows=3)
    tested = last_windows(planted, END, params)
    assert [one.past.day for one in tested] == [END - 3 * 365, END - 2 * 365, END - 365]
    model = fit(planted, tested[0].past.day, params)
    found = compare(model, tested, params)
    alone = [compare(model, [one], params) for one in tested]
    assert found.firms == sum(one.firms for one in alone)
    assert found.gain == pytest.approx(sum(one.gain * one.firms for one in alone) / found.firms)
    assert (found.first_day, found.last_day) == ("2015-01-02", "2017-12-31")
