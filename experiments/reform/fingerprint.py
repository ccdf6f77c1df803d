"""The fingerprint of a result: digests of data, code, models and policies, and of every file that came out.

Its identifier depends on nothing else, so it is the same on every machine. What is not kept anywhere makes a draft: the
identifier then begins with ``draft``, and the result is not citable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import data
from data.code_version import source_digest
from experiments.reform.kept import Kept, artefacts_kept, code_in_git, files_in_git
from models.reform.read import policy_files

SCHEMA = "reform-fingerprint/1"
FILE = "fingerprint.json"
WITHHELD = ("moves.csv",)  # one row a firm: it stays with whoever made the result
INPUTS = "inputs"  # copies of the policies and of the files of baseline and reforms, beside the result
SNAPSHOT = ("snapshot",)
MODELS = ("points/card.yaml", "risk/model", "quota/model", "quota/certificates.json")
DRAWS = "draws"
CODE = ("data", "features", "models", "experiments/reform")
ROOT = Path(data.__file__).resolve().parent.parent
Others = Mapping[str, Mapping[str, Path]]  # models and firms -> by the name that a study has for them
NO_OTHERS: Others = {"models": {}, "firms": {}}
KINDS = ("data", "code", "models", "policies")


def fingerprint(
    folder: Path, artifacts: Path, sources: Mapping[str, Path], others: Others, *, draws: bool
) -> dict[str, Any]:
    """The fingerprint of the result in ``folder``.

    artifacts : the models and the snapshot that it was made from
    sources : policies and YAML files of baseline and reforms, by the name of their copy under ``folder/inputs``
    others : other models and other values of the firms that those name
    draws : whether the refitted draws under ``artifacts`` were used
    """
    kept = {
        "data": _with_others(artefacts_kept(artifacts, SNAPSHOT), others["firms"]),
        "code": code_in_git(ROOT, CODE),
        "models": _with_others(_models_kept(artifacts, draws=draws), others["models"]),
        "policies": files_in_git(sources),
    }
    digests = {
        **artefact_digests(artifacts, others, draws=draws),
        "code": source_digest(CODE, ROOT),
        "policies": files_digest({name: folder / INPUTS / name for name in sources}),
    }
    inputs = {kind: {"digest": digests[kind], **kept[kind].as_dict()} for kind in KINDS}
    citable = all(one.kept != "nowhere" for one in kept.values())
    named = {kind: sorted(paths) for kind, paths in others.items()}
    made = {"inputs": inputs, "draws": draws, "others": named, "result": result_digests(folder), "citable": citable}
    return {"schema": SCHEMA, "id": identifier(made), **made}


def identifier(made: Mapping[str, Any]) -> str:
    """``reform-`` or ``draft-`` and 32 hexadecimal digits over the digests of inputs and result.

    made : a fingerprint; where things are kept is not part of the digits, nor are files of WITHHELD, whose codes of
        firms may be salted, so that two machines give the same
    """
    bound = {
        "schema": SCHEMA, "draws": made["draws"], "others": made["others"],
        "result": {name: digest for name, digest in made["result"].items() if name not in WITHHELD},
        "inputs": {kind: made["inputs"][kind]["digest"] for kind in KINDS},
    }  # fmt: skip
    text = json.dumps(bound, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return ("reform-" if made["citable"] else "draft-") + hashlib.sha256(text.encode()).hexdigest()[:32]


def result_digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of the result by name; pages and the fingerprint itself are made from these.

    Whoever is given the result need not have the files of WITHHELD.
    """
    found = sorted(path for path in folder.iterdir() if path.suffix in (".json", ".csv") and path.name != FILE)
    return {path.name: file_digest(path) for path in found}


def artefact_digests(artifacts: Path, others: Others, *, draws: bool) -> dict[str, str]:
    """Digests of data and models."""
    return {
        "data": files_digest({name: artifacts / name for name in SNAPSHOT} | dict(others["firms"])),
        "models": files_digest({name: artifacts / name for name in model_names(draws=draws)} | dict(others["models"])),
    }


def model_names(*, draws: bool) -> tuple[str, ...]:
    """What the models of a result are, under ``artifacts``."""
    return (*MODELS, DRAWS) if draws else MODELS


def files_digest(files: Mapping[str, Path]) -> str:
    """SHA-256 over name, size and bytes of files, and of all files of folders, by name; raises OSError for none."""
    state = hashlib.sha256()
    for name, one in sorted(_every_file(files).items()):
        content = one.read_bytes()
        state.update(f"{name}:{len(content)}\n".encode())
        state.update(content)
    return state.hexdigest()


def _every_file(files: Mapping[str, Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name, path in files.items():
        inside = [one for one in path.rglob("*") if one.is_file()]
        found |= {f"{name}/{one.relative_to(path).as_posix()}": one for one in inside}
        found |= {} if path.is_dir() else {name: path}
    return found


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def source_files(policies: Iterable[Path], studies: Iterable[Path]) -> dict[str, Path]:
    """What is copied beside the result, by its name there: policies, the study's files, policies that those name."""
    files = list(studies)
    named = {**{path.name: path for path in files}, **policy_files(files)}
    return {f"policies/{path.name}": path for path in policies} | {
        f"studies/{name}": one for name, one in named.items()
    }


def _models_kept(artifacts: Path, *, draws: bool) -> Kept:
    """Whether the models are kept, and with them the refitted draws, which no stage writes and no release packs."""
    kept = artefacts_kept(artifacts, model_names(draws=draws))
    if draws and kept.kept == "nowhere" and artefacts_kept(artifacts, MODELS).kept != "nowhere":
        return Kept("nowhere", lacking=(DRAWS,))
    return kept


def _with_others(kept: Kept, others: Mapping[str, Path]) -> Kept:
    """What is kept, with other files beside it, which have to be committed."""
    if not others:
        return kept
    beside = files_in_git(_every_file(others))
    return kept if beside.kept != "nowhere" else Kept("nowhere", lacking=(*kept.lacking, *beside.lacking))
