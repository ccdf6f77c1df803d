"""Parameters of the simulated items and cases of approval."""

from __future__ import annotations

from dataclasses import dataclass

from data.ranges import refuse_outside


@dataclass(frozen=True, slots=True)
class SyntheticApprovalsParams:
    """Section ``synthetic_approvals`` of params.yaml; shares in [0, 1].

    reduction_share, largest_share : 1 less promised over statutory days on the last day, of the sums over all items
        and of the item with the largest reduction
    """

    seed: int = 20240704
    n_cases: int = 2_600
    reduction_share: float = 0.79
    largest_share: float = 0.956
    late_share: float = 0.12  # of the cases that are decided, later than promised
    correction_share: float = 0.22
    suspended_share: float = 0.45  # of the cases of items with a reason for it
    extended_share: float = 0.05
    not_informed_share: float = 0.25  # of the extensions, of which the applicant is not informed
    refused_share: float = 0.03  # not accepted
    returned_share: float = 0.02
    withdrawn_share: float = 0.03
    outside_hours_share: float = 0.05  # accepted by the web page at the instant of the application
    duplicate_share: float = 0.02  # of the rows, that come twice
    missing_instant_share: float = 0.01
    unreadable_share: float = 0.003  # of the rows, whose instant nobody can read
    out_of_order_share: float = 0.05  # of the rows, that come after later ones
    day_only_share: float = 0.03  # of the rows, with a day and no time
    contradictory_share: float = 0.01  # of the cases, decided twice and differently
    no_number_share: float = 0.002  # of the rows, that lost the number of their case

    def __post_init__(self) -> None:
        apart = ("reduction_share", "largest_share")
        shares = [name for name in self.__slots__ if name.endswith("_share") and name not in apart]
        refuse_outside(
            self,
            "parameters of the simulated cases",
            seed=(0, 2**63),
            n_cases=(20, 10**6),
            **dict.fromkeys(shares, (0, 0.5)),
            reduction_share=(0.3, 0.9),
            largest_share=(0.9, 0.97),
        )
