"""What a search needs of a capability: numbers to try, blocks in order of time, and predictions of one block.

Every block is predicted by models that know only what was known when it begins, and no firm (in matching: no group) of
it. So the blocks but the last choose, the last one tests, and what was promised less what was kept is the optimism gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from training.tuning.objectives import Figures

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Params = TypeVar("Params", bound="DataclassInstance")
Floats = npt.NDArray[np.float64]
Values = Mapping[str, float]


class TuningError(ValueError):
    """A search cannot be made or continued; the message is one sentence."""


@dataclass(frozen=True)
class Axis:
    """Range of one number, both ends included.

    whole : only whole numbers; even : tried on the number itself, not on its logarithm
    """

    low: float
    high: float
    whole: bool = False
    even: bool = False


@dataclass(frozen=True)
class HeldOut:
    """One block as its models predicted it.

    outcome, prediction : of n cases, shape (n,); what a prediction is and its loss are the capability's
    score : rises with the outcome; of the cases, or in matching of all candidates of the n queries
    group : of each score: the stage or query within which scores are compared
    size  : of the block's model, in the capability's unit
    """

    outcome: Floats
    prediction: Floats
    score: Floats
    group: npt.NDArray[np.int64]
    size: float


class Problem(Protocol):
    """One capability's search; it is sent to other processes whole."""

    @property
    def capability(self) -> str:
        """points, risk, quota or matching."""

    @property
    def space(self) -> Mapping[str, Axis]:
        """The searched numbers."""

    @property
    def now(self) -> Values:
        """Today's numbers."""

    @property
    def blocks(self) -> Sequence[str]:
        """Names, in order of time."""

    def hold_out(self, values: Values, block: int) -> HeldOut:
        """Predictions of one block by models with these numbers."""

    def loss(self, part: HeldOut) -> float:
        """What the search makes small: a proper loss of the predictions, a mean over the block's cases."""

    def figures(self, parts: Sequence[HeldOut]) -> Figures:
        """The objectives over blocks, given in order of time."""

    def sections(self, values: Values) -> Mapping[str, Mapping[str, Any]]:
        """Whole sections of params.yaml with these numbers."""


class OfSection(Generic[Params]):
    """What a search has that tries numbers of one section of params.yaml, each by its name there.

    space : the numbers; section : the section; params : it as it is today
    """

    space: ClassVar[Mapping[str, Axis]]
    section: ClassVar[str]
    params: Params

    @property
    def now(self) -> Values:
        """Today's numbers."""
        return {name: getattr(self.params, name) for name in self.space}

    def sections(self, values: Values) -> Mapping[str, Mapping[str, Any]]:
        """The section with these numbers."""
        return {self.section: section(self.with_values(values))}

    def with_values(self, values: Values) -> Params:
        """The parameters with these numbers."""
        return replace(self.params, **typed(self.space, values))


def section(params: Any) -> dict[str, Any]:
    """A section's dataclass as params.yaml has it."""
    return {name: _plain(value) for name, value in asdict(params).items()}


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def checked_now(space: Mapping[str, Axis], now: Values) -> Values:
    """``now``, which is the first trial; raises TuningError where one of its numbers is not in its range."""
    for name, axis in space.items():
        if not axis.low <= now[name] <= axis.high:
            raise TuningError(
                f"{name} is {now[name]:g} in params.yaml, and the search is from {axis.low:g} to {axis.high:g}"
            )
    return now


def typed(space: Mapping[str, Axis], values: Values) -> dict[str, Any]:
    """Values with whole numbers as such."""
    return {name: int(values[name]) if axis.whole else float(values[name]) for name, axis in space.items()}
