from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from data.records import Enterprise, IndicatorSnapshot, Invoice, Loan
from data.uscc import fictitious_uscc

pytestmark = pytest.mark.contract
CODE = fictitious_uscc(1)
GOOD = {
    Enterprise: {"uscc": CODE, "name": "x", "founded_on": date(2020, 1, 1), "industry": "iot", "size_rule": "software"},
    IndicatorSnapshot: {
        "uscc": CODE,
        "period_end": date(2023, 12, 31),
        "known_at": date(2024, 5, 31),
        "indicators": {"rd_staff_ratio": 0.3},
    },
    Loan: {
        "uscc": CODE,
        "loan_id": "L1",
        "bank_id": "b",
        "product": "zheke",
        "granted_on": date(2023, 6, 15),
        "amount_wan": 50,
        "annual_rate": 0.04,
        "tenor_months": 12,
    },
    Invoice: {
        "uscc": CODE,
        "invoice_no": "1",
        "issued_on": date(2023, 6, 15),
        "direction": "sale",
        "counterparty": "P",
        "amount_cny": -10.0,
        "tax_cny": -0.6,
        "valid": True,
    },
}
BAD = [
    (Enterprise, {"industry": "magic"}, "industry is 'magic'"),
    (Enterprise, {"uscc": CODE[:-1] + "Q"}, "check digit"),
    (IndicatorSnapshot, {"indicators": {"rd_staff_ratio": 30.0}}, r"allowed: \[0, 1\] ratio"),
    (IndicatorSnapshot, {"indicators": {"charm": 1.0}}, "not in the codebook"),
    (IndicatorSnapshot, {"indicators": {"rd_staff_ratio": float("nan")}}, "finite"),
    (IndicatorSnapshot, {"known_at": date(2023, 1, 1)}, "before period_end"),
    (Loan, {"defaulted_on": date(2020, 1, 1)}, "before granted_on"),
    (Loan, {"amount_wan": 0}, "greater than 0"),
    (Invoice, {"direction": "gift"}, "'sale' or 'purchase'"),
]


@pytest.mark.parametrize("kind", GOOD)
def test_a_right_record_is_made_and_cannot_be_changed(kind):
    """Records are values."""
    record = kind(**GOOD[kind])
    with pytest.raises(ValidationError, match="frozen"):
        record.uscc = "other"


@pytest.mark.parametrize(("kind", "change", "told"), BAD)
def test_a_wrong_record_says_what_is_allowed(kind, change, told):
    """The message names the field, what was found and what is allowed."""
    with pytest.raises(ValidationError, match=told):
        kind(**(GOOD[kind] | change))
