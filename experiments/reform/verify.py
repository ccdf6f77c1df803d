"""Whether a result is the one that its fingerprint names: by anybody, without a network, from the files alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from data.code_version import source_digest
from experiments.reform.fingerprint import (
    CODE,
    FILE,
    INPUTS,
    KINDS,
    NO_OTHERS,
    ROOT,
    SCHEMA,
    SNAPSHOT,
    WITHHELD,
    artefact_digests,
    files_digest,
    identifier,
    model_names,
    result_digests,
)
from experiments.reform.kept import artefacts_are_at, code_is_at, files_are_at
from experiments.reform.page import pages
from experiments.reform.signature import SignatureError, check_signature
from serving.ledger.checkpoint import Verifier

State = Literal["same", "different", "absent", "unknown file", "not at hand", "not covered"]
FAULTS: tuple[State, ...] = ("different", "absent", "unknown file")


class FingerprintError(ValueError):
    """The folder has no fingerprint that can be read; the message names the file."""


@dataclass(frozen=True)
class Check:
    """One thing that was checked. found, stated : what differs, or why it was not checked.

    state : not at hand where what it needs is not there; not covered where it agrees with a digest that neither the
        identifier nor a signature binds, so that who altered it may have altered the digest too
    """

    name: str
    state: State
    found: str = ""
    stated: str = ""


def verify(folder: Path, artifacts: Path | None = None, cited: str = "", key: Verifier | None = None) -> list[Check]:
    """Every check of the result in ``folder``; those of FAULTS mean that it is not the result that was cited.

    artifacts : where the models and the snapshot lie, None where they are not at hand
    cited : the identifier under which the result was cited, "" where that is not known
    key : the public key of whoever signed it, None where that is not known
    raises : FingerprintError
    """
    stated = _read(folder)
    checks = [_compared("identifier", identifier(stated), stated["id"])]
    checks.append(
        _compared("identifier as cited", stated["id"], cited) if cited else Check("identifier as cited", "not at hand")
    )
    if key is not None:
        checks.append(_signature(folder, key))
    signed = any(check.name == "signature" and check.state == "same" for check in checks)
    checks += _files(result_digests(folder), stated["result"], signed=signed)
    checks.append(_digest("policies", stated, lambda: files_digest(_copies(folder))))
    own = source_digest(CODE, ROOT)
    checks.append(
        Check("code", "same") if own == stated["inputs"]["code"]["digest"] else Check("code", "not at hand", own)
    )
    checks += _artefacts(artifacts, stated)
    checks += _kept(folder, artifacts, stated)
    return [*checks, *_pages(folder, stated, same_code=own == stated["inputs"]["code"]["digest"])]


def _signature(folder: Path, key: Verifier) -> Check:
    try:
        check_signature(folder, key)
    except SignatureError as fault:
        return Check("signature", "different", str(fault))
    return Check("signature", "same", key.name)


def _artefacts(artifacts: Path | None, stated: Mapping[str, Any]) -> list[Check]:
    if artifacts is None:
        return [Check(kind, "not at hand") for kind in ("data", "models")]
    try:
        found = artefact_digests(artifacts, NO_OTHERS, draws=stated["draws"])
    except OSError as fault:
        return [Check("data and models", "absent", str(fault))]
    beside = {"data": stated["others"]["firms"], "models": stated["others"]["models"]}
    return [
        # Other models or values of the firms lie wherever the studies' author has them.
        Check(kind, "not at hand") if beside[kind] else _compared(kind, digest, stated["inputs"][kind]["digest"])
        for kind, digest in found.items()
    ]


def _kept(folder: Path, artifacts: Path | None, stated: Mapping[str, Any]) -> list[Check]:
    """Whether what is stated to be kept is kept there, as far as the repository and the artefacts are at hand.

    That a result is citable is proven only where all of it was found to be kept.
    """
    inputs = stated["inputs"]
    checks = []
    models = model_names(draws=stated["draws"])
    answers: dict[str, bool | None] = {
        "code": code_is_at(ROOT, inputs["code"]["by"], CODE, inputs["code"]["digest"]),
        "policies": files_are_at(ROOT, inputs["policies"]["by"], _copies(folder)),
        "data": artefacts_are_at(artifacts, inputs["data"]["by"], SNAPSHOT) if artifacts else None,
        "models": artefacts_are_at(artifacts, inputs["models"]["by"], models) if artifacts else None,
    }
    for kind, kept in answers.items():
        if inputs[kind]["kept"] != "nowhere":
            state: State = "not at hand" if kept is None else "same" if kept else "different"
            checks.append(Check(f"{kind} as {inputs[kind]['kept']}", state, inputs[kind]["by"]))
    citable = len(checks) == len(KINDS)
    if citable and stated["citable"] and any(check.state == "not at hand" for check in checks):
        return [Check("citable", "not at hand", "unproven until code, policies, data and models are at hand"), *checks]
    return [_compared("citable", str(citable), str(stated["citable"])), *checks]


def faults(checks: list[Check]) -> list[Check]:
    """The checks that failed."""
    return [check for check in checks if check.state in FAULTS]


def counted(checks: list[Check]) -> str:
    """How many things are as stated, how many were not checked, and how many are at fault."""
    same, failed = sum(check.state == "same" for check in checks), len(faults(checks))
    return f"{same} the same, {len(checks) - same - failed} not checked, {failed} at fault"


def _read(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    try:
        stated: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = (stated["schema"], *(stated["inputs"][kind]["digest"] for kind in KINDS), stated["id"], stated["draws"])
        known += (stated["others"]["models"], stated["others"]["firms"])
        texts = [stated["id"], *stated["result"], *stated["result"].values()]
        for kind in KINDS:
            one = stated["inputs"][kind]
            texts += [one["digest"], one["kept"], one["by"], *one["lacking"]]
        if wrong := [text for text in texts if not isinstance(text, str)]:
            raise ValueError(f"found {wrong[0]!r}; allowed: a text")
        for kind in KINDS:
            if not re.fullmatch(r"(\w[\w:.-]*)?", by := stated["inputs"][kind]["by"]):  # git would take -x as an option
                raise ValueError(f"inputs.{kind}.by: found {by!r}; allowed: a commit or a release")
        if known[0] != SCHEMA or not isinstance(stated["result"], Mapping) or not isinstance(stated["citable"], bool):
            raise ValueError(f"schema {known[0]!r}; allowed: {SCHEMA!r}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise FingerprintError(f"{path} is no fingerprint of a result: {fault}") from fault
    return stated


def _compared(name: str, found: str, stated: str) -> Check:
    return Check(name, "same") if found == stated else Check(name, "different", found, stated)


def _digest(name: str, stated: Mapping[str, Any], made: Callable[[], str]) -> Check:
    try:
        return _compared(name, made(), stated["inputs"][name]["digest"])
    except OSError as fault:
        return Check(name, "absent", str(fault))


def _files(found: Mapping[str, str], stated: Mapping[str, str], *, signed: bool) -> list[Check]:
    checks = [_compared(name, found[name], digest) for name, digest in stated.items() if name in found]
    why = "agrees with its digest, which the identifier does not cover"
    checks = [
        Check(check.name, "not covered", why)
        if check.name in WITHHELD and check.state == "same" and not signed
        else check
        for check in checks
    ]
    checks += [Check(name, "not at hand" if name in WITHHELD else "absent") for name in stated if name not in found]
    return checks + [Check(name, "unknown file") for name in found if name not in stated]


def _copies(folder: Path) -> dict[str, Path]:
    root = folder / INPUTS
    return {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}


def _pages(folder: Path, stated: Mapping[str, Any], *, same_code: bool) -> list[Check]:
    """Pages are made again from the result: the same code gives the same bytes."""
    there = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in folder.glob("*.html")}
    if not same_code:
        return [Check(name, "not at hand") for name in sorted(there)]
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        made = pages(result, stated)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as fault:
        return [Check("pages", "absent", f"cannot be made again: {fault!r}")]
    checks = [
        Check(name, "same" if there[name] == text else "different") if name in there else Check(name, "absent")
        for name, text in made.items()
    ]
    return checks + [Check(name, "unknown file") for name in sorted(set(there) - set(made))]
