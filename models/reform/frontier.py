"""Coverage, volume and loss as one lever takes several values, everything else as in the reform."""

from __future__ import annotations

from models.reform.levers import EVERY_BANK
from models.reform.result import FrontierPoint
from models.reform.study import BASELINE, Proposal, Study
from models.reform.tables import Figure, Sums, total_of


def frontier(study: Study, reform: Proposal, sums: Sums) -> tuple[FrontierPoint, ...]:
    """One point for each value of the swept lever and each bank that it concerns, in the order of the values."""
    if reform.sweep is None:
        return ()
    path, found = reform.sweep.lever.split("."), []
    banks = [bank for bank in study.banks if path[0] != "policies" or path[1] in (EVERY_BANK, bank)]
    for at, value in enumerate(reform.sweep.numbers):
        for bank in banks:
            figures = {}
            for measure in ("preapproved_share", "credit_cny", "expected_loss_cny", "expected_profit_cny"):
                figure: Figure = {(BASELINE, bank, measure): 1, (f"{reform.key}@{at}", bank, measure): 1}
                figures[measure] = total_of(sums, figure, measure, share=True)
            credit, loss = (sums.of("all", {(name, bank, measure): 1 for name in (BASELINE, f"{reform.key}@{at}")})[0]
                            for measure in ("credit_cny", "expected_loss_cny"))  # fmt: skip
            lent = float(credit[0, 0])
            found.append(
                FrontierPoint(reform.sweep.lever, value, bank, **figures,
                              loss_rate=float(loss[0, 0]) / 100 / lent if lent else None)
            )  # fmt: skip
    return tuple(found)
