from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.invoices.features import INVOICE_FEATURES, INVOICE_PD_SIGNS
from features.risk import WORST, risk_matrix
from models.risk.model import InvoiceBlock
from training.params import read_section
from training.risk.fit import RiskParams, fit, read_table


@pytest.mark.law
@pytest.mark.parametrize(("defaults", "rounds"), [(10, 100), (166, 100), (167, 100), (300, 180), (700, 400)])
def test_the_remainder_has_rounds_by_the_number_of_defaults(defaults, rounds):
    """0.6 for each default, at least 100 and at most 400."""
    assert read_section("risk", RiskParams).trees(defaults).rounds == rounds


@pytest.mark.law
def test_training_rows_show_hidden_invoices_as_missing_and_gaps_in_shown_ones_as_the_worst(trained):
    """A firm without invoices stays NaN; one that shows some has its gaps at the worst end, where there is one."""
    frame = trained.early.head(3).copy()
    frame.loc[frame.index[0], list(INVOICE_FEATURES)] = np.nan
    frame.loc[frame.index[1], ["inv_sales_growth_share", "inv_buyer_hhi_share"]] = np.nan
    book = read_codebook()
    table = read_table(risk_matrix(frame, book).to_numpy(), book)
    x = pd.DataFrame(table.x, columns=list(table.names))
    assert table.hidden.tolist() == [True, False, False]
    assert x.loc[0, [name for name in INVOICE_FEATURES if INVOICE_PD_SIGNS.get(name)]].isna().all()
    assert x.loc[1, "inv_sales_growth_share"] == -WORST
    assert np.isnan(x.loc[1, "inv_buyer_hhi_share"])


@pytest.mark.behaviour
def test_a_bank_whose_borrowers_never_showed_invoices_still_gets_a_model(trained):
    """The block is then 0 for those without invoices and at most 0 for others; nothing fails."""
    hidden = trained.early.assign(**dict.fromkeys(INVOICE_FEATURES, np.nan))
    model = fit(hidden, trained.early_default, read_codebook(), read_section("risk", RiskParams))
    assert model.block == InvoiceBlock(0.0, 0.0, 0.0)
    result = model.predict(hidden)["pd_12m"]
    assert (model.predict(trained.early)["pd_12m"] <= result).all()
    known = hidden["growth_stage"] != "unknown"
    assert result[known].sum() == pytest.approx(trained.early_default[known].sum(), abs=1e-6)


@pytest.mark.contract
def test_one_outcome_alone_is_refused(trained):
    """Without a default, or with nothing else, there is nothing to fit."""
    for value in (0, 1):
        with pytest.raises(ValueError, match="both outcomes are needed"):
            fit(trained.early, trained.early_default * 0 + value, read_codebook(), read_section("risk", RiskParams))
