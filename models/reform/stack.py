"""Reforms taken together: each alone, their interactions, and all of them, to the yuan."""

from __future__ import annotations

from collections.abc import Mapping

from models.reform.result import ALL_BANKS, StackPart
from models.reform.study import MOST_INTERACTIONS, Study, interactions
from models.reform.tables import Sums, total_of


def stack_parts(study: Study, sums: Sums) -> tuple[StackPart, ...]:
    """Provisions, interactions and the whole, by bank; all else adds up to the whole in every replicate."""
    if not study.stacks:
        return ()
    names = [reform.key for reform in study.reforms]
    rest = tuple(names) if len(names) > MOST_INTERACTIONS else ()  # of more, pairs alone have a row of their own
    found = []
    for bank in (*study.banks, ALL_BANKS) if len(study.banks) > 1 else study.banks:
        found += [_part("provision", (name,), {name: 1}, bank, sums) for name in names]
        for chosen, weights in interactions(names, study.stacks).items():
            found.append(_part("remainder" if chosen == rest else "interaction", chosen, weights, bank, sums))
        found.append(_part("together", tuple(names), {"+".join(names): 1}, bank, sums))
    return tuple(found)


def _part(kind: str, provisions: tuple[str, ...], weights: Mapping[str, int], bank: str, sums: Sums) -> StackPart:
    def figure(measure: str) -> Mapping[tuple[str, ...], int]:
        own = "" if measure == "points" else bank
        return {(name, own, measure): weight for name, weight in weights.items()}

    measures = ("credit_cny", "expected_loss_cny", "expected_profit_cny", "preapproved_share", "points")
    return StackPart(kind, provisions, bank, *(total_of(sums, figure(one), one) for one in measures))  # type: ignore[arg-type]
