from __future__ import annotations

import pytest

from models.quota.constraints import CONSTRAINTS
from models.quota.rules import RULES
from models.reform.names import named, templates

pytestmark = pytest.mark.surface


@pytest.mark.parametrize(
    ("kind", "key", "text"),
    [
        ("bank", "standard", ("标准示例银行", "Standard example bank")),
        ("growth_stage", "startup", ("初创期", "start-up")),
        ("lever", "pd_cutoff", ("违约概率上限", "highest PD")),
        ("district", "滨江区", ("滨江区", "滨江区")),
        ("district", "not_given", ("未提供", "not given")),
    ],
)
def test_what_a_result_names_has_a_name_in_both_languages(kind, key, text):
    """From the reference data, from the sentences, or the key where it is a name itself."""
    assert named(kind, key) == text


@pytest.mark.parametrize("key", [*CONSTRAINTS, *RULES])
def test_whatever_limits_a_decision_has_a_name(key):
    """A constraint or the rule that was hit, as ``limited_by`` names either; never its key."""
    zh, en = named("constraint", key)
    assert not zh.isascii()
    assert "_" not in zh + en


def test_every_text_is_in_both_languages():
    """No empty one."""
    assert all(one.zh != ("",) and one.en != ("",) for one in templates().values())
