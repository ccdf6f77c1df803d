"""Parameters of the simulated declarations and messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SyntheticClearanceParams:
    """Section ``synthetic_clearance`` of params.yaml; shares in [0, 1]."""

    seed: int = 20240703
    n_declarations: int = 6_000
    n_firms: int = 420  # that trade, at most
    n_agents: int = 24
    inspected_share: float = 0.06  # of exports; imports are inspected 1.5 times as often
    returned_share: float = 0.02  # sent back by customs and declared again under the same number
    withdrawn_share: float = 0.01
    rule_error_share: float = 0.02  # whose first message breaks a rule of the form
    contradiction_share: float = 0.01  # about which the receipts contradict one another
    lost_share: float = 0.012  # of the receipts, that never arrive
    duplicate_share: float = 0.02  # of the receipts, that arrive twice
    late_share: float = 0.03  # of the receipts, that arrive hours after they were written
    same_second_share: float = 0.03  # of the declarations, completed in the second of their release
    unknown_code_share: float = 0.01  # of the declarations, with a receipt whose code no table has
    cutoff_share: float = 0.35  # of the declarations, that have a ship or a contract to meet
    gbk_share: float = 0.3  # of the messages
    envelope_share: float = 0.15  # of the receipts, that come in a DxpMsg envelope

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {getattr(self, name)!r}, allowed: {low:g} to {high:g}"
            for name, low, high in (
                ("seed", 0, 2**63),
                ("n_declarations", 20, 10**7),
                ("n_firms", 5, 10**5),
                ("n_agents", 2, 10**4),
                ("inspected_share", 0, 0.6),
                ("returned_share", 0, 0.3),
                ("withdrawn_share", 0, 0.3),
                ("rule_error_share", 0, 0.3),
                ("contradiction_share", 0, 0.3),
                ("lost_share", 0, 0.5),
                ("duplicate_share", 0, 1),
                ("late_share", 0, 1),
                ("same_second_share", 0, 0.5),
                ("unknown_code_share", 0, 1),
                ("cutoff_share", 0, 1),
                ("gbk_share", 0, 1),
                ("envelope_share", 0, 1),
            )
            if not low <= getattr(self, name) <= high
        ]
        if self.returned_share + self.withdrawn_share + self.contradiction_share > 0.5:
            problems.append("returned, withdrawn and contradicted declarations together are more than half")
        if problems:
            raise ValueError("parameters of the simulated declarations out of range:\n  " + "\n  ".join(problems))
