"""Checks messages against the schemas of the customs administration, which an operator keeps in a folder."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from data.clearance.records import MessageError
from data.ingest.messages.safe_xml import local_name

FILES = ("import.xsd", "export.xsd", "transport.xsd", "client.xsd")
EDITIONS = ("2018", "2022")
# Names by which the schemas call each other -> the names under which they are kept.
_ALSO_CALLED = {"xmldsig-core-schema.xsd": "xmldsig.xsd", "终端节点报文.xsd": "client.xsd"}
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_ELEMENT = re.compile(r"Element '(?:\{[^}']*\})?([\w.\-]+)'")
_EXPECTED = re.compile(r"Expected is(?: one of)? \( ([^)']*) \)\.")
_FACET = re.compile(r"\[facet '(\w+)'\]")
_BOUND = re.compile(r"of '([0-9]+)'\.?$")
_TYPE = re.compile(r"(?:atomic|union|list) type '(?:\{[^}']*\})?([\w:.\-]+)'\.?$")


class Schemas:
    """Compiled schemas by edition and root element; shared by threads.

    editions : edition -> root element -> schema
    """

    def __init__(self, editions: Mapping[str, Mapping[str, etree.XMLSchema]]) -> None:
        self.editions = editions
        self._lock = threading.Lock()  # a schema keeps the errors of its last check

    @classmethod
    def load(cls, folder: Path) -> Schemas:
        """Compiles the schemas of a folder, or of its folders ``2018`` and ``2022``; files alone are of 2022.

        Nothing is fetched: a schema that another needs lies beside it.

        Raises:
            ValueError: no schema is there, or one cannot be compiled.
        """
        folders = {edition: folder / edition for edition in EDITIONS if (folder / edition).is_dir()} or {"2022": folder}
        editions = {edition: _compiled(path) for edition, path in folders.items()}
        if not any(editions.values()):
            raise ValueError(f"no schema found in {folder.name}; allowed: {', '.join(FILES)}")
        return cls(editions)

    def check(self, root: etree._Element, edition: str) -> str:
        """``valid``, or ``not_checked`` where there is no schema of this edition and root.

        edition : ``2018``, ``2022``, or anything else where it is unknown: then the newest schema of the root is used

        Raises:
            MessageError: ``schema_invalid``, with line, element, and what the schema allows.
        """
        name = local_name(root)
        wanted = (edition,) if edition in EDITIONS else EDITIONS[::-1]
        schema = next((self.editions[one][name] for one in wanted if name in self.editions.get(one, {})), None)
        if schema is None:
            return "not_checked"
        with self._lock:
            if schema.validate(root):
                return "valid"
            error: Any = schema.error_log[0]
        raise MessageError("schema_invalid", _found(error.message), _allowed(error.message), error.line or 1, 1)


class _Beside(etree.Resolver):
    """Finds a schema beside the one that names it, and nowhere else."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:  # noqa: ARG002
        name = (system_url or "").replace("\\", "/").rpartition("/")[2]
        return self.resolve_string(etree.tostring(_tree(self.folder, name)), context, base_url=name)


def _tree(folder: Path, name: str) -> etree._Element:
    """A schema that names others as they are called in its folder."""
    path = folder / name
    if not path.is_file():
        raise ValueError(f"schema {name} is not beside the others; allowed: a file of their folder")
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    parser.resolvers.add(_Beside(folder))
    tree = etree.fromstring(path.read_bytes(), parser, base_url=name)
    for other in tree.iterchildren(f"{_XSD}import", f"{_XSD}include"):
        called = other.get("schemaLocation")
        if called and not (folder / called).is_file():
            other.set("schemaLocation", _ALSO_CALLED.get(called, called))
    return tree


def _compiled(folder: Path) -> dict[str, etree.XMLSchema]:
    roots: dict[str, etree.XMLSchema] = {}
    for path in (folder / name for name in FILES):
        if not path.is_file():
            continue
        try:
            tree = _tree(folder, path.name)
            schema = etree.XMLSchema(tree)
        except (etree.LxmlError, ValueError) as error:
            raise ValueError(f"schema {path.name} cannot be compiled: {str(error)[:200]}") from None
        for element in tree.iterchildren(f"{_XSD}element"):
            roots.setdefault(element.get("name") or "", schema)
    return roots


def _found(message: str) -> str:
    """The element of an error, without its text, which could be a person's."""
    name, facet = _ELEMENT.search(message), _FACET.search(message)
    return (f"element {name.group(1)}" if name else "an element") + (f", facet {facet.group(1)}" if facet else "")


def _allowed(message: str) -> str:
    if expected := _EXPECTED.search(message):
        return re.sub(r"\{[^}]*\}", "", expected.group(1))
    bound, kind = _BOUND.search(message), _TYPE.search(message)
    return (
        f"by its schema, {bound.group(1)}"
        if bound
        else kind.group(1)
        if kind
        else "what the schema of the message says"
    )
