"""Drift watch: does each bank's stream of applicants still look like the population that the release was packed with?

Every bank has a stream of its own, so no bank's requests can refer another's. Only enterprises of the packed snapshot
count, each once per stream, with the PD of its first answer. The test is ``models.risk.drift_watch``; the stability
index (PSI) is shown for monitoring and decides nothing.

The reference is the packed snapshot. Applicants are seldom a random sample of it: ``usual_rank`` holds a bank's usual
mean rank where it is known, and every deviation within the tolerance is no drift. The state is one worker's: with W
workers each sees its share of a bank's firms and alarms at a W-th of the stated rate, so that the chance that any of
them ever alarms is at most that rate, and a shift needs up to W times as many firms. A stream begins anew with each
start of a worker and each release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.risk.drift import Histogram, histogram, psi
from models.risk.drift_watch import ShiftTest, WatchParams, population_ranks, ranks_in

USUAL_RANK = 0.5  # of applicants who are a random sample of the snapshot


@dataclass
class Stream:
    """The distinct snapshot enterprises in one bank's requests."""

    test: ShiftTest
    counts: list[int]  # by bin of the reference's histogram, the missing last
    seen: set[str] = field(default_factory=set)
    sum_ranks: float = 0.0

    @property
    def alarm(self) -> bool:
        """Whether the test alarms now."""
        return bool(self.test.alarm[0])


class DriftWatch:
    """One worker's streams, by bank.

    pd_12m : the packed snapshot's PDs by USCC
    usual_rank : mean rank of a bank's usual applicants, where it is not that of the snapshot
    shown_from : firms of a bank from which on its PSI is shown
    """

    def __init__(
        self, pd_12m: Mapping[str, float], params: WatchParams, usual_rank: Mapping[str, float], shown_from: int
    ) -> None:
        packed = np.array(list(pd_12m.values()), dtype=float)
        if not packed.size or not np.isfinite(packed).all():
            raise ValueError("every firm of the packed snapshot needs a PD")
        self.params, self.usual_rank, self.shown_from = params, usual_rank, shown_from
        self.reference: Histogram = histogram(packed)
        self._packed, self._sorted = dict(pd_12m), np.sort(packed)
        self._own_rank = dict(zip(pd_12m, population_ranks(packed).tolist(), strict=True))
        self._streams: dict[str, Stream] = {}
        for bank in usual_rank:
            self._stream(bank)  # a rank that cannot be one is an error at the start

    def fresh(self) -> DriftWatch:
        """The same reference without any stream."""
        twin = copy(self)
        twin._streams = {}
        return twin

    def see(self, bank_id: str, uscc: str, pd_12m: float) -> None:
        """Count one answer; a firm that the snapshot lacks, or that the bank requested before, changes nothing."""
        own = self._own_rank.get(uscc)
        if own is None:
            return
        stream = self._stream(bank_id)
        if uscc in stream.seen:
            return
        stream.seen.add(uscc)
        rank = ranks_in(self._sorted, np.array([pd_12m]))
        stream.test.add(rank, np.array([own]))
        stream.sum_ranks += float(rank[0])
        stream.counts[self.reference.position(pd_12m)] += 1

    def table_alarm(self, bank_id: str, codes: Iterable[str]) -> bool:
        """Whether the firms of a whole table, each with its packed PD, have drifted; its stream is its own.

        codes : distinct, in an order that does not depend on the table's, as a sorted table is no shifted one
        """
        watch = self.fresh()
        for code in codes:
            if code in self._own_rank:
                watch.see(bank_id, code, self._packed[code])
        return watch.alarm(bank_id)

    def alarm(self, bank_id: str) -> bool:
        """Whether this bank's stream has drifted; False where nothing is known of the bank."""
        stream = self._streams.get(bank_id)
        return stream is not None and stream.alarm

    @property
    def any_alarm(self) -> bool:
        """Whether any bank's stream has drifted."""
        return any(stream.alarm for stream in self._streams.values())

    @property
    def largest_psi(self) -> float | None:
        """The largest PSI of a bank with enough firms; None where no bank has."""
        found = [index for stream in self._streams.values() if (index := self._psi(stream)) is not None]
        return max(found, default=None)

    def as_dict(self) -> dict[str, Any]:
        """What monitoring shows, by bank."""
        banks = {
            bank: {
                "enterprises": stream.test.n,
                "mean_rank": stream.sum_ranks / stream.test.n if stream.test.n else None,
                "usual_rank": stream.test.usual_rank,
                "psi": self._psi(stream),
                "alarm": stream.alarm,
            }
            for bank, stream in sorted(self._streams.items())
        }
        params = self.params
        rates = {"false_alarm_rate": params.false_alarm_rate, "tolerance_rank": params.tolerance_rank}
        return {**rates, "alarm": self.any_alarm, "banks": banks}

    def _psi(self, stream: Stream) -> float | None:
        return psi(self.reference.all_counts, stream.counts) if stream.test.n >= self.shown_from else None

    def _stream(self, bank_id: str) -> Stream:
        held = self._streams.get(bank_id)
        if held is None:
            test = ShiftTest(self.params, len(self._own_rank), self.usual_rank.get(bank_id, USUAL_RANK))
            held = self._streams[bank_id] = Stream(test, [0] * len(self.reference.all_counts))
        return held
