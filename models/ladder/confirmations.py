"""What has to be confirmed and waited for beside changes: as little as keeps the conditions met."""

from __future__ import annotations

from collections.abc import Sequence

from data.ladder.conditions import Condition, Threshold
from data.ladder.fact_catalogue import fact_of
from models.ladder.assumption import Context, Supposed, meets
from models.ladder.options import FirmOptions, Option


def without_a_change(firm: FirmOptions) -> Supposed:
    """What may be supposed without a change: facts to confirm outside shortcuts, and time outside scores."""
    confirmable, waitable = firm.confirmable, firm.waitable
    return lambda one, context: (
        not context.shortcut and (one in confirmable or (one in waitable and not context.scored))
    )


def by_any_means(firm: FirmOptions) -> Supposed:
    """Every option at once."""
    free = without_a_change(firm)
    return lambda one, context: free(one, context) or bool(firm.enabling(one))


def beside_changes(
    conditions: Sequence[Condition], firm: FirmOptions, changes: Sequence[Option]
) -> tuple[tuple[Threshold, ...], tuple[Threshold, ...]]:
    """Confirmations and waits beside the changes, of which none can be left out and none can ask less.

    Waits are given up first, since what can be confirmed need not be waited for; then each fact in turn asks a step
    less, so that no fact has to be at its best while another may be at its worst.
    """
    levels: dict[tuple[bool, str], list[Threshold | None]] = {}
    for one in sorted({*firm.confirmable, *firm.waitable}, key=lambda one: one.value if one.rises else -one.value):
        levels.setdefault((one in firm.confirmable, one.fact), [None]).append(one)
    kept = {key: len(found) - 1 for key, found in sorted(levels.items())}
    made = {key: value for option in changes for key, value in option.values.items()}

    def supposed(one: Threshold, context: Context) -> bool:
        if one.fact in made and one.holds(made[one.fact]):
            return True
        if context.shortcut:
            return False
        key = (one in firm.confirmable, one.fact)
        level = levels[key][kept[key]] if key in levels else None
        return level is not None and not (context.scored and not key[0]) and _asks_no_more(one, level)

    for confirmed in (False, True):
        lowering = [key for key in kept if key[0] is confirmed and kept[key] > 0]
        while lowering:
            for key in tuple(lowering):
                kept[key] -= 1
                if not all(meets(condition, firm.known, supposed) for condition in conditions):
                    kept[key] += 1
                    lowering.remove(key)  # and later neither: the others only ask less from here on
                elif kept[key] == 0:
                    lowering.remove(key)
    found = [(confirmed, levels[confirmed, fact][level]) for (confirmed, fact), level in kept.items()]
    return (
        tuple(one for confirmed, one in found if confirmed and one is not None),
        tuple(one for confirmed, one in found if not confirmed and one is not None),
    )


def _asks_no_more(one: Threshold, other: Threshold) -> bool:
    """Whether a value that meets the other threshold meets this one."""
    return one.rises == other.rises and one.holds(met_at(other))


def met_at(threshold: Threshold) -> float:
    """The least value that meets a threshold."""
    fact = fact_of(threshold.fact)
    grain = 0.0 if threshold.way in ("at_least", "at_most") else (1.0 if fact.whole else 1e-4)
    return threshold.value + (grain if threshold.rises else -grain)
