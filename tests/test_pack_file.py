"""The file of the compiled pack: what is read of it equals what was compiled, and nothing else is taken."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prehab
from prehab.graph import pack_file
from prehab.graph.bundled import mapped_bundled
from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import PackError
from prehab.graph.frozen import FrozenDict
from prehab.graph.pack_file import PackFile, bundled_pack_file, digest_of_files
from prehab.graph.unread import Each, Rows, Unread
from prehab.rules.pack import Pack

TABLES = ("exercises", "injuries", "sources", "claims", "orders")


@pytest.fixture(scope="module")
def content(pack: Pack) -> bytes:
    return pack.compiled("none")


def read(content: bytes) -> Pack:
    file = PackFile(content, "pack.data")
    return Pack.of_file(file, Catalogue.of_file(file))


def test_what_is_read_equals_what_was_compiled(pack: Pack, content: bytes) -> None:
    again = read(content)
    assert again == pack
    assert again.digest == pack.digest
    assert json.dumps(again.as_data()) == json.dumps(pack.as_data())
    assert json.dumps(again.catalogue.as_data()) == json.dumps(pack.catalogue.as_data())
    assert again.compiled("none") == content


def test_an_entry_is_read_when_it_is_asked_for_and_no_other_is(pack: Pack, content: bytes) -> None:
    for name in TABLES:
        table: Any = getattr(read(content).catalogue, name)
        key = list(table)[-1]
        assert len(table) == len(getattr(pack.catalogue, name))
        assert key in table
        assert not table._made
        assert table[key] is table[key]
        assert table[key] == getattr(pack.catalogue, name)[key]
        assert list(table._made) == [key]
    rule: Any = read(content).rules[0]
    assert not hasattr(rule.text, "_found")
    assert rule.text == pack.rules[0].text


PLAIN = st.dictionaries(st.text(max_size=3), st.lists(st.integers(), max_size=2), max_size=4)


@given(PLAIN, PLAIN)
def test_a_mapping_that_is_read_late_is_as_the_dictionary_that_it_stands_for(data: Any, other: Any) -> None:
    meant = FrozenDict(data)
    for make in (lambda: Each(data, list), lambda: Unread(lambda which: data, None)):
        late: Any = make()
        assert late == meant
        assert meant == late
        assert (late == other) == (data == other)
        assert (list(late), list(late.values()), list(late.items())) == (
            list(data), list(data.values()), list(data.items()),
        )  # fmt: skip
        assert list(reversed(late)) == list(reversed(data))
        assert (len(late), repr(late), late.get("none"), "none" in late) == (len(data), repr(data), None, False)
        assert dict(late) == {**late} == late | {} == {} | late == late.copy() == copy.copy(late) == data
        assert late | other == {**data, **other}
        assert other | late == {**other, **data}
        assert hash(late) == hash(make())
        for again in (copy.deepcopy(late), pickle.loads(pickle.dumps(late))):
            assert type(again) is FrozenDict
            assert again == data
        with pytest.raises(KeyError):
            late["none"]


@given(st.lists(st.integers(), max_size=6), st.lists(st.integers(), max_size=3), st.integers(-8, 8))
def test_a_list_that_is_read_late_is_as_the_tuple_that_it_stands_for(
    data: list[int], other: list[int], at: int
) -> None:
    meant, made = tuple(data), list[int]()

    def make(number: int, told: int) -> int:
        made.append(number)
        return told

    late: Any = Rows(data, make)
    assert len(late) == len(meant)
    assert not made
    if -len(data) <= at < len(data):
        assert late[at] == late[at] == meant[at]
        assert made == [at % len(data)]
    else:
        with pytest.raises(IndexError):
            late[at]
    assert late[at:] == meant[at:]
    assert (late == meant, meant == late, late == Rows(data, make)) == (True, True, True)
    assert (late == tuple(other)) == (meant == tuple(other))
    assert (list(late), list(reversed(late)), repr(late), hash(late)) == (data, data[::-1], repr(meant), hash(meant))
    assert (late + tuple(other), tuple(other) + late) == (meant + tuple(other), tuple(other) + meant)
    assert sorted(set(made)) == list(range(len(data)))
    for again in (copy.copy(late), copy.deepcopy(late), pickle.loads(pickle.dumps(late))):
        assert type(again) is tuple
        assert again == meant
    with pytest.raises(TypeError, match="cannot be changed"):
        late[0] = 1
    with pytest.raises(AttributeError):
        late._told = []


def test_a_rule_is_read_when_it_is_asked_for(pack: Pack, content: bytes) -> None:
    again: Any = read(content)
    assert not again.rules._made
    assert again.rules[3] is again.rules[3]
    assert list(again.rules._made) == [3]
    assert again.heads == pack.heads
    assert again.values == pack.values == {name: one.value for name, one in pack.parameters.items()}
    assert again.orders == pack.orders
    assert not again.parameters._made
    assert list(again.rules._made) == [3]
    for head, rule in zip(again.heads, pack.rules, strict=True):
        assert (head.side, head.mask, set(head.types)) == (rule.side, rule.mask, {one.type for one in rule.effects})


def test_a_pack_that_is_damaged_anywhere_is_refused(content: bytes) -> None:
    for place in (0, 3, 14, 20, 30, 200, len(content) // 2, len(content) - 1):
        broken = bytearray(content)
        broken[place] ^= 1
        with pytest.raises(PackError, match="damaged") as told:
            PackFile(bytes(broken), "pack.data")
        assert told.value.faults[0].file == "pack.data"
        assert "Install prehab again" in str(told.value)
    for short in (b"", b"\n", content[:100], content[:-1]):
        with pytest.raises(PackError, match="damaged"):
            PackFile(short, "pack.data")


def test_a_pack_of_another_version_is_refused(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prehab, "__version__", "99.0")
    with pytest.raises(PackError, match="made by prehab"):
        PackFile(content, "pack.data")


def checkout(folder: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source checkout with a compiled pack in it, by its graph file."""
    for name in ("graph", "rules", "engine"):
        (folder / name).mkdir()
    (folder / "setup.py").touch()
    file = folder / "graph" / "some.yaml"
    file.write_text("some: thing\n", encoding="utf-8")
    digest = digest_of_files(folder / name for name in ("graph", "rules"))
    (folder / "engine" / "pack.data").write_bytes(pack.compiled(digest))
    monkeypatch.setattr(pack_file, "PACK_FILE", folder / "engine" / "pack.data")
    monkeypatch.setattr(pack_file, "__file__", str(folder / "graph" / "pack_file.py"))
    return file


def test_in_a_source_checkout_a_pack_of_other_files_is_refused(
    tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = checkout(tmp_path, pack, monkeypatch)
    found = bundled_pack_file.__wrapped__()
    assert found is not None
    assert found.digest == pack.digest
    file.write_text("some: other\n", encoding="utf-8")
    with pytest.raises(PackError, match="other files") as told:
        bundled_pack_file.__wrapped__()
    assert "Delete it" in str(told.value)
    (tmp_path / "engine" / "pack.data").unlink()
    assert bundled_pack_file.__wrapped__() is None


def test_where_nothing_can_be_mapped_the_whole_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pack.data"
    file.write_bytes(b"some content")
    mapped = mapped_bundled(file)
    assert mapped is not None
    assert not isinstance(mapped, bytes)
    assert mapped[:] == b"some content"
    monkeypatch.setitem(sys.modules, "mmap", None)
    assert mapped_bundled(file) == b"some content"
    monkeypatch.undo()
    file.write_bytes(b"")
    assert mapped_bundled(file) == b""
    file.unlink()
    assert mapped_bundled(file) is None
