"""What a packed release is: its files, its name by their bytes, and where the Bento store has it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

MODEL = "innovation-points"  # the name of packed releases in the Bento store
MODEL_FILES = ("points/card.yaml", "risk/model", "quota/model", "quota/certificates.json")
PARAMS = "params.yaml"
OF_STORE = "model.yaml"  # which the Bento store writes beside what is packed


class UnknownReleaseError(LookupError):
    """No packed release has this name."""


class ChangedReleaseError(ValueError):
    """The files of a packed release are no longer those that its tag is named by."""


def release_of(folder: Path) -> str:
    """The identity of the model files under ``folder``: the same bytes have the same one, on every machine."""
    state = hashlib.sha256()
    for name in MODEL_FILES:
        root = folder / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file():
                data = path.read_bytes()
                state.update(f"{path.relative_to(folder).as_posix()}:{len(data)}\n".encode())
                state.update(data)
    return state.hexdigest()[:16]


def digest_beside(files: Mapping[str, Path | bytes]) -> str:
    """The digest of all that is packed beside the models, by names: parameters, snapshot, matching, chains."""
    state = hashlib.sha256()
    for name, content in sorted(files.items()):
        if isinstance(content, bytes):
            own = hashlib.sha256(content)
        else:
            with content.open("rb") as file:
                own = hashlib.file_digest(file, "sha256")
        state.update(f"{name}:{own.hexdigest()}\n".encode())
    return state.hexdigest()[:16]


def check_packed(folder: Path, version: str) -> None:
    """Raise ChangedReleaseError where a file was changed, added or taken away since ``folder`` was packed.

    version : of its tag, RELEASE.DIGEST. RELEASE binds the models, with the population at training
    (risk/model/drift.json); DIGEST all else, so the snapshot, which the drift watch compares applicants with
    """
    release, _, beside = version.partition(".")
    found = release_of(folder)
    if found != release:
        raise ChangedReleaseError(
            f"{MODEL}:{version}: its models are those of {found}: a file of {', '.join(MODEL_FILES)} was changed since "
            "they were packed; make them with `dvc repro` and pack again"
        )
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    others = {
        name: path
        for name, path in paths.items()
        if name != OF_STORE and not any(name == one or name.startswith(f"{one}/") for one in MODEL_FILES)
    }
    found = digest_beside(others)
    if found != beside:
        raise ChangedReleaseError(
            f"{MODEL}:{version}: what is packed beside its models has the digest {found}: a file of "
            f"{', '.join(sorted({name.partition('/')[0] for name in others}))} was changed since it was packed, or "
            "an earlier version packed it; pack again"
        )


def stored_releases() -> dict[str, Path]:
    """The folder of every packed release in the Bento store, by its name."""
    import bentoml

    try:
        models = bentoml.models.list(MODEL)
    except bentoml.exceptions.NotFound:  # of a store in which nothing was ever packed
        models = []
    return {str(model.tag.version).partition(".")[0]: Path(model.path) for model in models if model.tag.version}


def from_bento_store(release: str) -> Path:
    """The folder of a packed release in the Bento store; raises UnknownReleaseError."""
    packed = stored_releases()
    if release not in packed:
        raise UnknownReleaseError(f"release {release!r} is not in the Bento store; it has {sorted(packed)}")
    return packed[release]
