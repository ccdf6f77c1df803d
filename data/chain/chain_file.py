"""An industry chain 产业链 as one YAML file: a tree of nodes 环节 with names, codes, key words and products.

A file has ``id``, ``name_zh``, ``name_en`` (or the Chinese name alone), ``layers`` and ``nodes``. The nodes are a flat
list in which ``parent`` names another node of the file; those without a parent are the ribs 主骨 of the fishbone. Any
code list may be left empty: a chain of another country needs none. Every scalar is read as text, so 0111 stays 0111,
and anchors are refused. Files made elsewhere are checked whole: one error names every fault with its line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from data.chain.checks import Checks
from data.chain.tree import Chain, Layer, Node

__all__ = ["Chain", "ChainError", "Layer", "Node", "load_chain", "load_chains"]
MOST_BYTES = 2_000_000
MOST_SHOWN = 50  # faults of one file
_NOTHING = ("~", "null")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is text
DEEPEST_NESTING = 10  # a chain file needs 4


class ChainError(ValueError):
    """A chain file cannot be used; the message names the file and, line by line, each fault."""


def load_chains(folder: Path) -> dict[str, Chain]:
    """Every ``*.yaml`` file of a folder by the chain's id, in the order of file names.

    raises : ChainError with the faults of all files, for two files of one id, and for a folder without a file
    """
    chains: dict[str, Chain] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            chain = load_chain(path)
        except ChainError as fault:
            problems.append(str(fault))
            continue
        if chain.id in chains:
            problems.append(f"{path.name}: id {chain.id!r} is also that of another file of {folder}")
        chains[chain.id] = chain
    if problems:
        raise ChainError("\n".join(problems))
    if not chains:
        raise ChainError(f"{folder} has no chain file, a file *.yaml is needed")
    return chains


def load_chain(path: Path) -> Chain:
    """Read and check one file.

    raises : ChainError that names the file and each fault: the node and key, what was found, what is allowed
    """
    if not path.is_file():
        raise ChainError(f"{path.name}: no such file")
    if path.stat().st_size > MOST_BYTES:
        raise ChainError(f"{path.name}: {path.stat().st_size} bytes, at most {MOST_BYTES} are allowed")
    problems: list[str] = []
    try:
        content = _content(path.read_text(encoding="utf-8-sig"), problems)
    except UnicodeDecodeError as fault:
        raise ChainError(f"{path.name}: byte {fault.start} is not UTF-8") from None
    except yaml.YAMLError as fault:
        raise ChainError(f"{path.name}: cannot be read as YAML: {' '.join(str(fault).split())}") from None
    chain = Checks(problems).chain(content)
    if problems:
        more = [f"... and {len(problems) - MOST_SHOWN} more"] if len(problems) > MOST_SHOWN else []
        raise ChainError(f"{path.name} cannot be used:\n  " + "\n  ".join([*problems[:MOST_SHOWN], *more]))
    return chain


def _content(text: str, problems: list[str]) -> Any:
    """The document as mappings, lists and texts; a key that occurs twice in a mapping is a problem."""

    def plain(node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return "" if not node.style and node.value.lower() in _NOTHING else node.value
        if isinstance(node, yaml.SequenceNode):
            return [plain(one) for one in node.value]
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in found:
                line = f"line {key.start_mark.line + 1}: " if key.start_mark else ""
                problems.append(f"{line}key {name!r} occurs twice in one mapping")
            found[name] = plain(value)
        return found

    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if anchor := getattr(event, "anchor", None):  # of what is repeated, or of an alias that repeats it
            raise yaml.YAMLError(f"anchors and aliases are not allowed, {anchor!r} is one")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_NESTING:
            raise yaml.YAMLError("nested too deeply")
    document = yaml.compose(text, Loader=_LOADER)
    if document is None:
        raise yaml.YAMLError("the file is empty")
    return plain(document)
