"""Token Status Lists: the draft's own values, round trips, and whatever a stranger may send."""

import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.jose import TokenRefused, base64url
from gatepass.kernel.errors import Misuse
from gatepass.tokens.access import AccessClaims
from gatepass.tokens.status_list import MAX_BYTES, TYP, StatusClaims, StatusList, TokenStatus

# draft-ietf-oauth-status-list-21, sections 4.1 and 4.2: the statuses, packed, and as `lst`.
ONE_BIT = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
ONE_BIT_LST = "eNrbuRgAAhcBXQ"
TWO_BITS = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
TWO_BITS_LST = "eNo76fITAAPfAgc"
# Appendix C.1: 2^20 statuses of one bit.
C1_SET = [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]
C1_LST = (
    "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAA"
    "AAAAAAAAKjDMAQAAAACAZC8L2AEb"
)


def test_statuses_are_packed_from_the_lowest_bit_up() -> None:
    """Sections 4.1 and 4.2, bits = 1."""
    found = StatusList.decode(ONE_BIT_LST, 1)
    assert found == StatusList(b"\xb9\xa3")
    assert [found.is_set(index) for index in range(16)] == [bool(status) for status in ONE_BIT]
    assert found == StatusList.from_set([at for at, status in enumerate(ONE_BIT) if status], 16)


def test_a_status_of_several_bits_is_set_unless_it_is_valid() -> None:
    """Sections 4.1, 4.2 and 7.1, bits = 2: only 0x00 is VALID."""
    found = StatusList.decode(TWO_BITS_LST, 2)
    assert found.octets == b"\xc9\x44\xf9"
    assert [found.is_set(index) for index in range(len(found))] == [bool(status) for status in TWO_BITS]


@pytest.mark.parametrize(("bits", "octets"), [(4, b"\x20"), (8, b"\x00\x02")])
def test_wider_statuses_are_read_as_well(bits: int, octets: bytes) -> None:
    """Section 4.1: bits is 1, 2, 4 or 8."""
    found = StatusList(octets, bits)
    assert (len(found), found.is_set(0), found.is_set(1)) == (2, False, True)


def test_the_large_example_is_read_and_written_back() -> None:
    """Appendix C.1."""
    found = StatusList.decode(C1_LST, 1)
    assert len(found) == 2**20
    assert [index for index in range(2**20) if found.is_set(index)] == C1_SET
    assert StatusList.from_set(C1_SET, 2**20) == found
    assert StatusList.decode(found.encode(), 1) == found


@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.just(size * 8), st.sets(st.integers(0, size * 8 - 1)))))
def test_what_was_set_is_set_after_the_way_through_lst(made: tuple[int, set[int]]) -> None:
    size, indexes = made
    found = StatusList.decode(StatusList.from_set(indexes, size).encode(), 1)
    assert len(found) == size
    assert {index for index in range(size) if found.is_set(index)} == indexes


@given(st.sampled_from([1, 2, 4, 8]), st.binary(max_size=40))
def test_each_status_stands_at_its_own_bits(bits: int, octets: bytes) -> None:
    """Section 4.1, reckoned in another way: the bytes as one large number, the first byte lowest."""
    found, number = StatusList(octets, bits), int.from_bytes(octets, "little")
    assert [found.is_set(index) for index in range(len(found))] == [
        number >> index * bits & 2**bits - 1 != 0 for index in range(len(found))
    ]


@pytest.mark.parametrize("idx", [16, 2**62, 2**100, -1, -16, -17, None, "3", 1.5])
def test_an_index_outside_the_list_is_refused(idx: Any) -> None:
    """Section 8.3: what is not in the list is not taken for valid; a negative one does not count from the end."""
    with pytest.raises(TokenRefused) as refused:
        StatusList.decode(ONE_BIT_LST, 1).is_set(idx)
    assert (refused.value.code, refused.value.claim) == ("bad_claim", "status")


@pytest.mark.parametrize("bits", [0, 3, 5, 16, -1, True, 1.0, "1", None, [1]])
def test_bits_are_one_of_four_numbers(bits: Any) -> None:
    with pytest.raises(TokenRefused, match="bad_claim"):
        StatusList.decode(ONE_BIT_LST, bits)


def lst(octets: bytes) -> str:
    return base64url.encode(octets)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "eNrbuRgAAhcBXQ==",
        "eNrbuRgAAhcBXR",
        "+/+/",
        "é",
        ONE_BIT_LST[:-4],
        lst(b"\xb9\xa3"),
        lst(zlib.compress(b"\xb9\xa3") + b"x"),
        lst(zlib.compress(b"\xb9\xa3") * 2),
        lst(zlib.compress(b"\xb9\xa3")[:-1] + b"\x00"),
        lst(zlib.compress(b"\xb9\xa3", wbits=-15)),
        lst(zlib.compress(b"\xb9\xa3", wbits=31)),
        None,
        5,
        b"\xff",
    ],
    ids=str,
)
def test_what_is_no_list_is_refused(text: Any) -> None:
    """Padding, another alphabet, a cut stream, one that goes on, a wrong checksum, raw DEFLATE, gzip."""
    with pytest.raises(TokenRefused, match="malformed_token"):
        StatusList.decode(text, 1)


def test_a_list_that_needs_a_preset_dictionary_is_refused() -> None:
    deflater = zlib.compressobj(zdict=b"\xb9\xa3\xb9\xa3")
    with pytest.raises(TokenRefused, match="malformed_token"):
        StatusList.decode(lst(deflater.compress(b"\xb9\xa3") + deflater.flush()), 1)


@pytest.mark.parametrize(("size", "fits"), [(MAX_BYTES, True), (MAX_BYTES + 1, False), (64 * MAX_BYTES, False)])
def test_the_inflated_size_is_capped(size: int, fits: bool) -> None:
    """A kilobyte stands for a megabyte."""
    bomb = lst(zlib.compress(bytes(size)))
    if fits:
        assert len(StatusList.decode(bomb, 8)) == size
    else:
        with pytest.raises(TokenRefused, match="malformed_token"):
            StatusList.decode(bomb, 8)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lst) | st.binary(max_size=60).map(zlib.compress).map(lst))
def test_nothing_but_a_refusal_comes_out(text: str) -> None:
    try:
        assert len(StatusList.decode(text, 1)) % 8 == 0
    except TokenRefused as refused:
        assert refused.code == "malformed_token"  # noqa: PT017 - either way is right


@pytest.mark.parametrize(("indexes", "size"), [([16], 16), ([-1], 16), ([-17], 16), ([], 0), ([], 12), ([], -8)])
def test_a_list_is_made_of_indexes_inside_it(indexes: list[int], size: int) -> None:
    with pytest.raises(Misuse):
        StatusList.from_set(indexes, size)


def test_a_status_list_has_a_type_of_its_own() -> None:
    """Section 5.1."""
    assert TYP == "statuslist+jwt"


def test_the_claims_of_a_status_list_token() -> None:
    """Section 5.1, the example's members."""
    text = (
        b'{"exp":2291720170,"iat":1686920170,"iss":"https://example.com","status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"},'
        b'"sub":"https://example.com/statuslists/1","ttl":43200}'
    )
    found = msgspec.json.decode(text, type=StatusClaims)
    assert (found.sub, found.ttl) == ("https://example.com/statuslists/1", 43200)
    assert StatusList.decode(found.status_list.lst, found.status_list.bits).is_set(0)


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"status_list": {}},
        {"status_list": {"idx": 0}},
        {"status_list": {"uri": "x"}},
        {"status_list": {"idx": -1, "uri": "x"}},
        {"status_list": {"idx": True, "uri": "x"}},
        {"status_list": {"idx": 1.5, "uri": "x"}},
        {"status_list": {"idx": 2**53, "uri": "x"}},
        {"status_list": {"idx": 0, "uri": None}},
        {"status_list": None},
    ],
)
def test_a_reference_has_an_index_and_an_address(status: dict[str, Any]) -> None:
    """Sections 6.1 and 6.2."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(status, TokenStatus)


def test_the_reference_is_found_in_the_status_claim_of_an_access_token() -> None:
    """Section 6.2: `status`, `status_list`, `idx` and `uri`."""
    status = {"status_list": {"idx": 5, "uri": "https://id.example/status/1"}}
    claims = AccessClaims(iss="i", sub="s", aud="a", exp=2, iat=1, jti="j", client_id="c", status=status)
    again = msgspec.json.decode(msgspec.json.encode(claims), type=AccessClaims)
    assert msgspec.convert(again.status, TokenStatus).status_list.idx == 5
