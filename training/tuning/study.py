"""A study on disk: asked in batches, pruned by medians, continued where its process ended. The only user of Optuna.

Trial ``n`` is drawn with seeds of its own from the trials of earlier batches, and pruned by them; trials of one batch
know nothing of each other. So neither the number of processes nor an interruption changes a trial, and the journal
decides what is still to do: a trial that was begun keeps its numbers and is evaluated again.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from training.tuning.front import Trial
from training.tuning.objectives import Figures
from training.tuning.problem import Axis, HeldOut, Problem, TuningError, Values, checked_now, typed

BATCH = 4  # trials that are drawn without knowing of each other; more processes than that gain nothing
DRAWN_AT_RANDOM = 8  # before the sampler learns from earlier trials
UNPRUNED = 4  # finished trials before a median prunes
LOSSES, CASES, FIGURES, PRUNED = "losses", "cases", "figures", "pruned"

Storage = JournalStorage
Evaluate = Callable[[Sequence[tuple[Values, int]]], list[HeldOut]]


class _Held:
    """Optuna's lock of a journal, which ``opened`` holds already: a killed writer would leave it for half a minute."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        """Whoever opened the journal releases it."""


@contextmanager
def opened(journal: Path, digest: str) -> Iterator[JournalStorage]:
    """The journal's storage, for this process alone.

    digest : of data, space and all else that decides a trial; every study in the journal must be of it
    raises : TuningError where another process has it, it is no journal, or it holds studies of another digest
    """
    journal.parent.mkdir(parents=True, exist_ok=True)
    with journal.with_suffix(".running").open("w") as own:
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a killed process loses it
        except BlockingIOError as fault:
            raise TuningError(f"{journal} is being written by another search; wait for it or end it") from fault
        _cut_half_written(journal)
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            storage = JournalStorage(JournalFileBackend(str(journal), _Held()))
            names = optuna.get_all_study_names(storage)
        except (ValueError, KeyError, TypeError) as fault:
            raise TuningError(f"{journal} is no journal of a search: {fault}") from fault
        if other := sorted(name for name in names if digest not in name):
            raise TuningError(
                f"{journal} holds the study {other[0]}, of other data, numbers or code than {digest}: "
                "name another journal, or remove it"
            )
        yield storage


def search(
    name: str,
    problem: Problem,
    blocks: int,
    evaluate: Evaluate,
    storage: JournalStorage,
    trials: int,
    seed: int,
    finished: Callable[[Trial], None] = lambda _: None,
) -> list[Trial]:
    """So many trials, the first with today's numbers, over the first ``blocks`` of the problem; those done are kept.

    evaluate : predictions of pairs of values and block, in their order
    finished : called with each trial in order of its number, those that were done before included
    """
    pruner = optuna.pruners.MedianPruner(n_startup_trials=UNPRUNED, n_warmup_steps=1)
    made = optuna.load_study if name in optuna.get_all_study_names(storage) else optuna.create_study
    study = made(study_name=name, storage=storage, pruner=pruner)
    if not study.get_trials(deepcopy=False):
        study.enqueue_trial(typed(problem.space, checked_now(problem.space, problem.now)))
    for start in range(0, trials, BATCH):
        numbers = range(start, min(start + BATCH, trials))
        _run_batch(study, problem, blocks, evaluate, [_begun(study, storage, n, problem.space, seed) for n in numbers])
        done = _read(study, problem)
        for number in numbers:
            finished(done[number])
    return _read(study, problem)[:trials]


def _begun(
    study: optuna.Study, storage: JournalStorage, number: int, space: Mapping[str, Axis], seed: int
) -> optuna.Trial | None:
    """Trial ``number``, drawn now or earlier; None where it is done."""
    known = study.get_trials(deepcopy=False)
    if number >= len(known) or known[number].state == TrialState.WAITING:
        trial = study.ask()
    elif known[number].state.is_finished():
        return None
    else:
        own = storage.get_study_id_from_name(study.study_name)
        trial = optuna.Trial(study, storage.get_trial_id_from_study_id_trial_number(own, number))
    for position, (name, axis) in enumerate(space.items()):  # numbers that are drawn already stay
        # A seed for each number: what is drawn again after a kill is what would have been drawn without it.
        own_seed = int(np.random.SeedSequence([seed, number, position]).generate_state(1)[0])
        study.sampler = optuna.samplers.TPESampler(n_startup_trials=DRAWN_AT_RANDOM, seed=own_seed)
        if axis.whole:
            trial.suggest_int(name, int(axis.low), int(axis.high), log=not axis.even)
        else:
            trial.suggest_float(name, axis.low, axis.high, log=not axis.even)
    return trial


def _run_batch(
    study: optuna.Study,
    problem: Problem,
    blocks: int,
    evaluate: Evaluate,
    batch: Sequence[optuna.Trial | None],
) -> None:
    begun = [one for one in batch if one is not None]
    # Figures and the mark of pruning are written before any trial of the batch is closed: they are not made again.
    todo = [one for one in begun if not {FIGURES, PRUNED} & set(one.user_attrs)]
    parts: dict[int, list[HeldOut]] = {one.number: [] for one in todo}
    for block in range(blocks):
        running = [one for one in todo if PRUNED not in one.user_attrs]
        values = [typed(problem.space, one.params) for one in running]
        for trial, part in zip(running, evaluate([(one, block) for one in values]), strict=True):
            own = parts[trial.number]
            own.append(part)
            losses, cases = [problem.loss(one) for one in own], [len(one.outcome) for one in own]
            trial.set_user_attr(LOSSES, losses)
            trial.set_user_attr(CASES, cases)
            if block not in _reported(study, trial):
                trial.report(float(np.average(losses, weights=cases)), block)
            # A trial that is evaluated again has passed the blocks before the last one that it reported.
            if block + 1 < blocks and block == max(_reported(study, trial)) and trial.should_prune():
                trial.set_user_attr(PRUNED, value=True)
    for trial in todo:
        if PRUNED not in trial.user_attrs:
            figures = problem.figures(parts[trial.number])
            trial.set_user_attr(FIGURES, [None if np.isnan(one) else one for one in figures])
    for trial in begun:
        attributes = trial.user_attrs
        if PRUNED in attributes:
            study.tell(trial, state=TrialState.PRUNED)
        else:
            study.tell(trial, float(np.average(attributes[LOSSES], weights=attributes[CASES])))


def _reported(study: optuna.Study, trial: optuna.Trial) -> Mapping[int, float]:
    reported: Mapping[int, float] = study.get_trials(deepcopy=False)[trial.number].intermediate_values
    return reported


def _read(study: optuna.Study, problem: Problem) -> list[Trial]:
    """The finished trials, by number."""
    found = []
    for one in study.get_trials(deepcopy=False):
        if one.state in (TrialState.COMPLETE, TrialState.PRUNED):
            known = one.user_attrs.get(FIGURES)
            figures = None if known is None else Figures(*(float("nan") if value is None else value for value in known))
            losses, cases = (tuple(one.user_attrs[key]) for key in (LOSSES, CASES))
            found.append(Trial(one.number, typed(problem.space, one.params), losses, cases, figures))
    return found


def _cut_half_written(journal: Path) -> None:
    """Drop the last line of a journal whose writer was killed within it: Optuna would append to it."""
    if journal.exists() and not (content := journal.read_bytes()).endswith(b"\n"):
        journal.write_bytes(content[: content.rfind(b"\n") + 1])
