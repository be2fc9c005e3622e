"""The one JSON decoder: everything from outside is a value or `Undecodable`."""

import json
import sys
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.kernel.decoding import MAX_DEPTH, Undecodable, decode_json
from gatepass.kernel.errors import Refused


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    """A known object inside another."""

    count: int = 0


class Known(msgspec.Struct, forbid_unknown_fields=True):
    """What a receiver knows."""

    name: str
    inner: Inner | None = None
    color: Literal["red", "green"] = "red"


class Tolerant(msgspec.Struct):
    """A receiver that skips what it does not know."""

    name: str = ""


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
JSON_LIKE = st.text(alphabet='{}[]":,\\u0dD8eE+-.1trflsan \t\n\0\x7f\u00e9', max_size=60).map(str.encode)
BROKEN = st.tuples(JSON.map(json.dumps), st.integers(0, 200), st.binary(max_size=3))


def refusal(data: bytes, kind: Any = Any, **limits: Any) -> Undecodable:
    with pytest.raises(Undecodable) as refused:
        decode_json(data, kind, **({"max_bytes": 1_000_000} | limits))
    return refused.value


def refused_or_none(data: bytes, kind: Any = Any, **limits: Any) -> Undecodable | None:
    """How `data` is refused; None when it is a value. Any other exception fails the test."""
    try:
        decode_json(data, kind, **({"max_bytes": 1_000_000} | limits))
    except Undecodable as refused:
        return refused
    return None


@given(JSON)
def test_every_json_value_is_read(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    assert decode_json(text, max_bytes=1_000_000, max_depth=99) == json.loads(text)


@given(st.binary() | JSON_LIKE, st.sampled_from([Any, Known, Tolerant, list[int], dict[str, str], str]), st.booleans())
def test_every_other_text_is_undecodable(data: bytes, kind: Any, unique_names: bool) -> None:
    refused = refused_or_none(data, kind, unique_names=unique_names)
    assert refused is None or refused.status == 400


@given(BROKEN, st.booleans())
def test_a_broken_text_is_undecodable_or_still_json(broken: tuple[str, int, bytes], unique_names: bool) -> None:
    text, at, noise = broken[0].encode(), broken[1], broken[2]
    data = text[:at] + noise + text[at + 1 :]
    refused = refused_or_none(data, unique_names=unique_names, max_depth=99)
    assert refused is not None or json.loads(data) is not ...


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("nothing", b""),
        ("half a text", b'{"name": "an'),
        ("two texts", b"1 2"),
        ("NaN", b"NaN"),
        ("Infinity", b"[-Infinity]"),
        ("a leading zero", b"01"),
        ("a comment", b"1 // one"),
        ("a comma too much", b"[1,]"),
        ("single quotes", b"{'name': 1}"),
        ("a raw control character", b'"a\x01b"'),
        ("a NUL after the text", b"1\0"),
        ("a byte order mark", b"\xef\xbb\xbf1"),
        ("UTF-16", '{"name": "a"}'.encode("utf-16")),
        ("UTF-16 without mark", '{"name": "a"}'.encode("utf-16-le")),
        ("broken UTF-8", b'"\xff"'),
        ("an overlong form", b'"\xc0\xaf"'),
        ("a surrogate in UTF-8", b'"\xed\xa0\x80"'),
        ("an unpaired surrogate", b'"\\ud800"'),
        ("surrogates in the wrong order", b'"\\udc00\\ud800"'),
    ],
)
@pytest.mark.parametrize("unique_names", [False, True])
def test_what_is_not_json_is_malformed(what: str, data: bytes, unique_names: bool) -> None:
    assert refusal(data, unique_names=unique_names).code == "malformed_json", what


@pytest.mark.parametrize("unique_names", [False, True])
@pytest.mark.parametrize("data", [b'{"other": "\xff"}', b'{"\xff": 1}', b'{"other": ["\xed\xa0\x80"]}'])
def test_broken_text_is_found_even_where_nobody_looks(data: bytes, unique_names: bool) -> None:
    """Two readers of one text must not disagree whether it is one."""
    assert refusal(data, Tolerant, unique_names=unique_names).code == "malformed_json"


def test_size_is_checked_before_anything_else() -> None:
    assert decode_json(b"[" + b" " * 8 + b"]", max_bytes=10) == []
    assert refusal(b"\xff" * 11, max_bytes=10).code == "too_large"
    assert refusal(b"1" * 11, max_bytes=10).status == 413


@pytest.mark.parametrize("kind", [Any, Tolerant])
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":', b'{"other":['])
def test_deep_nesting_is_refused_not_crashed_into(opening: bytes, kind: Any) -> None:
    assert refusal(opening * 100_000, kind).code == "too_deep"


def test_the_depth_is_exact() -> None:
    at_limit, beyond = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)
    assert decode_json(at_limit, max_bytes=1_000) is not None
    assert refusal(beyond).code == "too_deep"
    assert decode_json(beyond, max_bytes=1_000, max_depth=MAX_DEPTH + 1) is not None


@pytest.mark.parametrize("unique_names", [False, True])
def test_a_caller_that_allows_any_depth_still_sees_no_other_error(unique_names: bool) -> None:
    """The two parsers have room for different depths."""
    limit = sys.getrecursionlimit()
    for depth in range(limit - 200, limit + 20):
        data = b"[" * depth + b"]" * depth
        refused = refused_or_none(data, max_depth=10 * limit, unique_names=unique_names)
        assert refused is None or refused.code == "malformed_json"


def test_brackets_side_by_side_are_not_deep() -> None:
    assert decode_json(b"[" + b",".join([b"[]"] * 500) + b"]", max_bytes=10_000) == [[]] * 500


@pytest.mark.parametrize("text", ["[" * 100, '\\"' + "[" * 100, "\\\\" + "{" * 100, '"[' * 50])
def test_brackets_inside_texts_do_not_count(text: str) -> None:
    assert decode_json(json.dumps(text).encode(), max_bytes=1_000) == text


@pytest.mark.parametrize("data", [b'"\\"' + b"[" * 100_000, b'"\\\\"' + b"[" * 100_000, b"\\" + b'"' + b"[" * 100_000])
def test_a_quote_that_is_none_does_not_hide_depth(data: bytes) -> None:
    assert refusal(data).code in ("too_deep", "malformed_json")


def test_closing_brackets_do_not_buy_depth() -> None:
    assert refusal(b"]" * 50_000 + b"[" * 100_000).code in ("too_deep", "malformed_json")
    assert refusal(b"[]" * 10 + b"[" * 100_000).code == "too_deep"


def test_a_long_string_does_not_take_long_to_skip() -> None:
    data = json.dumps({"a": ["\\" * 400_000]}).encode() + b"[" * 100
    assert refusal(data).code in ("too_deep", "malformed_json")


def test_the_last_of_two_equal_names_wins_unless_they_must_be_unique() -> None:
    """RFC 7519 section 4."""
    assert decode_json(b'{"a": 1, "a": 2}', max_bytes=100) == {"a": 2}


@pytest.mark.parametrize(
    "data",
    [b'{"a": 1, "a": 1}', b'{"a": 1, "\\u0061": 2}', b'{"x": [{"a": {}, "b": 1, "a": 2}]}', b'{"": 1, "": 2}'],
)
def test_equal_names_are_refused_where_they_must_be_unique(data: bytes) -> None:
    assert refusal(data, unique_names=True).code == "duplicate_name"


def test_names_need_only_be_unique_in_their_own_object() -> None:
    data = b'{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}'
    assert decode_json(data, max_bytes=100, unique_names=True) == {"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}


@pytest.mark.parametrize("number", ["1" * 400, "-" + "9" * 5_000, "1." + "1" * 5_000, "1e" + "9" * 400])
@pytest.mark.parametrize("unique_names", [False, True])
def test_a_monstrous_number_is_a_number_or_refused(number: str, unique_names: bool) -> None:
    refused = refused_or_none(number.encode(), unique_names=unique_names)
    assert refused is None or refused.code == "invalid_field"


@pytest.mark.parametrize(
    ("data", "kind", "path"),
    [
        (b"5", Known, ""),
        (b"[]", Known, ""),
        (b"{}", Known, "$.name"),
        (b'{"name": 5}', Known, "$.name"),
        (b'{"name": null}', Known, "$.name"),
        (b'{"name": "a", "inner": {"count": true}}', Known, "$.inner.count"),
        (b'{"name": "a", "inner": {"count": "5"}}', Known, "$.inner.count"),
        (b'{"name": "a", "color": "EVIL"}', Known, "$.color"),
        (b'{"EVIL": {"EVIL": {}}}', dict[str, dict[str, Known]], "$[...][...].name"),
        (b'{"EVIL": 1}', dict[int, int], ""),
        (b'"EVIL"', Literal["a"], ""),
        (b'"EVIL"', int, ""),
    ],
)
def test_a_wrong_field_is_named_by_its_place(data: bytes, kind: Any, path: str) -> None:
    refused = refusal(data, kind)
    assert (refused.code, refused.path) == ("invalid_field", path)
    assert refused.message.endswith(f": {path}." if path else "wrong type.")


@pytest.mark.parametrize(
    "data",
    [
        b'{"name": "a", "EVIL": 1}',
        b'{"name": "a", "EVIL` - at `$EVIL": 1}',
        b'{"name": "a", "inner": {"EVIL` - at `$.EVIL": 1}}',
        b'{"name": "a", "x` - at `$.EVIL\\n": 1}',
    ],
)
def test_an_unknown_field_is_not_repeated(data: bytes) -> None:
    """Its name is the sender's, also when it looks like a path."""
    refused = refusal(data, Known)
    assert (refused.code, refused.path) == ("unknown_field", "")
    assert "EVIL" not in f"{refused} {refused.message} {refused.detail} {refused!r}"


@given(st.text(min_size=4), st.text(min_size=4))
def test_no_message_repeats_what_was_sent(name: str, value: str) -> None:
    own_words = " ".join(sentence for _, sentence in Undecodable.codes.values()) + " $.name $[...]"
    kinds: list[Any] = [Known, dict[str, int], Literal["one"], list[str]]
    for kind in kinds:
        refused = refused_or_none(json.dumps({name: value}).encode(), kind)
        said = "" if refused is None else refused.message
        assert name not in said or name in own_words
        assert value not in said or value in own_words


def test_an_undecodable_text_is_hostile_input() -> None:
    assert issubclass(Undecodable, Refused)
