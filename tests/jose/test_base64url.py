"""base64url has one text for every value, and the decoder accepts no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepass.jose import NotBase64url, base64url


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"f", "Zg"),
        (b"fo", "Zm8"),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg"),
        (b"fooba", "Zm9vYmE"),
        (b"foobar", "Zm9vYmFy"),
        (bytes([3, 236, 255, 224, 193]), "A-z_4ME"),
    ],
)
def test_the_examples_of_the_rfcs(data: bytes, text: str) -> None:
    """RFC 4648 section 10 and RFC 7515 appendix C, without padding."""
    assert base64url.encode(data) == text
    assert base64url.decode(text) == base64url.decode(text.encode()) == data


@pytest.mark.parametrize(
    "text",
    [
        # padding and impossible lengths
        *("A", "AAAAA", "Zg==", "Zg=", "Zm8=", "Zm9v=", "Zm9v====", "=", "====", "Zg=A", "Z===", "AA=A"),
        # the standard alphabet, and characters of none
        *("Zm9v+A", "Zm9v/w", "A+z/4ME", "Zm9v.Zm9v", "Zm9v!", "Zm9v%3D", "Zm9\u00e9", "Zm9\u0430", "Zm9\ud800"),
        *(" Zm9v", "Zm9v ", "Zm9v\n", "Zm\n9v", "Zm9v\r\n", "Zm9v\t", "Zm9v\0", "Zg\0\0", "\uff21\uff22\uff23\uff24"),
        # unused bits that are set
        *("Zh", "Zn", "Zm9", "Zm-"),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(NotBase64url):
        base64url.decode(text)


@pytest.mark.parametrize("thing", [None, 5, ["Zm9v"], object(), b"Zm9\xff", b"Zm9v\n"])
def test_what_is_no_text_is_refused_as_well(thing: object) -> None:
    with pytest.raises(NotBase64url):
        base64url.decode(thing)  # type: ignore[arg-type]


@given(st.binary())
def test_what_was_encoded_decodes_to_itself(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data)) == data


@given(st.text(alphabet="AQgwZm9-_+/= \n\u00e9", max_size=12) | st.text(max_size=12))
def test_what_decodes_is_what_encode_writes(text: str) -> None:
    """So no two texts mean the same bytes."""
    try:
        data = base64url.decode(text)
    except NotBase64url:
        return
    assert base64url.encode(data) == text
