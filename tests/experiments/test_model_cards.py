"""Tables of the model cards, from artefacts made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.codebook import read_codebook
from experiments.model_cards import CardError, card_table
from features.quota import limit_columns, limit_feature_names
from features.risk import risk_feature_names

pytestmark = pytest.mark.surface


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    """Artefacts with the features of the code: a card of two breakpoints, a layer of one term, one certificate."""
    book = read_codebook()
    for folder in ("points", "risk/model", "quota/model"):
        (tmp_path / folder).mkdir(parents=True)
    rows = [f"{stage},{item.key},1,0.5,{points},4.5" for stage in ("startup", "growth", "stable") for item in book
            for points in (1.25, 4.0)]  # fmt: skip
    head = "stage,indicator,value,percentile,points,full_marks"
    (tmp_path / "points/card.csv").write_text("\n".join([head, *rows]) + "\n")
    names = list(risk_feature_names(book))
    layer = {"terms": [[names.index("overdue_days_max_24m"), "any", 0.0, 0.0, 0.1, 1.0]]}
    (tmp_path / "risk/model/model.json").write_text(json.dumps({"feature_names": names, "layer": layer}))
    limits = {"feature_names": list(limit_feature_names(book)), "code": "0123456789abcdef"}
    (tmp_path / "quota/model/debt_capacity.json").write_text(json.dumps(limits))
    held = {"kind": "realised", "next_loans": 210, "rho": 0.04, "cap": 0.02, "certified": False, "n_needed": 3328}
    expected = {"kind": "expected", "next_loans": None, "rho": 0.0, "cap": 0.01, "certified": True, "n_needed": None}
    one = {"bank_id": "b", "n": 1569, "firms": 873, "loss_rate": 0.0055, "loss_rate_bound": 0.0097}
    none = {"bank_id": "new", "n": 0, "firms": 0, "loss_rate": None, "loss_rate_bound": None, "statements": []}
    found = {"certificates": [one | {"statements": [expected, held], "digest": "f" * 64}, none]}
    (tmp_path / "quota/certificates.json").write_text(json.dumps(found))
    return tmp_path


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def test_full_marks_of_an_indicator_are_beside_its_expert_weight(artifacts):
    """R&D expense has 6, 7 and 6 points by the experts; the card by hand gives 4.5 at full marks."""
    row = next(line for line in lines(card_table("features-points", artifacts)) if "`rd_expense`" in line)
    assert row.endswith("| 6 → 4.5 | 7 → 4.5 | 6 → 4.5 |")
    assert "more is better" in row


def test_directions_are_those_that_the_models_are_fitted_with(artifacts):
    """Overdue days raise the PD and have a term; margin lowers it; the trade leaves the age to the data."""
    of = {line.split("`")[1]: line for line in lines(card_table("features-risk", artifacts))}
    assert "raises the PD" in of["overdue_days_max_24m"]
    assert of["overdue_days_max_24m"].endswith("| yes · 有 |")
    assert "lowers the PD" in of["net_profit_margin"]
    assert of["net_profit_margin"].endswith("| no · 无 |")
    assert "left to the data" in of["age_years"]


def test_the_debt_capacity_lists_only_what_it_reads(artifacts):
    """What a bank's own facts enter is not among its features: no overdue days, no debt."""
    found = [line.split("`")[1] for line in lines(card_table("features-quota", artifacts))]
    assert len(found) == len(limit_columns(read_codebook()))
    assert not {"overdue_days_max_24m", "debt_to_revenue_ratio"} & set(found)


def test_a_certificate_says_what_each_statement_needs(artifacts):
    """Certified, not certified with the loans that it would need, and a bank without any loan."""
    first, second = lines(card_table("certificates", artifacts))
    assert "| b | 1,569 | 873 | 0.55%, at most · 不高于 0.97% |" in first
    assert "expected · 预期, ≤ 1.00%: certified" in first
    assert "next · 今后 210, ρ 0.04, ≤ 2.00%: not certified · 未通过 (3,328 loans needed" in first
    assert second == "| new | 0 | 0 | – | not assessed · 未作验证 |"
    assert "f" * 64 not in first


def test_an_artefact_of_other_features_is_an_error(artifacts):
    """A card is never written from a model that the code would refuse."""
    (artifacts / "quota/model/debt_capacity.json").write_text(json.dumps({"feature_names": ["rd_expense"]}))
    with pytest.raises(CardError, match="net_profit_margin"):
        card_table("features-quota", artifacts)
