"""A chain file is one checked tree; each fault of a file is named, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.chain.chain_file import ChainError, load_chain, load_chains

pytestmark = pytest.mark.contract

SMALL = Path(__file__).with_name("small_chain.yaml")
HEAD = """\
id: x
name_zh: 链
layers:
  structure: {owner: zone industry office, as_of: 2024-06-30, source: test}
"""


def write(tmp_path: Path, text: str, name: str = "x.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(tmp_path: Path, text: str) -> str:
    with pytest.raises(ChainError) as caught:
        load_chain(write(tmp_path, text))
    return str(caught.value)


def test_a_chain_is_a_tree_with_parents_before_children():
    """Ancestors are nearest first; a node without a position has that of its parent; names are in both languages."""
    chain = load_chain(SMALL)
    seen: set[str] = set()
    for node in chain.nodes:
        assert node.parent is None or node.parent in seen
        seen.add(node.id)
    assert [node.id for node in chain.ribs()] == ["sensing", "analysis", "services"]
    assert [node.id for node in chain.ancestors("dome")] == ["camera", "sensing"]
    assert [node.id for node in chain.children("sensing")] == ["lens", "camera"]
    assert [node.id for node in chain.leaves()] == ["lens", "dome", "recognition", "operation"]
    assert (chain.node("lens").position, chain.node("dome").position) == ("upstream", "midstream")
    assert chain.node("dome").level == 3
    assert chain.names("zh")["lens"] == "光学镜头"
    assert chain.names("en")["lens"] == "Lenses"
    assert chain.layers["codes"].as_of.isoformat() == "2024-06-30"
    with pytest.raises(KeyError, match="chain small has no node 'nowhere'"):
        chain.node("nowhere")


def test_the_digest_is_of_the_content(tmp_path):
    """Comments and quotes leave it as it is; one more key word changes it."""
    text = SMALL.read_text(encoding="utf-8")
    digest = load_chain(SMALL).digest
    assert load_chain(write(tmp_path, "# a comment\n" + text.replace("[4040]", '["4040"]'))).digest == digest
    assert load_chain(write(tmp_path, text.replace("变焦", "定焦"))).digest != digest


def test_a_chain_without_any_code_loads(tmp_path):
    """Another country's chain: no code, no English name, two ribs, parents after their children."""
    nodes = (
        "nodes:\n"
        "- {id: b1, name_zh: 黏土, parent: b}\n"
        "- {id: a, name_zh: 上游, position: upstream}\n- {id: b, name_zh: 中游}\n"
    )
    chain = load_chain(write(tmp_path, HEAD + nodes))
    assert [node.id for node in chain.nodes] == ["a", "b", "b1"]
    assert chain.names("en") == chain.names("zh")
    assert chain.node("b").position is None


NODE = "- {id: a, name_zh: 甲}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("a: [1, 2", "cannot be read as YAML"),
        ("[" * 100_000, "nested too deeply"),
        ("- a\n- b\n", "file: ['a', 'b'] found, a mapping with"),
        ("a: &a [x, x]\nb: [*a, *a]\n", "anchors and aliases are not allowed, 'a' is one"),
        (HEAD + "id: y\nnodes:\n" + NODE, "line 5: key 'id' occurs twice in one mapping"),
        (HEAD, "file: nodes is missing"),
        (HEAD + "nodes: []\n", "nodes: 0 nodes, a list of 1 to 5000 nodes is allowed"),
        (HEAD + "nodes: many\n", "nodes: 'many'"),
        (HEAD + "colour: red\nnodes:\n" + NODE, "file: unknown ['colour'], allowed: ['id', 'name_zh'"),
        (HEAD + "nodes:\n- {id: a}\n", "node a: name_zh is missing"),
        (HEAD + "nodes:\n- {id: a, name_zh: ' '}\n", "node a: name_zh is ' '"),
        (
            HEAD + 'nodes:\n- {id: a, name_zh: "甲\\a"}\n',
            "a text of 1 to 200 characters that can be printed is allowed",
        ),
        (HEAD + "nodes:\n- {id: a, name_zh: " + "甲" * 201 + "}\n", "node a: name_zh is '甲甲甲"),
        (HEAD + "nodes:\n- {id: 'a/b', name_zh: 甲}\n", "node 1: id is 'a/b'"),
        (HEAD + "nodes:\n" + NODE + NODE, "node 2: id 'a' is also that of an earlier node"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, colour: red}\n", "node a: unknown ['colour'], allowed: ['id'"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, parent: b}\n", "node a: parent is 'b', a node of the file is allowed"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, parent: a}\n", "node a: its parents form a cycle: a > a"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, position: up}\n", "node a: position is 'up', allowed: ['upstream'"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, gb4754: ['9999']}\n", "node a: gb4754 has '9999', a class of GB/T"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, ipc: [Z99Z]}\n", "node a: ipc has 'Z99Z', a subclass of the IPC"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, ipc: G06V}\n", "node a: ipc is 'G06V', a list of texts is allowed"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, feeds: [b]}\n", "node a: feeds has 'b', another node of the file"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, feeds: [a]}\n", "node a: feeds has 'a', another node of the file"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, keywords: [镜头, 镜头]}\n", "node a: keywords has ['镜头'] twice"),
        (HEAD + "nodes:\n- {id: a, name_zh: 甲, keywords: [镜头]}\n", "so the layer 'keywords' is needed"),
        (HEAD.replace("2024-06-30", "2024-02-31") + "nodes:\n" + NODE, "layer structure: as_of is '2024-02-31'"),
        (HEAD.replace("source: test", "colour: red") + "nodes:\n" + NODE, "layer structure: source is missing"),
        (HEAD.replace("structure", "colours") + "nodes:\n" + NODE, "layers: unknown ['colours']"),
    ],
)
def test_each_fault_has_one_clear_message(tmp_path, text, message):
    found = faults(tmp_path, text)
    assert message in found
    assert found.startswith("x.yaml")


def test_texts_are_one_line_without_spaces_at_the_ends(tmp_path):
    """Full-width spaces, line breaks and a byte order mark are the writer's; null and ~ are nothing."""
    nodes = 'nodes:\n- {id: a, name_zh: "物联网　平台 ", parent: null, position: ~}\n'
    nodes += "- id: 'null'\n  name_zh: 乙\n  note: |\n    first\n    second\n"
    chain = load_chain(write(tmp_path, "\ufeff" + HEAD + nodes))
    assert [(node.id, node.name_zh, node.note) for node in chain.nodes] == [
        ("a", "物联网 平台", None),
        ("null", "乙", "first second"),
    ]
    assert {chain, load_chain(tmp_path / "x.yaml")} == {chain}


def test_a_file_of_faults_shows_the_first_fifty(tmp_path):
    nodes = "".join(f"- {{id: a{number}, name_zh: 甲, ipc: [X]}}\n" for number in range(70))
    found = faults(tmp_path, HEAD + "nodes:\n" + nodes).splitlines()
    assert len(found) == 1 + 50 + 1
    assert found[-1] == "  ... and 21 more"  # the layer of codes is missing too


def test_a_cycle_is_shown_as_its_nodes_in_turn(tmp_path):
    rows = [("a", "c"), ("b", "a"), ("c", "b"), ("d", "c")]
    nodes = "".join(f"- {{id: {name}, name_zh: 甲, parent: {parent}}}\n" for name, parent in rows)
    found = faults(tmp_path, HEAD + "nodes:\n" + nodes)
    assert found == "x.yaml cannot be used:\n  node a: its parents form a cycle: a > c > b > a"


def test_the_fifth_level_is_refused(tmp_path):
    nodes = "- {id: a1, name_zh: 甲}\n" + "".join(
        f"- {{id: a{level}, name_zh: 甲, parent: a{level - 1}}}\n" for level in range(2, 7)
    )
    found = faults(tmp_path, HEAD + "nodes:\n" + nodes)
    assert found == "x.yaml cannot be used:\n  node a5: level is 5, 1 to 4 is allowed"


def test_all_faults_of_a_file_come_at_once(tmp_path):
    nodes = "nodes:\n- {id: a, name_zh: 甲, gb4754: ['1'], parent: b}\n- {id: c, name_zh: 乙, feeds: [z]}\n- {id: c}\n"
    assert len(faults(tmp_path, HEAD + nodes).splitlines()) == 1 + 6


def test_a_file_that_is_missing_too_large_or_not_utf8_is_refused(tmp_path):
    with pytest.raises(ChainError, match=r"y.yaml: no such file"):
        load_chain(tmp_path / "y.yaml")
    path = tmp_path / "x.yaml"
    path.write_bytes(HEAD.encode("gbk"))
    with pytest.raises(ChainError, match=r"x.yaml: byte \d+ is not UTF-8"):
        load_chain(path)
    path.write_bytes(b"#" * 2_000_001)
    with pytest.raises(ChainError, match="2000001 bytes, at most 2000000 are allowed"):
        load_chain(path)


def test_a_folder_of_chains(tmp_path):
    """Every file by the chain's id; the faults of all files at once; a folder without a file is an error."""
    with pytest.raises(ChainError, match="has no chain file"):
        load_chains(tmp_path)
    write(tmp_path, HEAD + "nodes:\n" + NODE, "one.yaml")
    assert list(load_chains(tmp_path)) == ["x"]
    write(tmp_path, HEAD + "nodes:\n" + NODE, "two.yaml")
    write(tmp_path, "", "three.yaml")
    with pytest.raises(ChainError) as caught:
        load_chains(tmp_path)
    assert "two.yaml: id 'x' is also that of another file" in str(caught.value)
    assert "three.yaml: cannot be read" in str(caught.value)
