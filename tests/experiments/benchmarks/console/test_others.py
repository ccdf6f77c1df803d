"""What somebody else sees at one's own addresses."""

from __future__ import annotations

from types import SimpleNamespace

from experiments.benchmarks.console.others import is_file, row, shut

OWN = (
    "授信申请单\n企业授权：授权有效，可以查看积分和指标、测算额度。"
    + "由企业于 2026年11月27日 给予，至 2026年12月27日 止。" * 3
)


def stranger(text: str) -> SimpleNamespace:
    return SimpleNamespace(page=SimpleNamespace(inner_text=lambda _: text))


def test_a_refusal_is_short_and_shows_nothing_of_the_owners():
    """Words of refusal are; the same page, or a line of it, is not."""
    assert shut(stranger("没有找到"), OWN)
    assert not shut(stranger(OWN), OWN)
    assert not shut(stranger(OWN.splitlines()[1]), OWN)


def test_files_and_api_answers_are_told_from_pages():
    """By their address."""
    assert is_file("http://h/console/files/bank/decisions/1.json")
    assert is_file("http://h/console/api/v1/chains")
    assert not is_file("http://h/console/decisions/1")
    assert row("bank", "/decisions", "nobody", True)["refused"]
