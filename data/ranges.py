"""Numbers that a person sets, refused where they lie outside what is allowed: every wrong one is named at once."""

from __future__ import annotations


def refuse_outside(given: object, what: str, **allowed: tuple[float, float]) -> None:
    """Raise ValueError naming every attribute of ``given`` outside its range, both ends included.

    what : of which the attributes are, such as "parameters of the alerts"; allowed : lowest and highest by name
    """
    wrong = [
        f"{name} is {getattr(given, name)!r}, allowed: {low:g} to {high:g}"
        for name, (low, high) in allowed.items()
        if not low <= getattr(given, name) <= high
    ]
    if wrong:
        raise ValueError(f"{what} out of range:\n  " + "\n  ".join(wrong))
