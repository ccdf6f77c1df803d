"""The bank's own policy and its certificate, as they are in force."""

from __future__ import annotations

from dataclasses import replace

from models.quota.certificate import CertificateStatement, LossCertificate
from serving.console.pages.bank.policy import caps_chart, certificate_part, history_of, layout
from tests.serving.console.pages.bank.test_words import view as plain_view
from tests.serving.console.pages.enterprise.conftest import words

ISSUED = LossCertificate(
    "standard", "p-1", "d", "m", "q", "c", "certified",
    (CertificateStatement("expected", True, 0.01, 0.1, 0.9, None, 0.0, None),
     CertificateStatement("realised", True, 0.02, 0.1, 0.75, 210, 0.0, None)),
    1_580, 877, 11, 2013, 2023, 0.0055, 0.0097, 0.0893, 314.0, 32_970.0, 0.477,
)  # fmt: skip


def test_caps_rates_products_vetoes_and_history(people):
    """The figures are those of the policy in force; the first release says that nobody reviewed it."""
    view = people.view()
    policy = people.shop.worker.policies.policy_of("standard")
    shown = words(layout(view))
    assert policy.version in shown
    assert f"{policy.stage_cap_wan['growth']:,.0f} 万元" in shown
    assert f"{policy.pd_cutoff:.2%}" in shown
    for expected in ("创新积分贷", "失信被执行人", "尚未做损失率验证", "首个版本，未经复核", "由系统管理员提交"):
        assert expected in shown
    assert "working_capital" not in shown
    bars = caps_chart(view, policy).children[1].children.figure.data
    assert bars[0].text[1] == f"{policy.stage_cap_wan['growth']:,.0f}"  # in the unit of the axis
    versions = [one["version"] for one in history_of(people.shop.worker.ledger, "standard")]
    assert versions == [policy.version] * 2  # the bank's own, and everybody's
    other = people.shop.worker.policies.policy_of("growth").version
    assert other not in shown


def test_a_certificate_says_for_how_many_loans_and_that_they_are_made_up():
    """Observed rate, bound and cap beside each other; the expected rate is compared with its own cap."""
    shown = words(certificate_part(plain_view(), ISSUED))
    for expected in ("已通过", "1,580", "877 家企业，2013–2023 年放款", "314 万元", "模拟企业的模拟结果"):
        assert expected in shown
    assert [part in shown for part in ("0.55%", "0.97%", "1.00%", "2.00%", "210")] == [True] * 5
    assert "损失率验证已用完：验证适用于本行今后 210 笔贷款" in words(certificate_part(plain_view(), ISSUED, 210))
    assert "已用完" not in words(certificate_part(plain_view(), ISSUED, 209))
    refused = replace(ISSUED, status="not_assessed", statements=(), loss_rate=None)
    assert "尚未做损失率验证" in words(certificate_part(plain_view(), refused))
