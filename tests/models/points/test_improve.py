from __future__ import annotations

import math
import re

import pytest

from data.codebook import read_codebook
from features.columns import of_rows
from models.points.improve import Change, advise

pytestmark = pytest.mark.law
BOOK = read_codebook()


def rows(trained, step=41):
    frame = trained.snapshot.frame.iloc[::step]
    return [row for row in frame.to_dict("records") if row["growth_stage"] in trained.engine.points.points]


def total(card, row):
    return card.score_columns(of_rows([row]))["total"][0]


def test_rescoring_the_changed_record_gives_exactly_what_was_promised(trained):
    """The total and every change's own points, to the last bit; and the target is reached or said not to be."""
    card = trained.engine.points
    for row in rows(trained):
        target = min(total(card, row) + 8.0, 129.0)
        advice = advise(card, row, BOOK, target=target)
        after = total(card, {**row, **{change.key: change.to for change in advice.changes}})
        assert advice.total == after
        assert advice.reached == (after >= target)
        for change in advice.changes:
            before, alone = card.earned(of_rows([row, {**row, change.key: change.to}])).points[change.key]
            assert change.points == alone - before > 0


def test_advice_names_only_what_is_hard_to_fake_and_no_more_than_it_needs(trained):
    """Actionable indicators alone, whole numbers where they are counts; dropping any change misses the target."""
    card = trained.engine.points
    for row in rows(trained, 67):
        target = total(card, row) + 12.0
        if target > 125:
            continue
        advice = advise(card, row, BOOK, target=target)
        assert all(BOOK[change.key].actionable for change in advice.changes)
        assert all(change.to == int(change.to) for change in advice.changes if BOOK[change.key].dtype == "int")
        for left_out in advice.changes if advice.reached else ():
            kept = {change.key: change.to for change in advice.changes if change is not left_out}
            assert total(card, {**row, **kept}) < target


def test_no_smaller_set_reaches_the_target(trained):
    """With one change fewer, even the largest ones fall short."""
    card = trained.engine.points
    for row in rows(trained, 67):
        target = total(card, row) + 15.0
        if target > 125 or not (advice := advise(card, row, BOOK, target=target)).reached:
            continue
        whole = advise(card, row, BOOK, target=130.0)
        most = sum(sorted((change.points for change in whole.changes), reverse=True)[: len(advice.changes) - 1])
        assert total(card, row) + most < target


@pytest.mark.contract
def test_a_target_out_of_range_or_a_stage_without_card_is_an_error(trained):
    """What was requested and what is allowed are both named."""
    row = rows(trained)[0]
    with pytest.raises(ValueError, match=r"target is 131 points, allowed: 0 to 130"):
        advise(trained.engine.points, row, BOOK, target=131)
    with pytest.raises(ValueError, match=r"stage is 'unknown', allowed"):
        advise(trained.engine.points, {**row, "growth_stage": "unknown"}, BOOK, target=50)


def test_a_change_reads_as_a_sentence_and_what_is_read_is_what_was_promised(trained):
    """The value in the text, read back from it, is the value that earns the points; missing values are to be filed."""
    card, kinds = trained.engine.points, set()
    for row in rows(trained, 23):
        target = min(total(card, row) + 20.0, 129.0)
        for change in advise(card, row, BOOK, target=target).changes:
            zh, en = change.text
            kinds.add("missing" if change.now is None else "lower" if change.to < change.now else "raise")
            assert "按当前评分卡增加" in zh
            assert en.endswith("points on today's scorecard.")
            assert not re.search(r"[\u4e00-\u9fff]|nan|_", en)
            assert f"{math.floor(change.points * 10 + 1e-7) / 10:.1f} 分" in zh
            shown = {"ratio": f"{change.to:,.1%}", "index": f"{change.to:.2f}"}.get(BOOK[change.key].unit)
            if shown:
                assert shown in zh
                assert shown in en
                assert float(shown.rstrip("%").replace(",", "")) / (100 if "%" in shown else 1) == pytest.approx(
                    change.to
                )
            else:
                assert change.to == pytest.approx(round(change.to, 1), abs=1e-9)
    assert {"missing", "raise"} <= kinds


def test_each_kind_of_change_has_its_sentence():
    """A value to raise, one to lower and one to file."""
    change = Change("rd_intensity", "", "", "ratio", 0.032, 0.061, 4.27)
    assert change.text == (
        "研发费用占营收比重由 3.2% 提高到 6.1%，按当前评分卡增加 4.2 分。",
        "Raise R&D expense to revenue from 3.2% to 6.1%: 4.2 points on today's scorecard.",
    )
    change = Change("debt_to_asset_ratio", "", "", "ratio", 0.7, 0.4, 2.0)
    assert change.text[0] == "资产负债率由 70.0% 降低到 40.0%，按当前评分卡增加 2.0 分。"
    change = Change("patent_quality_index", "", "", "index", None, 0.35, 5.0)
    assert change.text[1] == (
        "Patent quality index (0–1): missing. File it and the real value counts; 0.35 would earn 5.0 points on today's "
        "scorecard."
    )


def test_a_change_is_sent_with_its_sentence():
    """Its figures as they are, and the text in both languages."""
    assert Change("debt_to_asset_ratio", "资产负债率", "Debt-to-asset ratio", "ratio", 0.7, 0.4, 2.0).as_dict() == {
        "key": "debt_to_asset_ratio", "zh": "资产负债率", "en": "Debt-to-asset ratio", "unit": "ratio",
        "now": 0.7, "to": 0.4, "points": 2.0,
        "text_zh": "资产负债率由 70.0% 降低到 40.0%，按当前评分卡增加 2.0 分。",
        "text_en": "Lower debt-to-asset ratio from 70.0% to 40.0%: 2.0 points on today's scorecard.",
    }  # fmt: skip
