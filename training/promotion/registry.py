"""The MLflow registry: which run's files are the champion of a capability, and where the history of promotions ends.

A run keeps the files of its model and the digests of what they were made of. A registered model, one for each
capability, names the runs that became champion as its versions; its alias ``champion`` names the one in use.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.champion import ALIAS, FOLDER, STORE, champion_files, files_below, files_digest, registered_name
from training.promotion.history import PROMOTED, START, Entry, HistoryError
from training.run_rows import ROWS
from training.tracking import EXPERIMENT

MADE_OF = "made_of."  # before the name of a digest, as a tag of the run
FILES_DIGEST = "release_sha256"  # tag of a run and of a version: digest of its files
REPORTED = "reports"  # of a run's artefacts: what its stage wrote beside the model, by its path below ``artifacts``
REPORTS: Mapping[str, tuple[str, ...]] = {
    "points": ("points/card.csv", "points/audit.json", "points/metrics.json", "points/pictures"),
    "risk": tuple(
        f"risk/{name}"
        for name in ("metrics.json", "calibration.csv", "selection.json", "disclosure.json", "disclosure.html")
    ),
    "quota": ("quota/metrics.json",),
    "matching": ("matching/metrics.json", "matching/matching.json"),
}
END = "history_end"  # tag of a registered model: number and digest of its last entry


class RegistryError(LookupError):
    """A run, its files or a champion is not what it has to be; the message names found and allowed."""


@dataclass(frozen=True)
class Candidate:
    """A run's files, and what they were made of.

    folder : holds the files as ``artifacts`` does; digest : of these files
    rows   : file of the rows that the run was tested on (``training.run_rows``), None where it kept none
    """

    run: str
    folder: Path
    digest: str
    made_of: Mapping[str, str]
    rows: Path | None = None


def keep_release(run: str, capability: str, artifacts: Path, made_of: Mapping[str, str]) -> None:
    """Keep the files of a capability below ``artifacts``, so that its run can become champion, and its reports."""
    client = _client()
    files = champion_files(artifacts, capability)
    for folder, kept in ((FOLDER, files), (REPORTED, files_below(artifacts, REPORTS[capability]))):
        for name, path in kept.items():
            client.log_artifact(run, str(path), f"{folder}/{Path(name).parent.as_posix()}")
    client.set_tag(run, FILES_DIGEST, files_digest(files))
    for name, digest in made_of.items():
        client.set_tag(run, MADE_OF + name, digest)


def newest_run(capability: str) -> str:
    """The last run of a capability that keeps its files; raises RegistryError."""
    client = _client()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    wanted = f"tags.capability = '{capability}' and tags.{FILES_DIGEST} != ''"
    runs = [] if experiment is None else client.search_runs(
        [experiment.experiment_id], wanted, max_results=1, order_by=["attributes.start_time DESC"]
    )  # fmt: skip
    if not runs:
        raise RegistryError(f"no run of {capability} keeps its files; make one with `python -m training {capability}`")
    return str(runs[0].info.run_id)


def read_candidate(run: str, capability: str, target: Path) -> Candidate:
    """A run's files, copied to ``target``; raises RegistryError where there are none, or they were changed."""
    import mlflow

    try:
        tags: Mapping[str, str] = _client().get_run(run).data.tags
    except mlflow.exceptions.MlflowException as fault:
        raise RegistryError(f"run {run!r} is not in {STORE}: {fault.message}") from fault
    if tags.get("capability") != capability or FILES_DIGEST not in tags:
        found = f"a run of {tags.get('capability', 'nothing')}, {'with' if FILES_DIGEST in tags else 'without'} files"
        raise RegistryError(f"run {run}: found {found}; allowed: a run of {capability} that keeps its files")
    folder = _copied(run, FOLDER, target)
    digest = files_digest(champion_files(folder, capability))
    if digest != tags[FILES_DIGEST]:
        raise RegistryError(
            f"run {run}: its files have the digest {digest[:12]}, it was made with {tags[FILES_DIGEST][:12]}"
        )
    made_of = {name.removeprefix(MADE_OF): value for name, value in tags.items() if name.startswith(MADE_OF)}
    rows = None
    if ROWS in {one.path for one in _client().list_artifacts(run)}:
        rows = _copied(run, ROWS, target)
    return Candidate(run, folder, digest, made_of, rows)


def read_reports(run: str, target: Path) -> Path:
    """A run's reports, copied to a folder below ``target``, which is returned; it is empty where the run kept none."""
    if REPORTED in {one.path for one in _client().list_artifacts(run)}:
        return _copied(run, REPORTED, target)
    return target / REPORTED


def _copied(run: str, name: str, target: Path) -> Path:
    """A file or folder of a run's artefacts, copied to ``target``; raises RegistryError where it is not there."""
    import mlflow

    client = _client()
    kept = [one.path for one in client.list_artifacts(run)]
    try:
        if name in kept:
            mlflow.artifacts.download_artifacts(
                run_id=run, artifact_path=name, dst_path=str(target), tracking_uri=STORE
            )
            return target / name
        fault = f"found {', '.join(kept) or 'no file'}"
    except (OSError, mlflow.exceptions.MlflowException) as error:
        fault = f"found files that cannot be copied ({error})"
    where = client.get_run(run).info.artifact_uri
    raise RegistryError(
        f"run {run}: {where}/{name}: {fault}; allowed: the files that the run kept, from a copy of mlruns/, "
        "or another run"
    )


def champion_run(capability: str) -> str | None:
    """The run that the alias names; None where nothing is registered or nothing has the alias."""
    import mlflow

    try:
        return str(_client().get_model_version_by_alias(registered_name(capability), ALIAS).run_id)
    except mlflow.exceptions.MlflowException:
        return None


def check_history(entries: list[Entry], chains: list[str]) -> None:
    """Raise HistoryError unless the registry knows the same last entry, and the same champion, of each capability."""
    for capability in {one.capability for one in entries} | set(_ends()):
        last = max((one.seq for one in entries if one.capability == capability), default=-1)
        written = f"{last}:{chains[last] if last >= 0 else START}"
        known = _ends().get(capability, f"-1:{START}")
        if written != known:
            raise HistoryError(
                f"{capability}: the history ends with entry {written[:18]}, the registry knows {known[:18]}: one of "
                "them was changed, cut off or replaced"
            )
        promoted: list[str | None] = [None]
        promoted += [one.run for one in entries if one.capability == capability and one.result == PROMOTED]
        if promoted[-1] != champion_run(capability):
            raise HistoryError(f"{capability}: the history's champion is run {promoted[-1]}, the alias "
                               f"names {champion_run(capability)}")  # fmt: skip


def record(entry: Entry, chain: str) -> None:
    """Note the history's end at the registered model; a promoted run becomes its newest version, with the alias."""
    client, name = _client(), registered_name(entry.capability)
    if not [one for one in client.search_registered_models() if one.name == name]:
        client.create_registered_model(name)
    if entry.result == PROMOTED:
        source = f"{client.get_run(entry.run).info.artifact_uri}/{FOLDER}"
        tags = {FILES_DIGEST: entry.digest, "by": entry.by, "reason": entry.reason, "first": str(entry.first).lower()}
        version = client.create_model_version(name, source, entry.run, tags=tags)
        client.set_registered_model_alias(name, ALIAS, version.version)
    client.set_registered_model_tag(name, END, f"{entry.seq}:{chain}")


def complete(entries: list[Entry], chains: list[str], capability: str) -> None:
    """Record the last entry of a capability that was written while the registry was not: an interrupted promotion.

    raises : HistoryError unless the registry knows the entry before it as the last one
    """
    own = [one for one in entries if one.capability == capability]
    before = f"{own[-2].seq}:{chains[own[-2].seq]}" if len(own) > 1 else f"-1:{START}"
    if not own or _ends().get(capability, f"-1:{START}") != before:
        raise HistoryError(f"{capability}: no promotion was interrupted after its entry was written")
    record(own[-1], chains[own[-1].seq])


def _ends() -> dict[str, str]:
    prefix = registered_name("")
    models = _client().search_registered_models()
    return {
        one.name.removeprefix(prefix): one.tags[END]
        for one in models
        if one.name.startswith(prefix) and END in one.tags
    }


def _client() -> Any:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow  # seconds to import, and only promotion needs it

    return mlflow.MlflowClient(tracking_uri=STORE, registry_uri=STORE)
