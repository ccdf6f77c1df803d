"""What is packed is what the registry's alias ``champion`` names: other files are refused, none registered is noted."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from models.champion import ALIAS, FILES, FOLDER, STORE, champion_files, registered_name

HISTORY = "promotions.jsonl"  # of `training promote`, beside the registry


class ChampionError(ValueError):
    """The artefacts are not the champion's; the message names every file that differs and what can be done."""


def check_champions(artifacts: Path, store: str = STORE) -> tuple[str, ...]:
    """Capabilities whose artefacts nobody has promoted yet; raises ChampionError where they are not the champion's.

    artifacts : folder whose files would be packed
    store : of the registry; where its file is missing nothing was ever promoted
    """
    registry = _registry(store)
    without, faults = [], []
    approved = {} if registry is None else _approved(Path(store.removeprefix("sqlite:///")).with_name(HISTORY))
    for capability in FILES:
        found = None if registry is None else _champion(registry, capability)
        own = champion_files(artifacts, capability)
        if found is None:
            without += [capability] if own else []
            continue
        if approved.get(capability) != found.run_id:
            raise ChampionError(
                f"{capability}: the alias {ALIAS} names run {found.run_id}, the last promotion in {HISTORY} is of run "
                f"{approved.get(capability)}; allowed: the run that `python -m training promote` has promoted"
            )
        with tempfile.TemporaryDirectory(prefix="champion-") as folder:
            named = _files_of(str(found.run_id), Path(folder), capability, store)
            different = sorted(
                name
                for name in own.keys() | named.keys()
                if name not in own or name not in named or own[name].read_bytes() != named[name].read_bytes()
            )
        if different:
            faults.append(f"{capability}: champion is run {found.run_id}; other files: {', '.join(different)}")
    if faults:
        lines = "".join(f"\n  {fault}" for fault in faults)
        raise ChampionError(
            f"{artifacts} does not hold the champion's files:{lines}\npromote what it holds (`python -m training "
            "promote CAPABILITY`), or copy the champion's back (`python -m training champion CAPABILITY --restore`)"
        )
    return tuple(without)


def _registry(store: str) -> Any:
    """A client of the registry; None where its file is missing."""
    if store.startswith("sqlite:///") and not Path(store.removeprefix("sqlite:///")).is_file():
        return None
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    try:
        import mlflow  # seconds to import, and the serving process never needs it
    except ImportError as fault:
        raise ChampionError(
            f"{store} may name a champion, but mlflow is not installed: install the extra `train`"
        ) from fault
    return mlflow.MlflowClient(tracking_uri=store, registry_uri=store)


def _approved(history: Path) -> dict[str, str]:
    """The run that was promoted last, by capability; ``training champion`` checks that no entry was changed."""
    found: dict[str, str] = {}
    for number, line in enumerate(history.read_text(encoding="utf-8").splitlines() if history.is_file() else []):
        try:
            entry = json.loads(line)
            if entry["result"] == "promoted":
                found[entry["capability"]] = entry["run"]
        except (ValueError, KeyError, TypeError) as fault:
            raise ChampionError(f"{history}, entry {number}: no entry of a history ({fault})") from fault
    return found


def _champion(registry: Any, capability: str) -> Any:
    """The version with the alias; None where nothing has it."""
    name = registered_name(capability)
    models = [one for one in registry.search_registered_models() if one.name == name and ALIAS in one.aliases]
    return registry.get_model_version_by_alias(name, ALIAS) if models else None


def _files_of(run: str, folder: Path, capability: str, store: str) -> dict[str, Path]:
    import mlflow

    try:
        mlflow.artifacts.download_artifacts(run_id=run, artifact_path=FOLDER, dst_path=str(folder), tracking_uri=store)
    except (OSError, mlflow.exceptions.MlflowException) as fault:
        raise ChampionError(
            f"{capability}: the files of its champion, run {run}, are not in the store: {fault}"
        ) from fault
    return champion_files(folder / FOLDER, capability)
