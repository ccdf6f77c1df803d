"""The loss certificate of a policy: what is certified of its loans, up to where it holds, and what it is bound to.

``training/quota/certificate.py`` issues it from seasoned loans; here it is a value that opens and tapers amounts. Two
kinds of statement, never mixed: on the expected loss rate, and on the realised loss rate of the next N loans.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict

from data.texts.figures import Text
from data.texts.sentences import joined, label, sentence
from models.content_digest import content_digest
from models.risk.model import ModelFileError

Floats = npt.NDArray[np.float64]
PRODUCT = "innovation_points"  # the only one covered: the cohort's loans are decided as loans of it
TENOR_MONTHS = 12  # covered at most: outcomes are known over so long, and a shorter loan of a firm loses no more


@dataclass(frozen=True)
class CertificateStatement:
    """One thing that is certified under the taper that is served, or is not.

    cap : loss rate
    delta : of an expected rate, the level of its test; of a realised one, the chance of breaking the cap, at most
    confidence : with which the statement is true
    next_loans : of the portfolio whose realised loss rate is meant; None for the expected rate
    rho : default correlation of loans of one year
    n_needed : seasoned loans in all that would about do; None where none would, or it is certified; those counted where
        they pass this test, but not all that the taper needs
    """

    kind: Literal["expected", "realised"]
    certified: bool
    cap: float
    delta: float
    confidence: float
    next_loans: int | None
    rho: float
    n_needed: int | None

    __pydantic_config__ = ConfigDict(extra="forbid")  # as a member of a decision


@dataclass(frozen=True)
class LossCertificate:
    """One bank policy's certificate; each statement holds alone, so their deltas add where several are read together.

    policy, models, parameters, cohort : digests of the policy's whole content, of the models', of how the cohort was
        chosen and tested, and of its loans with their outcomes
    status : certified, where the expected rate and the realised rate at the first correlation both are; not_assessed,
        where none was issued, or a loan lost more than the contract allows
    n, firms, vintages, first_year, last_year : seasoned loans that were counted, and when they were granted
    loss_rate, loss_rate_bound : observed under the taper, and the upper bound on the expected one
    taper_end_pd : PD at which the tapered amount reaches zero; amounts are whole up to half of it
    largest_wan : largest amount covered: a loan above it counts up to it, and the expert caps open the rest
    total_wan : what the next loans, each counted up to that amount, have to total at least
    approved_share : smallest share of a vintage's granted loans that would still be approved under it
    """

    bank_id: str
    version: str
    policy: str
    models: str
    parameters: str
    cohort: str
    status: Literal["certified", "not_certified", "not_assessed"]
    statements: tuple[CertificateStatement, ...]
    n: int = 0
    firms: int = 0
    vintages: int = 0
    first_year: int | None = None
    last_year: int | None = None
    loss_rate: float | None = None
    loss_rate_bound: float | None = None
    taper_end_pd: float | None = None
    largest_wan: float | None = None
    total_wan: float | None = None
    approved_share: float | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that it holds."""
        return content_digest(self)

    def used_up(self, granted: int) -> bool:
        """Whether the bank has granted as many loans under it as it holds for."""
        loans = loans_covered(self.statements)
        return loans is not None and granted >= loans

    def after(self, granted: int, *, brought: bool = False) -> LossCertificate:
        """What still decides after so many loans: without a taper nothing is covered, so the expert caps apply.

        brought : whether the firm is known by what a caller sent alone: no seasoned loan was of such a one
        """
        ended = self.used_up(granted) or brought
        return replace(self, taper_end_pd=None, largest_wan=None) if ended else self

    def answer(
        self, covered: bool | None = None, covered_wan: float = 0.0, granted: int = 0, *, brought: bool = False
    ) -> dict[str, Any]:
        """The member ``loss_certificate`` of a decision.

        covered : whether the amount lies within the limits, None where none is given; covered_wan : what of it does
        granted, brought : as for ``after``
        """
        zh, en = self.text(covered, granted, brought=brought)
        expected = self.statements[0] if self.statements else None
        return {
            "status": "certified" if self.status == "certified" else "refused",
            "loss_cap": expected.cap if expected else 0.0,
            "delta": expected.delta if expected else 0.0,
            "n": self.n,
            "n_needed": self._needed(),
            "bound": self.loss_rate_bound,
            "taper_end_pd": self.taper_end_pd,
            "method": METHOD,
            "cohort": self.cohort[:12],
            "covered": covered is True and self.status == "certified",
            "covered_wan": covered_wan,
            "largest_wan": self.largest_wan,
            "total_wan": self.total_wan,
            "tenor_months": TENOR_MONTHS,
            "approved_share": self.approved_share,
            "statements": [dict(vars(one)) for one in self.statements],
            "certificate": self.digest if self.cohort else "",
            "text_zh": zh,
            "text_en": en,
        }

    def text(self, covered: bool | None = None, granted: int = 0, *, brought: bool = False) -> Text:
        """Every statement as a sentence; first that it is used up, or does not cover this firm or this amount."""
        if self.status == "not_assessed":
            return label("certificate.not_assessed")
        parts = [self._sentence(one) for one in self.statements]
        if self.status != "certified":
            return joined(*parts, label("certificate.expert_caps"))
        parts.append(sentence("certificate.approved", share=self.approved_share))
        ends = self.ends(granted, brought=brought)
        if covered is False and not ends:
            parts.insert(0, sentence("certificate.not_covered", largest=self.largest_wan))
        return joined(*ends, *parts)

    def ends(self, granted: int, *, brought: bool = False) -> list[Text]:
        """Why nothing is covered where something was certified: all its loans were granted, the firm is unknown."""
        if self.status != "certified":
            return []
        used = [sentence("certificate.used_up", loans=loans_covered(self.statements))] if self.used_up(granted) else []
        return used + ([label("certificate.brought")] if brought else [])

    def _sentence(self, one: CertificateStatement) -> Text:
        figures = {
            "n": self.n, "firms": self.firms, "vintages": self.vintages, "cap": one.cap, "delta": one.delta,
            "confidence": one.confidence, "loans": one.next_loans, "rho": one.rho, "needed": one.n_needed,
            "largest": self.largest_wan, "total": self.total_wan,
            "first": str(self.first_year), "last": str(self.last_year),
        }  # fmt: skip
        if one.certified:
            said = sentence(f"certificate.{one.kind}", **figures)
            return said if one.kind == "expected" or one.rho else joined(said, label("certificate.independent"))
        ending = ".never" if one.n_needed is None else ".passed" if one.n_needed <= self.n else ""
        return sentence(f"certificate.{one.kind}.not{ending}", **figures)

    def _needed(self) -> int | None:
        requested = [one.n_needed for one in self.statements[:2]]
        known = [needed for needed in requested if needed is not None]
        return None if self.status == "certified" or len(known) < len(requested) or not known else max(known)


def without_quota(said: Mapping[str, Any]) -> dict[str, Any]:
    """The member ``loss_certificate`` of a decision whose quota is taken back: none is covered or spoken of.

    said : as ``answer`` made it for the quota
    """
    beyond = sentence("certificate.not_covered", largest=said["largest_wan"] or 0.0)
    zh, en = (said[f"text_{code}"].removeprefix(text).lstrip() for code, text in zip(("zh", "en"), beyond, strict=True))
    return {**said, "covered": False, "covered_wan": 0.0, "text_zh": zh, "text_en": en}


METHOD = "fixed-sequence test; bets, mixed Poisson counts"


def loans_covered(statements: Iterable[CertificateStatement]) -> int | None:
    """How many of a bank's next loans all that is certified holds for; None where none names a number."""
    named = (one.next_loans for one in statements if one.certified and one.next_loans is not None)
    return min(named, default=None)


def taper_factor(pd_12m: Floats, taper_end_pd: float) -> Floats:
    """1 up to half of ``taper_end_pd``, then falling in a straight line to 0 at it."""
    return np.clip(2.0 * (1.0 - pd_12m / taper_end_pd), 0.0, 1.0)


def not_assessed(bank_id: str, version: str, policy: str, models: str = "") -> LossCertificate:
    """What holds for a policy that was not tested on any cohort."""
    return LossCertificate(bank_id, version, policy, models, "", "", "not_assessed", ())


def write_certificates(path: Path, certificates: Iterable[LossCertificate]) -> None:
    """One JSON file: the certificates in order, each with its digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(one), "digest": one.digest} for one in certificates]
    text = json.dumps({"certificates": rows}, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def read_certificates(path: Path, models: str) -> Mapping[str, LossCertificate]:
    """By the digest of the policy, those that were issued for these ``models``; without a file nothing is certified.

    raises : ModelFileError when the file is no file of certificates, or one of them is not what was written
    """
    if not path.exists():
        return {}
    found = {}
    try:
        for row in json.loads(path.read_text(encoding="utf-8"))["certificates"]:
            digest, statements = row.pop("digest"), tuple(CertificateStatement(**one) for one in row.pop("statements"))
            one = LossCertificate(**row, statements=statements)
            if one.digest != digest:
                raise ValueError(f"the certificate of {one.version} was changed after it was issued")
            found[one.policy] = one
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as fault:
        raise ModelFileError(f"{path.name} is no file of loss certificates: {fault!r}") from fault
    return {policy: one for policy, one in found.items() if one.models == models}


def trial(blank: LossCertificate, taper_end_pd: float, largest_wan: float) -> LossCertificate:
    """A certificate for the reckoning of amounts alone: this taper, up to this amount."""
    return replace(blank, status="certified", taper_end_pd=taper_end_pd, largest_wan=largest_wan)
