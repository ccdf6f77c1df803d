"""Reasons add up, name what happened, and never say the opposite of their column."""

from __future__ import annotations

import numpy as np
import pytest

from data.codebook import reference_path
from data.texts.sentences import read_sentences
from models.chain.investors.columns import PastDeals
from models.chain.investors.funding import day_of
from models.chain.investors.reasons import FILE, Reasons, words


def made(small, firm="F2"):
    finder = small.finder()
    past = PastDeals(finder.funding, day_of(small.DAY), small.PARAMS)
    query = finder.funding.query_of_firms(np.array([finder.funding.rows[firm]]), past.day)
    found = Reasons(finder.model, past, query, finder.labels)
    names = [str(name) for name in finder.funding.investors[past.investors]]
    return found, {name: row for row, name in enumerate(names)}


def test_contributions_add_up_to_the_log_odds(small):
    """Of investors that may be proposed: the parts sum to the log-odds less their mean."""
    found, _ = made(small)
    away = found.log_odds - found.log_odds[found.allowed].mean()
    assert np.allclose(found.contributions.sum(axis=1), away)


def test_reasons_of_a_near_investor_name_firm_day_round_and_activity(small):
    """乙 funded F1, near to F2 in text, class and region, with F2's own investor 甲."""
    found, rows = made(small)
    reasons = {one.column: (one.zh, one.en) for one in found.of(rows["乙资本"])}
    assert reasons["text"][0] == "投过技术相近的企业：一号（相似度 0.71，A轮，2019年9月23日）。"
    assert "一号 (similarity 0.71, A轮, 23 September 2019)" in reasons["text"][1]
    assert "H04N 图像通信" in reasons["field"][0]
    assert "杭州" in reasons["region"][0]
    assert "（甲资本）共同投过 1 家企业" in reasons["co_investors"][0]
    assert "居第 2 位" in reasons["deals"][0]
    assert found.of(rows["乙资本"])[-1].column == "deals"


def test_an_investor_far_from_the_query_has_no_reason_but_its_activity(small):
    """丙 funded a firm of another field and region."""
    found, rows = made(small)
    columns = {one.column for one in found.of(rows["丙资本"])}
    assert "deals" in columns
    assert not columns & {"text", "field", "region", "co_investors"}


def test_funded_firms_have_the_latest_deal_and_who_else_was_in_it(small):
    """The nearest first, with the round, the day and the co-investors of that deal."""
    found, rows = made(small)
    (one,) = found.funded_firms(rows["乙资本"])
    assert (one.firm_id, one.name, one.round, one.date) == ("F1", "一号", "A轮", "2019-09-23")
    assert one.co_investors == ("甲资本",)
    assert one.similarity == pytest.approx(0.5**0.5, rel=1e-6)


def test_every_sentence_reads_in_both_languages():
    """The file follows the rules of sentences, and a figure is needed where it is named."""
    assert set(read_sentences(reference_path(FILE))) >= {"status.found", "reason.person", "note.popularity_as_good"}
    assert words("kind.a") == ("A 轮", "an A round")
    with pytest.raises(KeyError, match="lacks the figure"):
        words("note.unseen")
