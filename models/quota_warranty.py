"""The warranty that answers carry: P(portfolio loss rate > cap) <= delta, or why it cannot be given and what is needed.

``training/quota_warranty.py`` issues it from matured loans; here it is a value that opens or tapers amounts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from models.risk import ModelFileError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Warranty:
    """One bank policy's certificate.

    status : certified, or refused: then the expert caps of the policy hold
    n : matured loans of the cohort; defaults : how many of them went bad
    n_needed : matured loans that would do if losses stay as they are; None where none would, or none are needed
    bound : upper confidence bound, at level 1 - delta, on the loss rate of the exposure that the policy would lend
    pd_zero : default risk at which the tapered amount reaches zero; amounts are whole up to half of it
    cohort : digest of the loans; models : digest of the models that the amounts and risks came from
    """

    policy: str
    status: Literal["certified", "refused"]
    loss_cap: float
    delta: float
    n: int
    defaults: int
    n_needed: int | None
    loss_rate: float | None
    bound: float | None
    pd_zero: float | None
    method: str
    cohort: str
    models: str

    def answer(self) -> dict[str, Any]:
        """The member ``warranty`` of a decision."""
        zh, en = self._text()
        return {
            "status": self.status,
            "loss_cap": self.loss_cap,
            "delta": self.delta,
            "n": self.n,
            "n_needed": self.n_needed,
            "bound": self.bound,
            "pd_zero": self.pd_zero,
            "method": self.method,
            "cohort": self.cohort[:12],
            "text_zh": zh,
            "text_en": en,
        }

    def _text(self) -> tuple[str, str]:
        if self.status == "certified":
            return (
                f"若新客户与历史样本可交换，组合损失率超过 {self.loss_cap:.2%} 的概率不超过 {self.delta:.0%}"
                f"（{self.n} 笔已到期贷款）",
                f"if new firms are exchangeable with the cohort, P(portfolio loss rate > {self.loss_cap:.2%}) <= "
                f"{self.delta:.0%} ({self.n} matured loans)",
            )
        if not self.cohort:
            return (
                "尚未就该政策与这些模型出具损失保证；按专家上限执行",
                "no warranty has been issued for this policy and these models; the expert caps hold",
            )
        need_zh = "样本再多也不足以证明" if self.n_needed is None else f"约需 {self.n_needed} 笔"
        need = "no number of such loans would do" if self.n_needed is None else f"about {self.n_needed} are needed"
        return (
            f"无损失保证：仅有 {self.n} 笔已到期贷款，{need_zh}；按专家上限执行",
            f"no warranty: {self.n} matured loans, {need}; the expert caps hold",
        )


def no_warranty(policy: str, loss_cap: float, delta: float) -> Warranty:
    """What holds for a policy that no cohort has been asked about: refused."""
    return Warranty(policy, "refused", loss_cap, delta, 0, 0, None, None, None, None, "none", "", "")


def opened_share(pd_12m: float, pd_zero: float) -> float:
    """Share of the amount that the warranty opens: 1 up to half of ``pd_zero``, then falling to 0 at it."""
    return min(max(2.0 * (1.0 - pd_12m / pd_zero), 0.0), 1.0)


def opened_shares(pd_12m: Floats, pd_zero: float) -> Floats:
    """``opened_share`` of many, to the bit."""
    return np.minimum(np.maximum(2.0 * (1.0 - pd_12m / pd_zero), 0.0), 1.0)


def write_warranties(path: Path, warranties: Mapping[str, Warranty]) -> None:
    """One JSON file, by policy version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {version: asdict(one) for version, one in warranties.items()}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_warranties(path: Path, models: str) -> dict[str, Warranty]:
    """By policy version, those that were issued for these ``models``; no file means that nothing is certified.

    raises : ModelFileError when the file is there and is no file of warranties
    """
    if not path.exists():
        return {}
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        found = {version: Warranty(**given) for version, given in raw.items()}
    except (OSError, ValueError, TypeError, AttributeError) as fault:
        names = sorted(field.name for field in fields(Warranty))
        raise ModelFileError(f"{path.name} is no file of warranties (members {names}): {fault!r}") from fault
    return {version: one for version, one in found.items() if one.models == models}
