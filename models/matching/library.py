"""A library of firms' passages, prepared once: lexical legs, vectors, exact codes, and who has withdrawn.

Firms, documents and passages are numbered in one order, so that all of a firm's passages lie side by side. Vectors
are of one encoder, whose digest the library keeps. A firm that withdraws is in no answer from that call on; its texts
and vectors are overwritten, and ``save`` writes a library without it.

What is large (texts, vectors, character postings, word counts) stays in its files, which all workers of a machine
share.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from features.matching import clean_text, size_of, split_passages
from features.technical_codes import technical_codes
from models.matching.lexical import CharacterLeg, WordLeg

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
BACKGROUND = 512  # firms that say what an unrelated firm scores, drawn by BACKGROUND_SEED
BACKGROUND_SEED = 7
DENSITY_NEIGHBOURS = 5
LEGS = ("words_passage", "characters_passage", "words_unit", "characters_unit")
VECTORS = "vectors.npy"
FACTS = ("growth_stage", "size_class", "qualifications", "solved_share", "months_since_outcome")


class Meaning(Protocol):
    """Cosines of queries with passages whose vectors lie elsewhere (``models.matching.shared_index``)."""

    def cosines(self, queries: Floats, wanted: Sequence[Integers], depth: int) -> Floats:
        """Shape (queries, passages); -inf for passages that no list can need."""

    def remove(self, firm: int) -> None:
        """Take a firm's passages out, for everybody."""


class LibraryError(ValueError):
    """A library's files are missing or corrupt, or its vectors are of another encoder."""


class Encoder(Protocol):
    """What a library needs of a text encoder (``features.text.TextEncoder``)."""

    @property
    def digest(self) -> str:
        """Which weights, tokens and prompts."""

    @property
    def dimension(self) -> int:
        """Numbers of a vector."""

    def encode(self, texts: Sequence[str], kind: Literal["query", "passage"]) -> Floats:
        """Rows of unit length."""


@dataclass
class Library:
    """Passages of firms with all that a query is compared with.

    passages  : passage_id, document_id, enterprise_id, kind, text, date, unit; index 0, 1, ...
    documents : document_id, enterprise_id, kind, title, text, date, in the order of the passages
    firms     : enterprise_id, district and FACTS (NaN where not known), in the order of the passages
    document_of, firm_of : number of each passage's document and firm
    legs      : by name of LEGS, over passages and over the units that they were cut from
    vectors   : shape (passages, dimension), or None where the library has no encoder, or ``meaning`` holds them
    density   : mean cosine of each passage with its nearest of the background's passages
    withdrawn : by firm
    sizes, codes : of each passage its size (``size_of``), of each document its technical codes
    """

    passages: pd.DataFrame
    documents: pd.DataFrame
    firms: pd.DataFrame
    legs: dict[str, WordLeg | CharacterLeg]
    vectors: Floats | None
    density: Floats
    encoder_digest: str | None
    withdrawn: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    sizes: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    codes: list[frozenset[str]] = field(default_factory=list)
    meaning: Meaning | None = None

    def __post_init__(self) -> None:
        self.document_of = pd.Index(self.documents["document_id"]).get_indexer(self.passages["document_id"])
        self.firm_of = pd.Index(self.firms["enterprise_id"]).get_indexer(self.passages["enterprise_id"])
        self.document_firm = pd.Index(self.firms["enterprise_id"]).get_indexer(self.documents["enterprise_id"])
        numbers = np.arange(len(self.firms))
        self.firm_start = np.searchsorted(self.firm_of, [*numbers, len(numbers)])
        units = self.passages["unit"].to_numpy()
        self.unit_start = units[self.firm_start[:-1]]  # a firm's units lie side by side, as its passages do
        self.unit_counts = np.diff([*self.unit_start, int(units.max(initial=-1)) + 1])
        if not len(self.withdrawn):
            self.withdrawn = np.zeros(len(self.firms), dtype=bool)
        drawn = np.random.default_rng(BACKGROUND_SEED).permutation(len(self.firms))[:BACKGROUND]
        self.background: Integers = np.sort(drawn)
        # Tables as arrays, once: a request reads them many times.
        self.firm_ids = self.firms["enterprise_id"].to_numpy(dtype=object)
        self.dates = pd.to_datetime(self.passages["date"]).to_numpy(dtype="datetime64[D]")
        if len(self.sizes) != len(self.passages):
            self.sizes = np.array([size_of(text) for text in self.passages["text"]])
        if len(self.codes) != len(self.documents):
            self.codes = [technical_codes(text) for text in self.documents["text"]]
        self.text_of = pd.factorize(self.passages["text"])[0]  # equal numbers are equal texts

    @classmethod
    def prepare(
        cls,
        documents: pd.DataFrame,
        encoder: Encoder | None,
        firms: pd.DataFrame | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> Library:
        """Split, count and encode.

        documents : document_id, enterprise_id, kind, title, text, date; one without a word is left out
        firms : enterprise_id, district and FACTS of some of the firms
        raises : LibraryError where no document has a word
        """
        passages, units = split_passages(documents)
        if passages.empty:
            raise LibraryError("no document has a text")
        kept = documents.loc[documents["document_id"].isin(set(passages["document_id"]))]
        kept = kept.sort_values(["enterprise_id", "document_id"], kind="stable").reset_index(drop=True)
        whole = [
            clean_text("。".join(part for part in (title, text) if isinstance(part, str) and part))
            for title, text in zip(kept["title"], kept["text"], strict=True)
        ]
        progress("counting words")
        texts = passages["text"].tolist()
        whole_units = units == texts  # each unit is one passage: what is counted of them is the same
        word_leg, character_leg = WordLeg.fit(texts), CharacterLeg.fit(texts)
        legs: dict[str, WordLeg | CharacterLeg] = {
            "words_passage": word_leg,
            "characters_passage": character_leg,
            "words_unit": word_leg if whole_units else WordLeg.fit(units),
            "characters_unit": character_leg if whole_units else CharacterLeg.fit(units),
        }
        progress("encoding passages")
        vectors = None if encoder is None else encoder.encode(texts, "passage")
        made = cls(
            passages,
            kept.assign(text=whole),
            _facts(passages["enterprise_id"], firms),
            legs,
            vectors,
            np.zeros(len(passages), dtype=np.float32),
            None if encoder is None else encoder.digest,
        )
        made.density = made._density()
        return made

    def check_encoder(self, encoder: Encoder | None) -> None:
        """Raise LibraryError unless the library's vectors are this encoder's."""
        digest = None if encoder is None else encoder.digest
        if digest != self.encoder_digest:
            raise LibraryError(
                f"the library was encoded by {(self.encoder_digest or 'none')[:12]}, the encoder is "
                f"{(digest or 'none')[:12]}: prepare the library again"
            )

    def withdraw(self, enterprise_id: str) -> bool:
        """Take a firm out at once; False where the library has no such firm."""
        places = np.flatnonzero((self.firms["enterprise_id"] == enterprise_id).to_numpy() & ~self.withdrawn)
        if not len(places):
            return False
        if self.meaning is not None:
            self.meaning.remove(int(places[0]))
        self.withdrawn[places] = True
        mine = np.isin(self.firm_of, places)
        self.passages.loc[mine, "text"] = ""
        self.documents.loc[np.isin(self.document_firm, places), ["title", "text"]] = ""
        for document in np.flatnonzero(np.isin(self.document_firm, places)):
            self.codes[document] = frozenset()
        if self.vectors is not None:
            self.vectors[mine] = 0.0
        return True

    def firms_with_text(self, passage: int) -> int:
        """Firms, not withdrawn, that have a passage of exactly this one's text; itself counts."""
        firms = np.unique(self.firm_of[self.text_of == self.text_of[passage]])
        return int((~self.withdrawn[firms]).sum())

    def passages_of(self, enterprise_id: str) -> list[int]:
        """Numbers of a firm's passages."""
        (firm,) = np.flatnonzero(self.firm_ids == enterprise_id)
        return list(range(int(self.firm_start[firm]), int(self.firm_start[firm + 1])))

    def without(self, encoder: Encoder | None, withdrawn: Sequence[str] = ()) -> Library:
        """The library prepared again from the texts of the firms that are left: nothing of the others stays."""
        gone = set(withdrawn) | set(self.firms.loc[self.withdrawn, "enterprise_id"])
        left = self.documents.loc[~self.documents["enterprise_id"].isin(gone)]
        bare = [  # a document's text begins with its title here, which it gets when it is prepared
            text.removeprefix(f"{clean_text(title)}。") if isinstance(title, str) and title else text
            for title, text in zip(left["title"], left["text"], strict=True)
        ]
        return Library.prepare(left.assign(text=bare), encoder, self.firms.loc[~self.firms["enterprise_id"].isin(gone)])

    def save(self, folder: Path) -> None:
        """Write the library; raises LibraryError while a withdrawn firm's counts are still in it (``without``)."""
        if self.withdrawn.any():
            raise LibraryError(f"{int(self.withdrawn.sum())} withdrawn firms: save the library that without() makes")
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in (("passages", self.passages), ("documents", self.documents), ("firms", self.firms)):
            plain = pa.Table.from_pandas(table, preserve_index=False)
            feather.write_feather(plain, str(folder / f"{name}.feather"), compression="uncompressed")
        counted = [
            name for name in LEGS if name == _passage_leg(name) or self.legs[name] is not self.legs[_passage_leg(name)]
        ]
        for name in counted:
            (folder / name).mkdir(exist_ok=True)
            self.legs[name].save(folder / name)
        if self.vectors is not None:
            np.save(folder / VECTORS, self.vectors)
        np.save(folder / "density.npy", self.density)
        np.save(folder / "sizes.npy", self.sizes)
        codes = {str(place): sorted(found) for place, found in enumerate(self.codes) if found}
        (folder / "codes.json").write_text(json.dumps(codes, ensure_ascii=False) + "\n", encoding="utf-8")
        card = {
            "encoder_digest": self.encoder_digest,
            "passages": len(self.passages),
            "firms": len(self.firms),
            "legs": counted,
        }
        (folder / "library.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, with_vectors: bool = True) -> Library:
        """Read what ``save`` wrote; raises LibraryError naming what is missing or does not fit.

        with_vectors : False where ``meaning`` is to hold them
        """
        try:
            card = json.loads((folder / "library.json").read_text(encoding="utf-8"))
            passages, documents, firms = (
                _read_table(folder / f"{name}.feather") for name in ("passages", "documents", "firms")
            )
            read: dict[str, WordLeg | CharacterLeg] = {
                name: (WordLeg if name.startswith("words") else CharacterLeg).load(folder / name)
                for name in card["legs"]
            }
            legs = {name: read[name if name in read else _passage_leg(name)] for name in LEGS}
            # Copied where it is written: a firm that withdraws is overwritten here and not in the release's file.
            read_vectors = with_vectors and card["encoder_digest"]
            vectors = np.load(folder / VECTORS, mmap_mode="c") if read_vectors else None
            density, sizes = np.load(folder / "density.npy"), np.load(folder / "sizes.npy")
            known = json.loads((folder / "codes.json").read_text(encoding="utf-8"))
            codes = [frozenset(known.get(str(place), ())) for place in range(len(documents))]
        except (OSError, ValueError, KeyError) as fault:
            raise LibraryError(f"library in {folder.name}/ cannot be read: {fault!r}") from fault
        counts = {
            len(passages), card["passages"], len(density), len(sizes), *([] if vectors is None else [len(vectors)])
        }  # fmt: skip
        if len(counts) > 1:
            raise LibraryError(f"library in {folder.name}/: its files hold {sorted(counts)} passages")
        return cls(passages, documents, firms, legs, vectors, density, card["encoder_digest"], sizes=sizes, codes=codes)

    def _density(self) -> Floats:
        """How near a passage lies to those that it happens to be compared with: a hub is near to every query."""
        if self.vectors is None:
            return np.zeros(len(self.passages), dtype=np.float32)
        sample = np.flatnonzero(np.isin(self.firm_of, self.background))[: 2 * BACKGROUND]
        near = np.empty(len(self.passages), dtype=np.float32)
        for start in range(0, len(near), 4_096):
            rows = slice(start, start + 4_096)
            cosine = self.vectors[rows] @ self.vectors[sample].T
            cosine[self.firm_of[rows, None] == self.firm_of[sample][None, :]] = -1.0  # not with itself
            most = min(DENSITY_NEIGHBOURS, cosine.shape[1])
            near[rows] = np.partition(cosine, -most, axis=1)[:, -most:].mean(axis=1)
        return near


def _passage_leg(name: str) -> str:
    return name.replace("_unit", "_passage")


def _read_table(path: Path) -> pd.DataFrame:
    """A table whose texts stay in their file."""
    table: pd.DataFrame = feather.read_table(str(path), memory_map=True, use_threads=False).to_pandas(use_threads=False)
    return table


def _facts(enterprise_of_passage: pd.Series, firms: pd.DataFrame | None) -> pd.DataFrame:
    names = ["district", *FACTS]
    table = pd.DataFrame({"enterprise_id": enterprise_of_passage.unique()})
    if firms is None:
        return table.assign(district=None, **dict.fromkeys(FACTS, np.nan))
    known = firms.drop_duplicates("enterprise_id").set_index("enterprise_id").reindex(columns=names)
    return table.join(known, on="enterprise_id").astype(dict.fromkeys(FACTS, float))
