"""What a packed release is: its files, its name by their bytes, and where the Bento store has it."""

from __future__ import annotations

import hashlib
from pathlib import Path

MODEL = "innovation-points"  # the name of packed releases in the Bento store
MODEL_FILES = ("points/card.yaml", "risk/model", "quota/model", "quota/certificates.json")
PARAMS = "params.yaml"


class UnknownReleaseError(LookupError):
    """No packed release has this name."""


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


def from_bento_store(release: str) -> Path:
    """The folder of a packed release in the Bento store; raises UnknownReleaseError."""
    import bentoml

    try:
        models = bentoml.models.list(MODEL)
    except bentoml.exceptions.NotFound:  # of a store in which nothing was ever packed
        models = []
    packed = {str(model.tag.version).partition(".")[0]: Path(model.path) for model in models if model.tag.version}
    if release not in packed:
        raise UnknownReleaseError(f"release {release!r} is not in the Bento store; it has {sorted(packed)}")
    return packed[release]
