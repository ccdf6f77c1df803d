"""Parameters of the synthetic cohort of the industry chains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SyntheticChainParams:
    """Section ``synthetic_chain`` of params.yaml; shares in [0, 1]."""

    seed: int = 20240702
    n_local: int = 600  # firms of the zone, of the synthetic enterprises, at most
    n_world: int = 1_400  # other firms
    n_patents: int = 3_600
    n_investors: int = 300
    unplaced_share: float = 0.1  # of the firms that could be on a chain, that belong on no node
    second_node_share: float = 0.25  # of the firms on a chain
    parent_share: float = 0.06  # of the firms on a chain, whose texts fit a node with children and none below
    confirmed_share: float = 0.5  # of the firms, whose nodes a person has looked at
    confirmed_wrong_share: float = 0.02  # of these, that the person got wrong

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {getattr(self, name)!r}, allowed: {low:g} to {high:g}"
            for name, low, high in (
                ("seed", 0, 2**63),
                ("n_local", 20, 10**5),
                ("n_world", 20, 10**6),
                ("n_patents", 20, 9 * 10**6),
                ("n_investors", 5, 10**4),
                ("unplaced_share", 0, 0.9),
                ("second_node_share", 0, 1),
                ("parent_share", 0, 0.5),
                ("confirmed_share", 0, 1),
                ("confirmed_wrong_share", 0, 0.5),
            )
            if not low <= getattr(self, name) <= high
        ]
        if problems:
            raise ValueError("parameters of the synthetic chains out of range:\n  " + "\n  ".join(problems))
