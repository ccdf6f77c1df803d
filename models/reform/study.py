"""Which rules a study compares: the baseline, the reforms, their stacks, the values of swept levers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from models.reform.evaluate import Requested
from models.reform.levers import LeverError, Levers, Packed, Path, value_of
from models.reform.result import LEVER_GROUPS, LeverChange, Scenario
from models.reform.rules import GROUP_OF, Rules

BASELINE = "baseline"
MOST_INTERACTIONS = 4  # reforms in a stack up to which every interaction is shown


@dataclass(frozen=True)
class Sweep:
    """Values that one lever takes in turn, in a reform."""

    lever: str
    values: tuple[Levers, ...]
    numbers: tuple[float, ...]


@dataclass(frozen=True)
class Proposal:
    """A baseline or a reform as it was read. key : the only name that results use for it."""

    key: str
    name_zh: str
    name_en: str
    levers: Levers
    sweep: Sweep | None = None

    @property
    def scenario(self) -> Scenario:
        """As results show it."""
        return Scenario(self.key, self.name_zh, self.name_en, self.levers.nested())


@dataclass(frozen=True)
class Study:
    """Everything that one simulation compares.

    banks : whose decisions are simulated; stacked : whether the reforms are also taken together
    raises : LeverError for a bank that the release lacks, two reforms of one key, or a stack that sets a lever twice
    """

    packed: Packed
    baseline: Proposal
    reforms: tuple[Proposal, ...]
    banks: tuple[str, ...]
    requested: Requested = field(default_factory=Requested)
    stacked: bool = False

    def __post_init__(self) -> None:
        for bank in self.banks:
            if bank not in self.packed.policies:
                raise LeverError("bank", bank, f"one of {list(self.packed.policies)}")
        keys = [reform.key for reform in self.reforms]
        for key in keys:
            if key == BASELINE or keys.count(key) > 1 or "+" in key or "@" in key:
                raise LeverError("reform", key, "a name of its own, without + and @, that is not 'baseline'")

    @cached_property
    def rules(self) -> dict[str, Rules]:
        """Rules by scenario: the baseline, each reform by its key, stacks as "a+b", swept values as "a@0"."""
        found = {one.key: Rules.of(one.levers, self.packed) for one in self.reforms}
        for names in self.stacks:
            changes = [self.baseline.levers.changes(one.levers) for one in self.reforms if one.key in names]
            found["+".join(names)] = Rules.of(self.baseline.levers.with_changes(*changes), self.packed)
        for one in self.reforms:
            for at, levers in enumerate(one.sweep.values if one.sweep else ()):
                found[f"{one.key}@{at}"] = Rules.of(levers, self.packed)
        return {BASELINE: Rules.of(self.baseline.levers, self.packed), **found}

    @cached_property
    def stacks(self) -> tuple[tuple[str, ...], ...]:
        """Sets of reforms that are taken together: all sets of up to MOST_INTERACTIONS reforms, else pairs and all."""
        keys = [one.key for one in self.reforms]
        if not self.stacked or len(keys) < 2:
            return ()
        sizes = range(2, len(keys) + 1) if len(keys) <= MOST_INTERACTIONS else (2, len(keys))
        return tuple(names for size in sizes for names in combinations(keys, size))

    def changed(self, key: str) -> tuple[str, ...]:
        """Groups of levers in which a reform differs from the baseline, in their fixed order."""
        found = {GROUP_OF[path[0]] for path in self._changes(key) if path[0] in GROUP_OF}
        return tuple(group for group in LEVER_GROUPS if group in found)

    def changes(self, key: str) -> tuple[LeverChange, ...]:
        """Each lever in which a reform differs from the baseline, with both values."""
        reform = next(one for one in self.reforms if one.key == key)
        return tuple(
            LeverChange(
                ".".join((path[0], *path[2:]) if path[0] == "policies" else path),
                path[1] if path[0] == "policies" else "",
                *(value_of(path, levers, self.packed) for levers in (self.baseline.levers, reform.levers)),
            )
            for path in self._changes(key)
        )

    def banks_missed(self, key: str) -> tuple[str, ...]:
        """The banks whose policies alone a reform and its sweep change, where none of them is simulated; else none.

        The reform would seem to change nothing.
        """
        reform = next(one for one in self.reforms if one.key == key)
        every = (reform.levers, *(reform.sweep.values if reform.sweep else ()))
        paths = {path for levers in every for path in self.baseline.levers.changes(levers)}
        if any(path[0] != "policies" or path[1] in self.banks for path in paths):
            return ()
        return tuple(bank for bank in self.packed.policies if bank in {path[1] for path in paths})

    def mixed(self, key: str, groups: frozenset[str]) -> Rules:
        """The baseline with a reform's levers of some groups; the reform's own rules where those are all it changes."""
        if not groups or groups.issuperset(self.changed(key)):
            return self.rules[key if groups else BASELINE]
        return self._mixes[key, groups]

    @cached_property
    def _mixes(self) -> Mapping[tuple[str, frozenset[str]], Rules]:
        """The baseline with a reform's levers of some of the groups that it changes, but not of all."""
        found = {}
        for key, size in ((one.key, size) for one in self.reforms for size in range(1, len(self.changed(one.key)))):
            for groups in map(frozenset, combinations(self.changed(key), size)):
                changes = {path: value for path, value in self._changes(key).items() if GROUP_OF.get(path[0]) in groups}
                found[key, groups] = Rules.of(self.baseline.levers.with_changes(changes), self.packed)
        return found

    def _changes(self, key: str) -> Mapping[Path, object]:
        reform = next(one for one in self.reforms if one.key == key)
        return self.baseline.levers.changes(reform.levers)


def interactions(names: Sequence[str], shown: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], dict[str, int]]:
    """Each interaction as a sum of differences from the baseline, by scenario: of A and B it is (A+B) - A - B.

    Of all sets, an interaction is the Moebius inverse; where only pairs and the whole are shown, the whole's is what
    provisions and pairs leave.
    """
    found: dict[tuple[str, ...], dict[str, int]] = {(name,): {name: 1} for name in names}
    for chosen in shown:
        left = {"+".join(chosen): 1}
        for smaller, weights in found.items():
            if set(smaller) < set(chosen):
                for scenario, weight in weights.items():
                    left[scenario] = left.get(scenario, 0) - weight
        found[chosen] = {scenario: weight for scenario, weight in left.items() if weight}
    return {chosen: weights for chosen, weights in found.items() if len(chosen) > 1}
