"""What a refusal allows is said in Chinese as well: no English sentence is written where a fault is made."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, ValidationError

from data.texts.sentences import read_sentences
from serving.contract.refusals import faults_of

pytestmark = pytest.mark.law
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORD, KEY = re.compile(r"[A-Za-z]{2}"), re.compile(r"\w+(\.\w+)+")  # a key of a sentence is none
BOTH = ("label", "sentence", "said", "allowed_text", "_expected")  # give a text in both languages


def english(node: ast.expr, names: dict[str, list[ast.expr]], caught: set[str]) -> Iterator[str]:
    """Literal words of an expression, and texts of errors: what is not read from the table of sentences."""
    if isinstance(node, ast.Call):
        called = getattr(node.func, "id", "")
        if called in BOTH or (called == "str" and not {getattr(one, "id", "") for one in node.args} & caught):
            return
        if called == "str":
            yield ast.unparse(node)
        for part in [node.func, *node.args]:
            yield from english(part, names, caught)
    elif isinstance(node, ast.Tuple):
        yield from english(node.elts[0], names, caught)  # Chinese, then English
    elif isinstance(node, ast.Name):
        for value in names.get(node.id, []):
            yield from english(value, {}, caught)
    elif isinstance(node, ast.Subscript):
        yield from [] if ast.unparse(node) != "item['msg']" else ["item['msg']"]
        yield from english(node.value, names, caught)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and WORD.search(node.value) and not KEY.fullmatch(node.value):
            yield node.value
    elif isinstance(node, ast.Attribute):
        yield from english(node.value, {}, caught)  # of a literal, as the mark between what is joined
    elif isinstance(node, ast.FormattedValue | ast.JoinedStr | ast.BinOp | ast.IfExp | ast.BoolOp):
        chosen = [node.body, node.orelse] if isinstance(node, ast.IfExp) else list(ast.iter_child_nodes(node))
        for part in chosen:
            if isinstance(part, ast.expr) and part is not getattr(node, "format_spec", None):
                yield from english(part, names, caught)


def english_of(tree: ast.Module) -> list[str]:
    """Every such text of a module: the third value of a fault, and what its functions take as ``allowed``."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    takes = {"Fault": 2}
    for function in functions:
        given = [one.arg for one in function.args.args if one.arg != "self"]
        takes |= {function.name: given.index("allowed")} if "allowed" in given else {}
    found = []
    for function in functions:
        names: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                names.setdefault(node.targets[0].id, []).append(node.value)
        caught = {node.name for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) and node.name}
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            position = takes.get(getattr(node.func, "id", getattr(node.func, "attr", "")))
            if position is not None and len(node.args) > position:
                found += [f"{node.lineno}: {text}" for text in english(node.args[position], names, caught)]
    return found


def test_no_fault_of_the_service_is_in_english_alone():
    found = {
        str(path): texts
        for path in Path("serving").rglob("*.py")
        if (texts := english_of(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_the_walk_finds_what_it_is_for():
    planted = (
        "def f(x, role):\n"
        " allowed = 'each once' if x else ', '.join(x)\n"
        " Fault('a', 'b', allowed); Fault('a', 'b', f'at most {x:.2f} days'); Fault('a', 'b', ' or '.join(role))\n"
        " try: pass\n"
        " except KeyError as fault: Fault('a', 'b', str(fault))\n"
        " Fault('a', 'b', label('key')); Fault('a', 'b', sentence('key', most='five')); Fault('a', 'b', ', '.join(x))\n"
        " Fault('a', 'b', (label('key')[0], 'in English'))\n"
    )
    assert english_of(ast.parse(planted)) == ["3: each once", "3: at most ", "3:  days", "3:  or ", "5: str(fault)"]


def test_every_text_of_faults_has_chinese():
    texts = {key: one.zh for key, one in read_sentences().items() if re.match(r"(fault|\w+\.allowed)\.", key)}
    assert len(texts) >= 80
    assert [key for key, zh in texts.items() if not CHINESE.search("".join(zh)) and "{day" not in key] == []


class Body(BaseModel):
    """A body with types of faults for which there is no sentence."""

    number: int = Field(multiple_of=5)
    kind: tuple[int, int]
    large: float = Field(gt=3.0)


def test_a_type_of_fault_without_a_sentence_is_refused_in_chinese():
    with pytest.raises(ValidationError) as refused:
        Body.model_validate({"number": 7, "kind": frozenset({"x"}), "large": 1.0})
    faults = faults_of(refused.value)
    assert len(faults) >= 3
    assert [fault for fault in faults if not CHINESE.search(fault.texts[0])] == []
    assert all(WORD.search(fault.texts[1]) for fault in faults)
