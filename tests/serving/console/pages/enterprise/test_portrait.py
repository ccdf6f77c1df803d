"""An enterprise sees its own portrait, without the risk grade and quota that a bank needs a consent for."""

from __future__ import annotations

from serving.console.pages.enterprise.portrait import layout
from tests.serving.console.pages.enterprise.conftest import words


def test_the_portrait_is_the_enterprises_own_and_holds_no_grade(view_of, shop):
    shown = words(layout(view_of(24)))
    assert shop.codes[24] in shown
    assert "园区工作人员看到的" in shown
    assert "风险等级\n" not in shown
    assert "历史\n" in shown
    assert "按现行积分卡" in shown
    assert "还没有为本企业出具积分证明" in shown
