"""From a publication number to a list: what is unknown stays unknown, and only earlier deals count."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from data.chain.patent_numbers import PatentNumberError
from models.chain.investors.model import InvestorModelError
from models.chain.investors.shortlist import InvestorFinder, ipc_codes, shares_by_activity
from models.matching.index import DenseIndexError

CAMERA, OF_F2, PLAIN, TODAY = "CN114081026A", "CN114081027A", "CN114081028A", "CN114081029A"


def names(shortlist):
    return [one.investor for one in shortlist.investors]


def test_a_known_number_gives_investors_of_similar_technology_first(small):
    """甲 and 乙 funded firms with cameras; the order is that of the probabilities' bands and log-odds."""
    found = small.finder().find(" cn 114081026 a ", small.DAY)
    assert found.status == "found"
    assert found.publication_number == CAMERA
    assert names(found)[:2] == ["甲资本", "乙资本"]
    assert [one.rank for one in found.investors] == [1, 2, 3, 4]
    assert [firm[0] for firm in found.nearest_firms] == ["F1", "F2"]
    assert found.nodes == (("ipc:H04N", 1.0),)
    for one in found.investors:
        assert 0 < one.low < one.probability < one.high < 1


def test_an_unknown_number_is_never_guessed(small):
    """In no table, or published on the day or later: no investor, and a sentence that says so."""
    for number in ("CN999999999A", TODAY):
        found = small.finder().find(number, small.DAY)
        assert (found.status, found.investors, found.patent, found.nodes) == ("unknown_patent", (), None, ())
        assert "不作推测" in found.text[0]
        assert "nothing is guessed" in found.text[1]
    assert small.finder().find(TODAY, small.DAY + dt.timedelta(days=1)).status == "found"


@pytest.mark.parametrize("number", ["", "camera", "CN114081026", "201710601862.3", "XX1"])
def test_a_number_of_unknown_form_is_an_error(small, number):
    """It names the allowed forms."""
    with pytest.raises(PatentNumberError, match="known form"):
        small.finder().find(number, small.DAY)


def test_no_deals_before_the_day(small):
    """An empty table, and a day before the first deal."""
    for finder, day in ((small.finder(deals=small.DEALS.iloc[:0]), small.DAY), (small.finder(), dt.date(2019, 2, 1))):
        finder.patents["publication_date"] = pd.Timestamp("2018-01-01")
        found = finder.find(CAMERA, day)
        assert (found.status, found.investors) == ("no_deals", ())
        assert json.loads(json.dumps(found.as_dict()))["text_zh"].startswith(
            f"{day.year}年{day.month}月{day.day}日 之前"
        )


def test_deals_of_the_day_or_later_change_nothing(small):
    """The whole answer, figure for figure."""
    later = pd.DataFrame(
        [("F2", pd.Timestamp(small.DAY), "B轮", "丙资本"), ("F5", small.before(-30), "A轮", "己资本")],
        columns=list(small.DEALS),
    )
    after = small.finder(deals=pd.concat([small.DEALS, later]))
    for number in (CAMERA, OF_F2, PLAIN):
        assert after.find(number, small.DAY).as_dict() == small.finder().find(number, small.DAY).as_dict()


def test_an_applicant_among_the_firms_brings_region_and_co_investors(small):
    """F2's investor 甲 is not proposed again, and 乙 has reasons of region and of co-investors."""
    found = small.finder().find(OF_F2, small.DAY)
    assert "甲资本" not in names(found)
    first = found.investors[0]
    assert first.investor == "乙资本"
    assert {"region", "co_investors"} <= {one.column for one in first.reasons}
    assert not any("申请人不在企业库中" in zh for zh, _ in found.notes)


def test_a_patent_without_class_is_found_by_text_and_activity(small):
    """The answer says so, and that the applicant is unknown."""
    found = small.finder().find(PLAIN, small.DAY)
    assert len(found.investors) == 4
    assert found.nodes == ()
    zh = "".join(one for one, _ in found.notes)
    assert "没有 IPC 分类或环节" in zh
    assert "申请人不在企业库中" in zh


def test_a_person_is_a_name_only(small):
    """No deals, firms, dates or reasons of a person."""
    for number in (CAMERA, OF_F2, PLAIN):
        found = small.finder().find(number, small.DAY)
        (person,) = [one for one in found.investors if one.kind == "person"]
        assert (person.deals, person.popularity_rank, person.last_deal, person.funded_firms) == (None, None, None, ())
        assert [one.column for one in person.reasons] == ["person"]


def test_no_investor_s_reasons_name_a_person(small):
    """Named beside 乙, or as an earlier investor of F2, 丁某 would be tied to a deal, its firm and its day."""
    more = pd.DataFrame(
        [("F1", small.before(100), "A轮", "丁某"), ("F2", small.before(200), "天使轮", "丁某")],
        columns=list(small.DEALS),
    )
    found = small.finder(deals=pd.concat([small.DEALS, more])).find(OF_F2, small.DAY)
    first = found.investors[0]
    assert [(one.firm_id, one.co_investors) for one in first.funded_firms] == [("F1", ("甲资本",))]
    assert [one.en for one in first.reasons if one.column == "co_investors"] == [
        "Funded 1 firm together with investors of this firm (甲资本)."
    ]
    found = small.finder(deals=pd.concat([small.DEALS, more])).find(CAMERA, small.DAY)
    assert "丁某" not in str([(one.funded_firms, one.reasons) for one in found.investors])


def test_the_answer_says_where_popularity_does_as_well(small):
    """By the interval of the model's last test."""
    for comparison, as_good, words in (
        (small.NOT_SHOWN, True, "Popularity does as well"),
        (small.SHOWN, False, "percentage points above that of popularity"),
    ):
        found = small.finder(comparison).find(CAMERA, small.DAY)
        assert found.popularity_as_good is as_good
        assert words in found.notes[0][1]
        unknown = small.finder(comparison).find("CN999999999A", small.DAY)
        assert unknown.popularity_as_good is as_good


def test_a_firm_that_is_left_out_is_neither_used_nor_named(small):
    """The answer is that of tables without the firm's deals, and its name is nowhere; nor is the applicant's."""
    finder = small.finder()
    for number, firm in ((CAMERA, "F1"), (OF_F2, "F2"), (CAMERA, "F9")):
        found = finder.find(number, small.DAY, without={firm, "nobody"})
        other = small.finder(deals=small.DEALS[small.DEALS["firm_id"] != firm])
        if firm != "F2":
            plain = other.find(number, small.DAY)
            assert [one.investor for one in found.investors] == names(plain)
            assert [one.probability for one in found.investors] == [one.probability for one in plain.investors]
        sent = json.dumps(found.as_dict(), ensure_ascii=False)
        assert firm not in sent
        assert finder.labels.firms.get(firm, firm) not in sent
    assert "申请人不在企业库中" in "".join(zh for zh, _ in finder.find(OF_F2, small.DAY, without=["F2"]).notes)
    assert "F1" in json.dumps(finder.find(CAMERA, small.DAY).as_dict())


def test_a_list_is_as_long_as_wanted(small):
    """The first of the longer list."""
    finder = small.finder()
    assert names(finder.find(CAMERA, small.DAY, 2)) == names(finder.find(CAMERA, small.DAY))[:2]


def test_shares_by_activity_by_hand():
    """Of 20 investors the first two are the most active tenth; from the eleventh on they are the other half."""
    assert shares_by_activity(np.array([1, 2, 3, 10, 11]) / 20) == pytest.approx(
        {"top_tenth": 0.4, "next_four_tenths": 0.4, "lower_half": 0.2}
    )
    assert sum(shares_by_activity(np.zeros(0)).values()) == 0.0


def test_subclasses_of_ipc_codes():
    """The first four characters, each once."""
    assert ipc_codes(["H04N21/44", " H04N7/18", "G06V", ""]) == ["ipc:G06V", "ipc:H04N"]


def test_the_answer_can_be_sent(small):
    """Plain values, both languages, and the digest of the model."""
    finder = small.finder()
    made = json.loads(json.dumps(finder.find(OF_F2, small.DAY).as_dict(), ensure_ascii=False))
    assert made["model"] == finder.model.digest
    assert made["investors"][0]["reasons"][0].keys() == {"column", "contribution", "text_zh", "text_en"}
    assert made["as_of"] == "2020-01-01"
    assert made["notes"][0].keys() == {"text_zh", "text_en"}


def test_a_saved_folder_gives_the_same_answers(small, tmp_path):
    """And another encoder's is refused, as is a folder without a model."""
    made = small.finder()
    made.save(tmp_path)
    again = InvestorFinder.load(tmp_path, small.TopicEncoder())
    for number in (CAMERA, OF_F2, PLAIN, "CN999999999A"):
        assert again.find(number, small.DAY).as_dict() == made.find(number, small.DAY).as_dict()
    other = small.TopicEncoder()
    other.digest = "others"
    with pytest.raises(DenseIndexError, match="made by encoder"):
        InvestorFinder.load(tmp_path, other)
    with pytest.raises(InvestorModelError):
        InvestorFinder.load(tmp_path / "nowhere", other)
