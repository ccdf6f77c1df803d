"""The warnings of each row of a decided table, in one text in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from data.texts.figures import Text
from data.texts.sentences import sentence
from models.quota.certificate import LossCertificate
from models.quota.warnings import brought_warnings
from serving.applications.certificate_count import short_warning
from serving.decide.safeguard_facts import SafeguardFacts


def row_warnings(
    issued: tuple[LossCertificate, int],
    facts: SafeguardFacts,
    brought: npt.NDArray[Any],
    outcomes: npt.NDArray[Any],
    own: Mapping[str, Mapping[int, Text]],
) -> list[str]:
    """One text a row: what is against its own values, then what holds of all.

    issued : the policy's certificate and how many grants it has covered; brought : rows without a record, shape (n,)
    own : by rule of the safeguard, each row's text, the first rule first
    Why the certificate covers nothing is said where something was calculated: not where data are insufficient.
    """
    certificate, granted = issued
    noted = [] if facts.warning is None else [facts.warning]
    if (total_cny := facts.covered_short.get(certificate.digest)) is not None:
        noted.append(short_warning(certificate.answer(), total_cny))
    of_all = {
        (alone, decided): [
            *(certificate.ends(granted, brought=alone) if decided else ()),
            *((one["zh"], one["en"]) for one in (*brought_warnings(brought=alone), *noted)),
        ]
        for alone in (False, True)
        for decided in (False, True)
    }
    kinds = zip(brought.tolist(), (outcomes != "insufficient_data").tolist(), strict=True)
    texts = [list(of_all[kind]) for kind in kinds]
    for rule, said in reversed(list(own.items())):
        for row, text in said.items():
            texts[row].insert(0, sentence(f"safeguard.{rule}", text=text))
    return [" ".join(words for text in one for words in text) for one in texts]
