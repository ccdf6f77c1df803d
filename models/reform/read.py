"""A baseline and reforms from YAML files; what is wrong with one is named by file, key, found and allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from data.requests import QuotaRequest
from data.yaml_file import GivenTwiceError, TooDeepError, read_yaml_file
from models.points.step_prices import read_costs
from models.quota.engine import QuotaEngine, read_policies
from models.reform.allowed import allowed
from models.reform.evaluate import Requested
from models.reform.levers import DIGITS, EVERY_BANK, SECTIONS, LeverError, Levers, Packed, number, read_levers
from models.reform.rules import Rules
from models.reform.study import BASELINE, Proposal, Study, Sweep

NAMES = ("zh", "en")
REQUEST = ("requested_cny", "tenor_months", "product", "purpose")
RESERVED = ("index", "result", "fingerprint")  # names of files that every result has
MOST_VALUES = 20_000  # of a file, with every alias written out
DEEPEST = 12  # levels of a file
LARGEST = 1e15  # number, whatever its unit


def read_packed(artifacts: Path, models: Iterable[str] = (), firms: Iterable[str] = ()) -> Packed:
    """The release that levers start from: the models of a folder and the shipped policies and prices.

    models, firms : names of other models and of other values of the firms that levers may take
    """
    engine = QuotaEngine.load(artifacts)
    policies = {policy.bank_id: policy for policy in read_policies()}
    return Packed(engine, policies, read_costs(engine.codebook), models=tuple(models), firms=tuple(firms))


class StudyError(ValueError):
    """A file that is no baseline or reform; the message names the file, the key, what was found and what is allowed.

    kind, figures : what is wrong with a file as such, for a page that says it in the reader's language; "" for the rest
    """

    def __init__(self, message: str, kind: str = "", **figures: str | int) -> None:
        super().__init__(message)
        self.kind, self.figures = kind, figures


def read_study(
    baseline: Path, reforms: list[Path], packed: Packed, banks: list[str] | None = None, *, stacked: bool = False
) -> Study:
    """The study of the files; raises StudyError naming the first fault."""
    for path in reforms:
        if not re.fullmatch(r"\w[\w .-]*", path.stem) or path.stem in RESERVED:
            allowed = f"a file name of letters, digits, spaces and . _ -, other than {', '.join(RESERVED)}"
            raise StudyError(f"{path.name}: reform: found {path.stem!r}; allowed: {allowed}")
    if same := [path for path in reforms if path.name == baseline.name]:
        raise StudyError(f"{same[0]}: reform: found the baseline's file name; allowed: a name of its own")
    chosen = tuple(packed.policies) if banks == ["all"] else tuple(banks or ["standard"])
    if unknown := [bank for bank in chosen if bank not in packed.policies]:
        raise StudyError(f"--bank: found {unknown[0]}; allowed: all, or one or more of {list(packed.policies)}")
    base, requested = _proposal(baseline, packed, BASELINE)
    read = tuple(_proposal(path, packed, path.stem)[0] for path in reforms)
    policy_files([baseline, *reforms])
    try:
        study = Study(packed, base, read, chosen, requested, stacked)
        for rules in study.rules.values():  # a stack may set a lever twice, or a bound below a weight that is named
            rules.card(packed.engine.points)
    except LeverError as fault:
        raise StudyError(f"{', '.join(path.name for path in reforms)}: {fault}") from fault
    for path in reforms:
        if missed := study.banks_missed(path.stem):
            found = f"changes only of banks that are not calculated ({', '.join(missed)})"
            allowed = f"--bank {missed[0]}, or a change that concerns {', '.join(chosen)}"
            raise StudyError(f"{path.name}: policies: found {found}; allowed: {allowed}", "banks")
    return study


def other_sources(paths: list[Path]) -> dict[str, dict[str, Path]]:
    """Folders of other models and files of other values of the firms that the studies' files name, by section and name.

    A name is the path as it is written, taken from the file's own folder.
    """
    found: dict[str, dict[str, Path]] = {"models": {}, "firms": {}}
    for path in paths:
        raw = read_yaml(path)
        for section, names in found.items():
            name = raw.get(section, "packed")
            if name == "packed":
                continue
            if not isinstance(name, str) or not (path.parent / name).exists():
                allowed = f"packed, or a path beside {path.name}"
                raise StudyError(f"{path.name}: {section}: found {name}; allowed: {allowed}", "other_files")
            _same_file(names, name, path, section)
    return found


def policy_files(paths: list[Path]) -> dict[str, Path]:
    """Files of policies that the studies' files name, by the name; raises StudyError where one name has two files."""
    found: dict[str, Path] = {}
    for path in paths:
        named = read_yaml(path).get("policies", {})
        for bank, name in named.items() if isinstance(named, Mapping) else ():
            if isinstance(name, str):
                _same_file(found, name, path, f"policies.{bank}")
    return found


def _same_file(found: dict[str, Path], name: str, study: Path, key: str) -> None:
    """Note what a study names; copies of all of them go beside the result under their names, so these must differ."""
    one = study.parent / name
    if found.setdefault(name, one).resolve() != one.resolve():
        raise StudyError(f"{study.name}: {key}: found {name}, which is {found[name]} too; allowed: a name of its own")


def _proposal(path: Path, packed: Packed, key: str) -> tuple[Proposal, Requested]:
    raw = read_yaml(path)
    try:
        own = ("name", "request") if key == BASELINE else ("name", "sweep")
        _members(raw, (*own, *SECTIONS), "")
        names = raw.get("name", {})
        names = _members({"zh": names, "en": names} if isinstance(names, str) else names, NAMES, "name")
        for language, name in names.items():
            if not isinstance(name, str | int | float) or not str(name).strip():
                raise LeverError(f"name.{language}", "nothing" if name in (None, "") else name, "a text")
        written = {section: body for section, body in raw.items() if section in SECTIONS}
        levers = _with_policy_files(written, path.parent)
        proposal = Proposal(
            key, str(names.get("zh", path.stem)), str(names.get("en", path.stem)),
            _own_levers(levers, written, packed), _sweep(path, raw, levers, packed),
        )  # fmt: skip
        return proposal, _requested(raw.get("request", {}))
    except LeverError as fault:
        raise StudyError(f"{path.name}: {_as_written(fault, raw)}") from fault


def _own_levers(levers: Mapping[str, Any], written: Mapping[str, Any], packed: Packed) -> Levers:
    """A proposal's levers, its policies' files read; raises StudyError where such a file is at fault, else LeverError.

    written : the sections with the names of those files
    """
    try:
        own = read_levers(levers, packed)
        Rules.of(own, packed).card(packed.engine.points)  # a policy or card that cannot be is this file's fault
    except LeverError as fault:
        if file := _policy_file(fault, levers, written, packed):
            raise StudyError(f"{file}: {_as_written(fault, levers)}") from fault
        raise
    return own


def _policy_file(fault: LeverError, levers: Mapping[str, Any], written: Mapping[str, Any], packed: Packed) -> str:
    """The name of the policy's file that says what is at fault, "" where the study's own file does."""
    section, *rest = fault.key.split(".")
    bank, names = "".join(rest[:1]), rest[1:]
    if section != "policies" or bank not in (EVERY_BANK, *packed.policies):
        return ""
    bodies = levers[section]
    for one in (bank, EVERY_BANK):  # a bank's own members are over those of every bank
        if one in bodies and _says(bodies[one], names):
            name = written[section][one]
            return name if isinstance(name, str) else ""
    return ""


def _says(raw: Any, names: list[str]) -> bool:
    """Whether a policy has a member, whose amount may be in yuan; or a value in whose stead a member was looked for."""
    for name in names:
        if not isinstance(raw, Mapping):
            return True
        either = name if name in raw else name.removesuffix("_wan") + "_cny"
        if either not in raw:
            return False
        raw = raw[either]
    return True


def _as_written(fault: LeverError, raw: Mapping[str, Any]) -> LeverError:
    """The fault with what the file says in place of the number that was read from it: 300 % and not 3.0."""
    names = fault.key.split(".")
    given = [_at(raw, [*names[:1], bank, *names[2:]]) for bank in (*names[1:2], EVERY_BANK)]
    sweep = raw.get("sweep")
    given += sweep["values"] if isinstance(sweep, Mapping) and sweep.get("lever") == fault.key else []
    for one in given:
        with suppress(LeverError, ValueError):
            if isinstance(one, str) and number(one, fault.key, "") == float(fault.found):
                return LeverError(fault.key, one, fault.allowed)
    return fault


def _at(raw: Any, names: list[str]) -> Any:
    """What lies at a path, whose amounts may be in yuan; None where nothing does."""
    for name in names:
        either = name if isinstance(raw, Mapping) and name in raw else name.removesuffix("_wan") + "_cny"
        raw = raw.get(either) if isinstance(raw, Mapping) else None
    return raw


def read_yaml(path: Path) -> dict[str, Any]:
    """A file's mapping; raises StudyError naming the file."""
    try:
        raw = read_yaml_file(path)
        _sized(raw, path.name)
    except TooDeepError as fault:
        raise StudyError(f"{path.name}: found too many levels; allowed: {DEEPEST}", "levels", most=DEEPEST) from fault
    except (OSError, ValueError, yaml.YAMLError) as fault:  # a whole number of thousands of digits is a ValueError
        if isinstance(fault, StudyError):
            raise
        kind, figures = _kind_of(fault)
        raise StudyError(f"{path.name} cannot be read: {fault}", kind, **figures) from fault
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        message = f"{path.name}: found {type(raw).__name__}; allowed: sections of levers {list(SECTIONS)}"
        raise StudyError(message, "sections", allowed=", ".join(SECTIONS))
    return {str(key): value for key, value in raw.items()}


def _kind_of(fault: Exception) -> tuple[str, dict[str, str | int]]:
    """What is wrong with a file that cannot be read, and where in it."""
    if isinstance(fault, OSError):
        return "absent", {"file": Path(str(fault.filename)).name}
    if isinstance(fault, UnicodeDecodeError):
        return "encoding", {}
    mark = fault.problem_mark if isinstance(fault, yaml.MarkedYAMLError) else None
    if mark is None:
        return "unreadable", {}
    where: dict[str, str | int] = {"line": mark.line + 1, "column": mark.column + 1}
    return ("twice", where | {"member": str(fault.key)}) if isinstance(fault, GivenTwiceError) else ("syntax", where)


def _sized(raw: Any, file: str) -> None:
    """Raise StudyError where the file is larger or deeper than any study, or holds what no page could show."""
    waiting, seen = [(raw, "", 0)], 0
    while waiting:
        value, key, level = waiting.pop()
        seen += 1
        where = f"{file}: {key}" if key else file
        if seen > MOST_VALUES:
            found = f"more than {MOST_VALUES} values, aliases written out"
            raise StudyError(f"{where}: found {found}; allowed: fewer", "values", most=MOST_VALUES)
        if level > DEEPEST:
            found = f"more than {DEEPEST} levels"
            raise StudyError(f"{where}: found {found}; allowed: {DEEPEST}", "levels", most=DEEPEST)
        if isinstance(value, Mapping):
            for name, inner in value.items():
                waiting += [(name, key, level + 1), (inner, f"{key}.{name}" if key else str(name), level + 1)]
        elif isinstance(value, list | tuple | set):
            waiting += [(inner, key, level + 1) for inner in value]
        elif isinstance(value, str) and not all(one.isprintable() or one.isspace() for one in value):
            raise StudyError(
                f"{where}: found {value!a}; allowed: characters that can be printed", "printed", member=key
            )
        elif _size(value) > LARGEST:
            found = str(value)[:40]
            allowed = f"a finite number up to {LARGEST:g}"
            raise StudyError(f"{where}: found {found}; allowed: {allowed}", "finite", member=key, found=found)


def _size(value: Any) -> float:
    """How large a number is, or a text that begins with one; 0 for anything else."""
    digits = re.match(rf"\s*(?=[-+]?[0-9]){DIGITS}", value) if isinstance(value, str) else None
    try:
        number_ = float(digits[0].replace(",", "").replace("_", "")) if digits else value
        return abs(float(number_)) if isinstance(number_, int | float) else 0.0
    except OverflowError:
        return float("inf")


def _with_policy_files(levers: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A bank's policy that is the name of a file is read from it."""
    read = dict(levers)
    policies = levers.get("policies")
    if isinstance(policies, Mapping):
        read["policies"] = {
            bank: read_yaml(_beside(folder, body, f"policies.{bank}")) if isinstance(body, str) else body
            for bank, body in policies.items()
        }
    return read


def _beside(folder: Path, name: str, key: str) -> Path:
    """The named file; a copy of it goes beside the result under this name, so it must not lead out of the folder."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        raise LeverError(key, name, "members with values, or a file in the folder of this one or below it")
    return folder / path


def _sweep(path: Path, raw: Mapping[str, Any], levers: Mapping[str, Any], packed: Packed) -> Sweep | None:
    if "sweep" not in raw:
        return None
    body = _members(raw["sweep"], ("lever", "values"), "sweep")
    lever, values = str(body.get("lever", "")), body.get("values")
    if not lever:
        raise LeverError("sweep.lever", "nothing", "the path of a lever, such as policies.standard.pd_cutoff")
    if not isinstance(values, list) or not values:
        raise LeverError("sweep.values", values, "a list of values")
    read: list[Levers] = []
    for value in values:
        nested: Any = value
        for name in reversed(lever.split(".")):
            nested = {name: nested}
        try:
            read.append(read_levers(_merged(levers, nested), packed))
            Rules.of(read[-1], packed).card(packed.engine.points)
        except LeverError as fault:
            raise StudyError(f"{path.name}: sweep, value {value}: {_as_written(fault, raw)}") from fault
    numbers = [number(value, f"sweep.{lever}", "a number") for value in values]
    if twice := [value for at, value in enumerate(values) if numbers[at] in numbers[:at]]:
        raise LeverError("sweep.values", f"{twice[0]}, which is there already", "each value once")
    return Sweep(lever, tuple(read), tuple(numbers))


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {**one, **{key: _merged(one.get(key), value) for key, value in other.items()}}
    return other


def _requested(raw: Any) -> Requested:
    body = dict(_members(raw, REQUEST, "request"))
    for key in ("requested_cny", "tenor_months"):
        if key in body:
            body[key] = int(number(body[key], f"request.{key}", "a whole number"))
    wanted = Requested(**body)
    try:
        QuotaRequest(
            request_id="study", uscc="91110000600037341L", requested_amount_cny=wanted.requested_cny,
            tenor_months=wanted.tenor_months, product=wanted.product, purpose=wanted.purpose,
        )  # fmt: skip
    except ValidationError as fault:
        first = fault.errors()[0]
        key = ".".join(("request", *map(str, first["loc"]))).replace("requested_amount_cny", "requested_cny")
        raise LeverError(key, first["input"], allowed(first)) from fault
    return wanted


def _members(raw: Any, allowed: tuple[str, ...], where: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise LeverError(where, raw, f"members {list(allowed)}")
    for key in raw:
        if key not in allowed:
            raise LeverError(f"{where}.{key}" if where else str(key), key, f"one of {list(allowed)}")
    return raw
