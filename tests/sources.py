"""The project's own sources, each parsed once for all tests that read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
LAYERS = ("data", "features", "models", "training", "serving", "experiments")
SOURCES = sorted(
    path.relative_to(ROOT)
    for layer in LAYERS
    for path in (ROOT / layer).rglob("*.py")
    if "__pycache__" not in path.parts
)
MODULES = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in SOURCES}


@dataclass(frozen=True)
class Parsed:
    """What a file imports anywhere, modules of ours that are loaded with it, and the names and keys in it."""

    imported: frozenset[str]
    loaded: frozenset[str]
    names: frozenset[str]


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> Parsed:
    tree = ast.parse(text(path))
    nodes = list(ast.walk(tree))
    return Parsed(frozenset(_imported(nodes)), frozenset(loaded_with(tree)), frozenset(_names(nodes)))


def _imported(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def loaded_with(tree: ast.Module) -> Iterator[str]:
    """Modules of ours that a module's own top level imports: those inside functions and for types alone come later."""
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            yield from names or {node.module} & MODULES.keys()
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        ):
            todo += ast.iter_child_nodes(node)


def _names(nodes: list[ast.AST]) -> Iterator[str]:
    """Definitions, arguments, variables, attributes, and texts that could be a key."""
    for node in nodes:
        fields = vars(node)
        yield from (value for name in ("id", "attr", "arg", "name") if isinstance(value := fields.get(name), str))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value
