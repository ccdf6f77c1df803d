from __future__ import annotations

import re

import pytest

from models.reform.read import StudyError
from serving.console.pages.analyst.reform_check import Filled, faults, filled_number, study_fault, summary
from serving.console.pages.analyst.release import study_of
from tests.serving.console.pages.analyst.test_lever_fields import field

pytestmark = pytest.mark.behaviour
BANK = "policies.standard."


def filled(changes=None, **more):
    return Filled("方案一", changes or {}, **more)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({BANK + "pd_cutoff": 0.0}, "违约概率上限：填写的是 0%，允许：大于 0%，至 100%。"),
        ({BANK + "overdue_refer_days": 30.5}, "转人工逾期天数：填写的是 30.5 天，允许：1 天 至 3,650 天。"),
        ({BANK + "stage_cap_wan.startup": 50.0}, "专家额度上限不得高于阶段额度上限"),
        ({BANK + "min_quota_wan": 1001.0}, "最低额度不得高于"),
        ({BANK + "exposure_cap_wan": 9.0}, "最低额度不得高于"),
        ({BANK + "lgd": 20.0}, "风险溢价与用信率之积须低于违约损失率"),
        ({BANK + "funding_rate": 6.0}, "资金成本率、年利率、最高年利率须依次不降"),
        ({BANK + "products.zheke.min_tenor_months": 40.0}, "最短期限不得长于最长期限"),
        ({BANK + "overdue_refer_days": 100.0}, "转人工的逾期天数不得多于拒绝的逾期天数"),
        ({"stages.startup_below_wan": 3000.0}, "成长阶段的分界须依次递增"),
        ({"weights.growth.rd_intensity": 60.0, "weights.growth.rd_expense": 60.0}, "所填权重之和超过"),
        ({"weight_bounds.largest_base_share": 1.0}, "权重上限过低"),
    ],
)
def test_what_is_wrong_is_said_in_words_before_a_run(packed, view_of, changes, said):
    """One sentence a fault, in Chinese without a key of the program, and another in English."""
    (line,) = faults(view_of(), filled(changes), packed)
    assert said in line
    assert not any(letter.isascii() and letter.isalpha() for letter in line)
    (other,) = faults(view_of(lang="en"), filled(changes), packed)
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in other)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"banks": ()}, "请至少选择一家银行"),
        ({"quick": 1999}, "抽样企业数应为 2,000 至 100,000"),
        ({"quick": -1}, "抽样企业数应为"),
        ({"sweep": BANK + "el_budget_wan", "values": "1"}, "请填写 2 至 12 个"),
        ({"sweep": BANK + "el_budget_wan", "values": "1, two"}, "请填写 2 至 12 个"),
        ({"sweep": BANK + "el_budget_wan", "values": "1, -2"}, "请填写 2 至 12 个"),
        ({"sweep": "no.lever", "values": "1, 2"}, "请填写 2 至 12 个"),
    ],
)
def test_options_that_cannot_be_are_named(packed, view_of, more, said):
    """What is allowed is in the sentence."""
    (line,) = faults(view_of(), filled({BANK + "el_budget_wan": 6.0}, **more), packed)
    assert said in line


@pytest.mark.parametrize("name", ["", "  ", "index", "baseline", "..", "///"])
def test_a_name_that_no_file_can_have_is_refused(packed, view_of, name):
    """Reserved names and names of nothing but signs."""
    (line,) = faults(view_of(), Filled(name), packed)
    assert "方案名称" in line


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("提高上限", "提高上限"),
        ("a/b<c>", "a-b-c"),
        ("../../etc", "etc"),
        ("更高 上限.2", "更高 上限.2"),
        ("x" * 99, "x" * 80),
    ],
)
def test_a_file_is_named_after_the_reform_without_what_could_lead_out(name, file):
    """Letters of any script stay."""
    assert Filled(name).file == file


def test_a_reform_that_can_run_has_no_fault_and_a_line_a_lever(packed, view_of):
    """Several levers stack, a sweep too."""
    changes = {BANK + "el_budget_wan": 6.0, "weights.growth.rd_intensity": 12.0, "policies.*.min_points": 30.0}
    reform = filled(changes, void=True, sweep=BANK + "el_budget_wan", values="1、2，4 6")
    assert faults(view_of(), reform, packed) == []
    lines = summary(view_of(), reform, packed)
    assert "全部银行 · 最低积分：10 分 至 45 分 → 30 分" in lines
    assert "标准示例银行 · 单户预期损失上限（万元）：4 万元 → 6 万元" in lines
    assert "损失率验证：沿用 → 作废" in lines
    assert lines[-1].endswith("1 万元, 2 万元, 4 万元, 6 万元")
    assert len(lines) == 5


def test_the_value_in_force_and_an_empty_field_are_no_change(packed):
    """To the four decimals that the field shows."""
    one = field(packed, BANK + "pd_cutoff")
    assert [filled_number(one, value) for value in (8, "8", 8.00001, "", None, "x", True)] == [None] * 7
    assert filled_number(one, 8.5) == 8.5


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("a: [", "第 2 行第 1 个字符处不符合 YAML 格式", "no YAML: line 2, character 1"),
        ("stages: {a: 1}\nstages: {b: 2}", "第 1 行起的一组中重复填写了 stages", "line 1 of the file has stages twice"),
        ("wieghts: {}", "wieghts 不是可以填写的项目", "wieghts is no key of a reform"),
        ("policies: {standard: {lgdd: 1}}", "policies.standard.lgdd 不是可以填写", "policies.standard.lgdd is no key"),
        ("- weights", "应为若干参数分组：weights", "must hold sections of levers: weights"),
        ("policies: " + 2_000 * "[" + 2_000 * "]", "最多 12 层", "at most 12"),
        ("name: &a {zh: *a}", "最多 12 层", "at most 12"),
        ("policies: {cautious: {lgd: 0.5}}", "只改动了未选择的银行", "only of banks that were not chosen"),
        ('name: "\\a"', "name 含有不能显示的字符", "name has characters that cannot be printed"),
        ("policies: {standard: {lgd: 1e999}}", "填写的 1e999 过大", "has 1e999, which is too large"),
        ("policies: {standard: {lgd: " + 5_000 * "1" + "}}", "不能读取的字符或数字", "a number that cannot be read"),
        ("policies: {standard: gone.yaml}", "引用了 gone.yaml", "names gone.yaml"),
        ("models: ../other", "只能使用本版本的模型和数据", "those of the release alone"),
        ("\n".join(f"a{n}: &a{n} [" + ", ".join(9 * [f"*a{n - 1}" if n else "x"]) + "]" for n in range(9)),
         "最多 20,000 个", "at most 20,000"),
        ("policies: {standard: {lgd: [1]}}", "无法采用：填写的是 [1]", "cannot be taken: [1] was given"),
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_in_the_persons_language(packed, view_of, text, zh, en):
    """None of the reader's English is in the Chinese: a run of its words would be found."""
    with pytest.raises(StudyError) as fault:
        study_of(text, "x", packed, ["standard"])
    chinese, english = (study_fault(view_of(lang=lang), fault.value) for lang in ("zh", "en"))
    assert zh in chinese
    assert en in english
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{3,}", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)
