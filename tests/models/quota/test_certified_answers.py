"""What a loss certificate changes in an answer, what it says, and what loses it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from models.quota.certificate import read_certificates, write_certificates
from models.quota.decide import decide_columns
from models.quota.engine import case_rows
from models.risk.model import ModelFileError
from tests.models.quota.conftest import AMOUNT, BOOK, ask_all, certificate, request

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def trained(trained, in_climate):
    """The small cohort's models where defaults are as frequent as in the zone, so that a bank lends at all."""
    return SimpleNamespace(**vars(trained) | {"engine": in_climate(trained.engine, trained.snapshot.frame, 0.025)})


def test_every_answer_says_whether_it_is_certified_and_a_refused_one_keeps_the_expert_caps(
    trained, certified_engine, odd_frame
):
    """Certified, 12 months: the stage caps and the taper; longer or refused: the expert caps, untapered."""
    policy, engine, count = trained.policy, trained.engine, len(odd_frame)
    measured = engine.measure(odd_frame)
    ample = {name: measured[name] * 10 for name in ("capacity_low_wan", "capacity_median_wan")}
    measured = measured.with_columns(**ample, total=measured["total"] * 1.5)

    def decide(one, months: int):
        columns = {"requested_amount_cny": np.full(count, AMOUNT), "tenor_months": np.full(count, months)}
        return decide_columns(measured, columns, policy, one.certificate(policy))

    plain, certified = decide(trained.engine, 12), decide(certified_engine, 12)
    expert, whole = (
        np.array([caps.get(stage, 0.0) for stage in odd_frame["growth_stage"]])
        for caps in (policy.expert_cap_wan, policy.stage_cap_wan)
    )
    assert (plain.amount_wan <= expert).all()
    assert (certified.amount_wan <= whole).all()
    assert (certified.amount_wan[measured["pd_12m"] >= 0.05] == 0).all()
    assert (certified.amount_wan > plain.amount_wan).any()
    assert (decide(trained.engine, 13).amount_wan == decide(certified_engine, 13).amount_wan).all()
    row = odd_frame.to_dict("records")[0]
    for one, status in ((trained.engine, "refused"), (certified_engine, "certified")):
        known = dict.fromkeys(BOOK.keys)
        assert one.decide_row(row, known, request(row["uscc"]), policy)["loss_certificate"]["status"] == status


@pytest.mark.contract
def test_a_certificate_is_read_for_its_policy_and_models_to_the_byte_and_never_changed(trained, tmp_path):
    """Other models, another policy or one changed figure lose it; a certificate changed by hand is an error."""
    path = tmp_path / "certificates.json"
    engine, policy = trained.engine, trained.policy
    assert read_certificates(path, engine.models_digest) == {}
    issued = certificate(engine, policy)
    write_certificates(path, [issued])
    assert read_certificates(path, engine.models_digest) == {policy.digest: issued}
    assert read_certificates(path, "other models") == {}
    written = path.read_text(encoding="utf-8")
    for before, after in (('"cap": 0.02', '"cap": 0.002'), ('"largest_wan": 260.0', '"largest_wan": 2600.0')):
        assert before in written
        path.write_text(written.replace(before, after), encoding="utf-8")
        with pytest.raises(ModelFileError, match=r"certificates\.json.*changed after it was issued"):
            read_certificates(path, engine.models_digest)
    path.write_text('{"x": {"status": "certified"}}', encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"certificates\.json"):
        read_certificates(path, engine.models_digest)


@pytest.mark.law
def test_one_changed_figure_of_a_policy_or_of_the_models_loses_the_certificate(trained, certified_engine):
    """Also with the same version number: two banks' policies of one version never meet."""
    policy = trained.policy
    assert certified_engine.certificate(policy).status == "certified"
    for change in ({"el_budget_wan": policy.el_budget_wan + 0.001}, {"bank_id": "another"}, {"min_points": 20.5}):
        other = policy.model_copy(update=change)
        assert other.version == policy.version
        assert certified_engine.certificate(other).status == "not_assessed"
    grades = trained.engine.risk.grades
    moved = replace(trained.engine.risk, grades=(replace(grades[0], upper_pd=grades[0].upper_pd * 1.001), *grades[1:]))
    assert replace(trained.engine, risk=moved).models_digest != trained.engine.models_digest


@pytest.mark.law
def test_a_loan_beyond_the_limits_gets_the_expert_caps_and_is_answered_without_the_certificate(trained, odd_rows):
    """Covered: at most the largest amount, twelve months. Eighteen months, or more by the expert caps: not covered."""
    policy, seen = trained.policy, set()
    small = certificate(trained.engine, policy, largest_wan=40.0)
    certified_engine = replace(trained.engine, certificates={policy.digest: small})
    rows = odd_rows[: len(trained.snapshot.frame) : 9]
    every = zip(
        rows,
        ask_all(trained.engine, rows, policy, tenor=12),
        ask_all(certified_engine, rows, policy, tenor=12),
        ask_all(certified_engine, rows, policy, tenor=18),
        ask_all(trained.engine, rows, policy, tenor=18),
        ask_all(certified_engine, rows, policy, tenor=12, amount=400_000),
        strict=True,
    )
    for (row, _), plain, result, long, plain_long, requested_less in every:
        stage = row["growth_stage"]
        assert not plain["loss_certificate"]["covered"]
        assert not long["loss_certificate"]["covered"]
        assert long["quota"] == plain_long["quota"]
        assert requested_less["quota"]["amount_wan"] <= result["quota"]["amount_wan"]
        seen.add((result["loss_certificate"]["covered"], result["quota"]["amount_wan"] > 0))
        if result["loss_certificate"]["covered"]:
            assert result["quota"]["amount_wan"] <= 40
            assert result["quota"]["cap_wan"] == policy.stage_cap_wan[stage]
            assert "超出验证范围" not in result["loss_certificate"]["text_zh"]
        elif result["outcome"] == "preapproved":
            assert result["quota"]["cap_wan"] == policy.expert_cap_wan[stage]
            assert 40 <= result["quota"]["amount_wan"] <= plain["quota"]["amount_wan"]
            assert result["loss_certificate"]["covered_wan"] == 40
            assert "expert caps apply" in result["loss_certificate"]["text_en"]
    assert {(True, True), (False, True)} <= seen


@pytest.mark.law
def test_once_all_its_loans_are_granted_the_expert_caps_decide_in_an_answer_and_in_a_table(trained, certified_engine):
    """The 211th: whatever was decided comes out as without any certificate; the 210th, and another's 210: as before."""
    policy, frame, plain = trained.policy, trained.snapshot.frame, trained.engine
    issued = certified_engine.certificate(policy)
    rows = case_rows(frame, trained.snapshot.known_at)[::9]
    requested = [request(row["uscc"]).model_copy(update={"tenor_months": 12}) for row, _ in rows]
    prepared = certified_engine.prepare([row for row, _ in rows], [known for _, known in rows], reasons=False)
    before, without = (one.answers(prepared, requested, policy) for one in (certified_engine, plain))
    for counts in ({issued.digest: 209}, {"d" * 64: 210}, {"": 210}):
        assert certified_engine.answers(prepared, requested, policy, counts) == before
    after = certified_engine.answers(prepared, requested, policy, {issued.digest: 210})
    assert [one["quota"]["amount_wan"] for one in before] != [one["quota"]["amount_wan"] for one in after]
    for result, expert in zip(after, without, strict=True):
        said = result["loss_certificate"]
        assert {**result, "loss_certificate": 0} == {**expert, "loss_certificate": 0}
        assert (said["status"], said["covered"], said["covered_wan"]) == ("certified", False, 0.0)
        assert said["text_zh"].startswith("损失率验证已用完")
        assert said["text_en"].startswith("The certificate is used up: it covered the bank's next 210 loans")
    given = pd.DataFrame({"requested_amount_cny": np.full(len(frame), AMOUNT)})
    certified, used_up = (
        certified_engine.decide_table(frame, given, policy, {issued.digest: count}) for count in (209, 210)
    )
    pd.testing.assert_frame_equal(used_up, plain.decide_table(frame, given, policy))
    assert (certified["covered_wan"] > 0.0).any()
    assert (used_up["covered_wan"] == 0.0).all()
    (streamed,) = certified_engine.decide_stream([(frame, given)], policy, {issued.digest: 210})
    pd.testing.assert_frame_equal(streamed, used_up)


@pytest.mark.surface
def test_the_two_certificates_are_two_sentences_and_each_says_what_it_is_about(trained):
    """The expected rate never reads as a promise on a portfolio; the realised one names N, correlation and total."""
    issued = certificate(trained.engine, trained.policy)
    zh, en = issued.text(covered=True)
    expected, realised = en.index("Expected loss rate certified"), en.index("Realised loss rate certified")
    assert "one portfolio or one year can lose more" in en[expected:realised]
    assert "average of the years 2016–2023" in en[expected:realised]
    for part in (
        "next 210 loans", "correlation 0.00", "75% confidence", "more than 2.00%", "at most 10%",
        "total at least CNY 273,000,000", "each counted up to CNY 2,600,000", "a downturn is not covered",
    ):  # fmt: skip
        assert part in en[realised:]
    assert "about 7,000 in all" in en
    assert "more loans would not help" in en
    assert "at least 64.5% of the loans granted" in en
    for part in ("预期损失率不高于 1.00%（置信度 90%）", "今后 210 笔贷款，违约相关系数 0.00", "合计不少于 27,300 万元",
                 "单笔以 260 万元为限", "不适用于经济下行"):  # fmt: skip
        assert part in zh
    void = replace(trained.engine.certificate(trained.policy))
    assert void.answer()["status"] == "refused"
    assert "void" in void.answer()["text_en"]
