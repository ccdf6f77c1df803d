"""A loss certificate made by hand: what it says of itself, what it opens, and what its file must hold."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models.quota.certificate import (
    CertificateStatement,
    LossCertificate,
    loans_covered,
    not_assessed,
    read_certificates,
    taper_factor,
    trial,
    write_certificates,
)
from models.risk.model import ModelFileError
from tests.models.quota.test_answer import answer_of

pytestmark = pytest.mark.law
EXPECTED = CertificateStatement("expected", True, 0.0100, 0.10, 0.90, None, 0.0, None)
NEXT_210 = CertificateStatement("realised", True, 0.0200, 0.10, 0.75, 210, 0.0, None)
YEARS = CertificateStatement("realised", False, 0.0200, 0.10, 0.75, 210, 0.04, 8_958)
GIVEN = LossCertificate(
    bank_id="one", version="one-1", policy="p" * 64, models="m" * 64, parameters="t" * 64, cohort="c" * 64,
    status="certified", statements=(EXPECTED, NEXT_210, YEARS), n=2_281, firms=1_310, vintages=8, first_year=2014,
    last_year=2021, loss_rate=0.0047, loss_rate_bound=0.0089, taper_end_pd=0.04, largest_wan=300.0, total_wan=15_000.0,
    approved_share=0.6239,
)  # fmt: skip
REFUSED = replace(
    GIVEN,
    status="not_certified",
    statements=(replace(EXPECTED, certified=False, n_needed=3_000), replace(NEXT_210, certified=False, n_needed=5_000)),
    taper_end_pd=None,
    largest_wan=None,
)

SAYS_EXPECTED = (
    "预期损失率验证已通过：依据 1,310 家企业 2,281 笔表现期已满的贷款，按本政策放款的预期损失率不高于 1.00%"
    "（置信度 90%）。"
    "适用于与样本同类的企业、期限不超过 12 个月的创新积分贷、单笔以 300 万元为限，以及 2014–2021 年的平均环境；"
    "单个组合或单一年度的损失率可能更高。",
    "Expected loss rate certified: on 2,281 seasoned loans of 1,310 firms, the expected loss rate under this policy is "
    "at most 1.00% (90% confidence). It holds for firms like these, innovation-points loans of up to 12 months, each "
    "up to CNY 3,000,000, and the average of the years 2014–2021; one portfolio or one year can lose more.",
)
SAYS_NEXT = (
    "组合损失率验证已通过（今后 210 笔贷款，违约相关系数 {rho}）：以 75% 的置信度，这些贷款的实际损失率超过 2.00% "
    "的概率不高于 10%。依据 8 个放款批次 2,281 笔表现期已满的贷款；适用于同类企业期限不超过 12 个月的创新积分贷，"
    "单笔以 300 万元为限计算，合计不少于 15,000 万元。",
    "Realised loss rate certified for the next 210 loans at default correlation {rho}: with 75% confidence, the chance "
    "that they lose more than 2.00% of their amount is at most 10%. Based on 2,281 seasoned loans of 8 vintages; it "
    "holds for innovation-points loans of up to 12 months to firms like these that, each counted up to CNY 3,000,000, "
    "total at least CNY 150,000,000.",
)
INDEPENDENT = (
    "假定违约相互独立，不适用于经济下行。",
    "Defaults are assumed independent; a downturn is not covered.",
)
NOT_AT_04 = (
    "损失率验证未通过（今后 210 笔贷款，损失率不高于 2.00%，违约相关系数 0.04）：现有 2,281 笔表现期已满的贷款，"
    "按当前损失率共需约 8,958 笔。",
    "Not certified (next 210 loans, loss rate of at most 2.00%, default correlation 0.04): 2,281 seasoned loans; about "
    "8,958 in all would be needed at today's loss rate.",
)
APPROVED = (
    "在此条件下，样本各放款批次的贷款若重新申请，仍获通过的比例最低为 62.3%。",
    "Under it, at least 62.3% of the loans granted in every vintage of the sample would still be approved.",
)
BEYOND = (
    "本次测算超出验证范围（限创新积分贷、期限不超过 12 个月、单笔以 300 万元为限），超出部分执行专家额度上限。",
    "This quota goes beyond the certificate (innovation-points loans of up to 12 months, each up to CNY 3,000,000); "
    "beyond it expert caps apply.",
)
EXPERT = ("执行专家额度上限。", "Expert caps apply.")
NEVER_ASKED = (
    "该政策和所用模型尚未做损失率验证，或验证已失效；执行专家额度上限。",
    "This policy with these models has not been assessed, or its certificate is void. Expert caps apply.",
)


def after_one_another(*texts: tuple[str, str]) -> tuple[str, str]:
    return "".join(zh for zh, _ in texts), " ".join(en for _, en in texts)


def at_rho(rho: str) -> tuple[str, str]:
    return SAYS_NEXT[0].format(rho=rho), SAYS_NEXT[1].format(rho=rho)


SAID = [SAYS_EXPECTED, at_rho("0.00"), INDEPENDENT, NOT_AT_04, APPROVED]


def test_every_statement_is_a_sentence_and_the_smallest_approved_share_ends_it():
    """Independent defaults are said to be so; 62.39 % are at least 62.3 %; what lies beyond it opens the text."""
    assert GIVEN.text() == GIVEN.text(covered=True) == after_one_another(*SAID)
    assert GIVEN.text(covered=False) == after_one_another(BEYOND, *SAID)


USED_UP = (
    "损失率验证已用完：验证适用于本行今后 210 笔贷款，均已发放；本次测算执行专家额度上限。",
    "The certificate is used up: it covered the bank's next 210 loans, and all of them have been granted. Expert caps "
    "apply to this calculation.",
)


def test_it_holds_for_the_fewest_next_loans_of_what_is_certified():
    """210 and 1,000: 210. A statement that is not certified, or names no number, does not count."""
    next_1000, not_50 = replace(NEXT_210, next_loans=1_000), replace(NEXT_210, next_loans=50, certified=False)
    assert loans_covered((EXPECTED, next_1000, NEXT_210, not_50)) == 210
    assert loans_covered((EXPECTED, next_1000)) == 1_000
    assert loans_covered((EXPECTED, not_50)) is None
    assert loans_covered(()) is None


def test_after_its_last_loan_it_decides_nothing_and_says_so():
    """209 granted: as it was issued. 210 and more: no taper, no largest amount, and the text opens with why."""
    assert GIVEN.after(0) is GIVEN
    assert GIVEN.after(209) is GIVEN
    for granted in (210, 211):
        assert GIVEN.after(granted) == replace(GIVEN, taper_end_pd=None, largest_wan=None)
        for covered in (None, True, False):
            assert GIVEN.text(covered, granted) == after_one_another(USED_UP, *SAID)
        zh, en = GIVEN.text(granted=granted)
        wanted = GIVEN.answer(False) | {"text_zh": zh, "text_en": en}
        assert GIVEN.answer(False, 0.0, granted) == wanted
        assert wanted["certificate"] == GIVEN.digest
    assert GIVEN.text(False, 209) == GIVEN.text(covered=False)
    one_loan = replace(GIVEN, statements=(replace(NEXT_210, next_loans=1),))
    assert one_loan.text() == one_loan.text(granted=0) != one_loan.text(granted=1)
    assert one_loan.answer() == one_loan.answer(granted=0) != one_loan.answer(granted=1)
    never = not_assessed("one", "one-1", "p" * 64)
    assert never.after(1_000_000) is never
    assert REFUSED.text(False, 210) == REFUSED.text(False)


def test_a_correlated_statement_does_not_say_that_defaults_are_independent():
    """At .04 the sentence ends with the total; the expected rate has no such sentence at all."""
    one = replace(GIVEN, statements=(EXPECTED, replace(NEXT_210, rho=0.04)))
    assert one.text() == after_one_another(SAYS_EXPECTED, at_rho("0.04"), APPROVED)


# the statement that is not certified -> its sentence: loans needed, or none would do, or those at hand passed this test
NOT_GIVEN = [
    (
        replace(EXPECTED, certified=False, n_needed=2_282),
        "Not certified (expected loss rate of at most 1.00%): 2,281 seasoned loans; about 2,282 in all would be needed "
        "at today's loss rate.",
    ),
    (
        replace(EXPECTED, certified=False, n_needed=2_281),
        "The test of an expected loss rate of at most 1.00% was passed on 2,281 seasoned loans, but is not used because"
        " the other test was not passed.",
    ),
    (
        replace(EXPECTED, certified=False),
        "Not certified (expected loss rate of at most 1.00%): 2,281 seasoned loans; at today's loss rate more loans "
        "would not help.",
    ),
    (YEARS, NOT_AT_04[1]),
    (
        replace(YEARS, n_needed=1_000),
        "The test of the next 210 loans' loss rate of at most 2.00% at default correlation 0.04 was passed on 2,281 "
        "seasoned loans, but is not used because the other test was not passed.",
    ),
    (
        replace(YEARS, n_needed=None),
        "Not certified (next 210 loans, loss rate of at most 2.00%, default correlation 0.04): 2,281 seasoned loans; "
        "at today's loss rate more loans would not help.",
    ),
]


@pytest.mark.parametrize(("statement", "english"), NOT_GIVEN)
def test_what_is_not_certified_says_what_would_be_needed(statement, english):
    """More loans, none, or only the other test; then the expert caps apply, whatever the amount."""
    refused = replace(REFUSED, statements=(statement,))
    for covered in (None, True, False):
        assert refused.text(covered)[1] == f"{english} Expert caps apply."
    assert refused.text()[0].endswith(EXPERT[0])


def test_the_answer_holds_every_figure_of_the_certificate():
    """All members of ``loss_certificate``, of a loan that is covered with 120 wan and of one that is not."""
    zh, en = GIVEN.text()
    wanted = {
        "status": "certified", "loss_cap": 0.01, "delta": 0.1, "n": 2_281, "n_needed": None, "bound": 0.0089,
        "taper_end_pd": 0.04, "method": "fixed-sequence test; bets, mixed Poisson counts", "cohort": "c" * 12,
        "covered": True, "covered_wan": 120.0, "largest_wan": 300.0, "total_wan": 15_000.0, "tenor_months": 12,
        "approved_share": 0.6239, "certificate": GIVEN.digest, "text_zh": zh, "text_en": en,
        "statements": [
            {"kind": "expected", "certified": True, "cap": 0.01, "delta": 0.1, "confidence": 0.9, "next_loans": None,
             "rho": 0.0, "n_needed": None},
            {"kind": "realised", "certified": True, "cap": 0.02, "delta": 0.1, "confidence": 0.75, "next_loans": 210,
             "rho": 0.0, "n_needed": None},
            {"kind": "realised", "certified": False, "cap": 0.02, "delta": 0.1, "confidence": 0.75, "next_loans": 210,
             "rho": 0.04, "n_needed": 8_958},
        ],
    }  # fmt: skip
    assert GIVEN.answer(True, 120.0) == wanted
    zh, en = GIVEN.text(covered=False)
    assert GIVEN.answer(False) == wanted | {"covered": False, "covered_wan": 0.0, "text_zh": zh, "text_en": en}
    zh, en = GIVEN.text()
    assert GIVEN.answer() == wanted | {"covered": False, "covered_wan": 0.0, "text_zh": zh, "text_en": en}


@pytest.mark.parametrize("changed", [{"existing_debt_wan": 400.0}, {"dishonest_debtor": 1.0}])
def test_without_a_quota_nothing_is_said_of_one_beyond_the_certificate(measured, bank, firm_row, certificate, changed):
    """200 wan at a PD of 1 % go beyond the 150 that are covered; too much debt or a flag leaves none to speak of."""
    given, refused = (
        answer_of(measured, bank, firm_row | change, certificate, pd_12m=0.01) for change in ({}, changed)
    )
    assert (given["quota"]["amount_wan"], refused["quota"]["amount_wan"]) == (200, 0)
    assert given["loss_certificate"]["text_en"].startswith("This quota goes beyond the certificate")
    assert refused["loss_certificate"] == certificate.answer(None, 0.0)
    assert "goes beyond" not in refused["loss_certificate"]["text_en"]
    assert "超出" not in refused["loss_certificate"]["text_zh"]
    assert not refused["loss_certificate"]["covered"]


# loans that the first two statements need, and a third at another correlation -> loans needed in all
@pytest.mark.parametrize(
    ("needed", "in_all"),
    [((3_000, 5_000, 9_000), 5_000), ((5_000, 3_000), 5_000), ((None, 3_000), None), ((3_000, None), None), ((), None)],
)
def test_the_loans_needed_are_those_of_the_two_statements_that_decide(needed, in_all):
    """The larger of the expected rate's and the first realised one's; unknown where one of them cannot be had."""
    refused = replace(REFUSED, statements=tuple(replace(NEXT_210, certified=False, n_needed=n) for n in needed))
    answer = refused.answer(True, 0.0)
    assert (answer["status"], answer["n_needed"], answer["covered"]) == ("refused", in_all, False)


def test_a_certified_one_needs_no_more_loans():
    """Whatever a statement still names."""
    named = (replace(EXPECTED, n_needed=10), replace(NEXT_210, n_needed=20))
    assert replace(GIVEN, statements=named).answer()["n_needed"] is None


def test_what_nobody_requested_about_says_so():
    """No statement, no figure, no digest; the expert caps apply."""
    blank = not_assessed("one", "one-1", "p" * 64)
    assert blank == LossCertificate("one", "one-1", "p" * 64, "", "", "", "not_assessed", ())
    assert not_assessed("one", "one-1", "p" * 64, "m" * 64).models == "m" * 64
    assert blank.text() == blank.text(covered=False) == NEVER_ASKED
    assert blank.answer() == {
        "status": "refused", "loss_cap": 0.0, "delta": 0.0, "n": 0, "n_needed": None, "bound": None,
        "taper_end_pd": None,
        "method": "fixed-sequence test; bets, mixed Poisson counts", "cohort": "", "covered": False,
        "covered_wan": 0.0, "largest_wan": None, "total_wan": None, "tenor_months": 12, "approved_share": None,
        "statements": [], "certificate": "", "text_zh": NEVER_ASKED[0], "text_en": NEVER_ASKED[1],
    }  # fmt: skip


def test_a_trial_opens_amounts_and_claims_nothing_else():
    """The same blank certificate with its taper and its largest amount."""
    blank = not_assessed("one", "one-1", "p" * 64)
    assert trial(blank, 0.04, 300.0) == replace(blank, status="certified", taper_end_pd=0.04, largest_wan=300.0)


def test_the_taper_is_whole_up_to_half_its_end():
    """End 4 %: 2 (1 - pd / .04), kept within 0 and 1."""
    pd_12m = np.array([0.0, 0.01, 0.02, 0.025, 0.03, 0.039, 0.04, 0.5])
    assert taper_factor(pd_12m, 0.04) == pytest.approx([1.0, 1.0, 1.0, 0.75, 0.5, 0.05, 0.0, 0.0], abs=1e-12)


def test_a_file_gives_back_the_certificates_of_these_models(tmp_path):
    """By policy; those of other models are left out, and without a file there is none."""
    path = tmp_path / "new/folder/certificates.json"
    assert read_certificates(path, "m" * 64) == {}
    other = replace(GIVEN, policy="q" * 64, models="n" * 64)
    refused = replace(REFUSED, policy="r" * 64, version="one-銀")
    write_certificates(path, iter([GIVEN, other, refused]))
    assert read_certificates(path, "m" * 64) == {"p" * 64: GIVEN, "r" * 64: refused}
    assert read_certificates(path, "n" * 64) == {"q" * 64: other}
    text = path.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert "one-銀" in text
    rows = json.loads(text)["certificates"]
    assert [row["digest"] for row in rows] == [GIVEN.digest, other.digest, refused.digest]
    assert rows[0]["statements"][1] == {
        "kind": "realised", "certified": True, "cap": 0.02, "delta": 0.1, "confidence": 0.75, "next_loans": 210,
        "rho": 0.0, "n_needed": None,
    }  # fmt: skip
    write_certificates(path, [GIVEN])  # over the old one, in a folder that exists
    assert read_certificates(path, "m" * 64) == {"p" * 64: GIVEN}
    assert path.read_text(encoding="utf-8").splitlines()[:4] == [
        "{", ' "certificates": [', "  {", '   "approved_share": 0.6239,',
    ]  # fmt: skip


@pytest.mark.contract
@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda file: file["certificates"][0].update(largest_wan=301.0), "of one-1 was changed after it was issued"),
        (lambda file: file["certificates"][0].update(policy="x" * 64), "of one-1 was changed after it was issued"),
        (lambda file: file["certificates"][0]["statements"][0].update(cap=0.02), "was changed after it was issued"),
        (lambda file: file["certificates"][0].pop("digest"), "'digest'"),
        (lambda file: file["certificates"][0].update(colour="red"), "colour"),
        (lambda file: file.pop("certificates"), "'certificates'"),
    ],
)
def test_a_changed_file_is_refused(tmp_path, spoil, fault):
    """One figure, one member more or less: the file is named, and which certificate."""
    path = tmp_path / "certificates.json"
    write_certificates(path, [GIVEN])
    file = json.loads(path.read_text(encoding="utf-8"))
    spoil(file)
    path.write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"^certificates\.json is no file of loss certificates: ") as refused:
        read_certificates(path, "m" * 64)
    assert fault in str(refused.value)
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"^certificates\.json is no file of loss certificates: "):
        read_certificates(path, "m" * 64)


NOBODY_KNOWS = (
    "本企业不在部门登记数据中，损失率验证不适用；执行专家额度上限。",
    "No agency's record holds this firm, so the certificate does not cover it; expert caps apply.",
)


def test_a_firm_that_a_caller_alone_knows_is_not_covered_and_the_text_says_so():
    """As after its last loan, from the first on; both said where both hold, and none where nothing was certified."""
    ended = replace(GIVEN, taper_end_pd=None, largest_wan=None)
    assert GIVEN.after(0, brought=True) == GIVEN.after(210, brought=True) == ended
    for covered in (None, True, False):
        assert GIVEN.text(covered, 209, brought=True) == after_one_another(NOBODY_KNOWS, *SAID)
        assert GIVEN.text(covered, 210, brought=True) == after_one_another(USED_UP, NOBODY_KNOWS, *SAID)
    zh, en = GIVEN.text(brought=True)
    wanted = GIVEN.answer(False) | {"text_zh": zh, "text_en": en}
    assert GIVEN.answer(False, brought=True) == wanted
    assert (wanted["covered"], wanted["covered_wan"]) == (False, 0.0)
    for status in ("not_certified", "not_assessed"):
        other = replace(GIVEN, status=status)
        assert other.text(False, brought=True) == other.text(False)
        assert other.ends(210, brought=True) == []
    assert GIVEN.ends(209) == []
