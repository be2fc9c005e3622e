"""Token Status Lists (draft-ietf-oauth-status-list-21): one bit says whether a token was taken back."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from gatepass.jose import base64url
from gatepass.jose.claims import NumericDate
from gatepass.jose.errors import NotBase64url, TokenRefused
from gatepass.jose.inflating import ZLIB, inflate
from gatepass.kernel.errors import Misuse

TYP = "statuslist+jwt"
"""The `typ` of a status list's header (section 5.1)."""
MEDIA_TYPE = "application/statuslist+jwt"
"""How a status list is served (section 8.1)."""
STATUS_PATH = "/status/"
"""Below the issuer: all its lists and nothing else."""
BITS = (1, 2, 4, 8)
"""How many bits a status may have (section 4.1). We write 1, and read all."""
MAX_BYTES = 2**20
"""Bytes that a list may inflate to, where the caller does not say: 2^23 statuses of one bit."""

_REST = {1: 7, 2: 3, 4: 1, 8: 0}
_SHIFT = {1: 3, 2: 2, 4: 1, 8: 0}
_MEMORY = 9  # the most that zlib takes: 256 KiB

Index = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class StatusReference(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the status of a token stands (section 6.2).

    Attributes:
        idx: which status of the list.
        uri: the list; whoever fetches it first makes sure that the issuer publishes there.
    """

    idx: Index
    uri: str


class TokenStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The `status` claim of a token (section 6.1); other ways to learn of a status are not read."""

    status_list: StatusReference


class Lst(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The list inside a status list token (section 4.2): `StatusList.decode` reads it."""

    bits: int
    lst: str


class StatusClaims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a status list token says (section 5.1).

    Attributes:
        sub: the URI of the list, equal to `uri` in the tokens that it speaks of.
        iat: when it was signed.
        exp: when it is good no more; the draft lets it be absent, we do not.
        ttl: seconds after which it is worth asking again.
    """

    sub: str
    iat: NumericDate
    exp: NumericDate
    ttl: Annotated[int, msgspec.Meta(gt=0, lt=2**31)] | None = None
    status_list: Lst


@dataclass(frozen=True, slots=True)
class StatusList:
    """Statuses of `bits` bits each, packed from the lowest bit of each byte up (section 4.1).

    Attributes:
        octets: the packed statuses.
        bits: 1, 2, 4 or 8.
    """

    octets: bytes = field(repr=False)
    bits: int = 1

    @classmethod
    def from_set(cls, indexes: Iterable[int], size: int) -> "StatusList":
        """A list of `size` statuses of one bit, those of `indexes` set.

        Raises:
            Misuse: the size is no positive multiple of 8, or an index is not in the list.
        """
        if size <= 0 or size % 8:
            raise Misuse("The size of a status list is a positive multiple of 8.")
        octets = bytearray(size // 8)
        try:
            for index in indexes:
                octets[index >> 3] |= 1 << (index & 7)
                if index < 0:
                    raise IndexError
        except IndexError:
            raise Misuse("An index is not in the status list.") from None
        return cls(bytes(octets))

    @classmethod
    def decode(cls, lst: str, bits: int, *, max_bytes: int = MAX_BYTES) -> "StatusList":
        """The list that a status list token holds (section 4.2).

        Args:
            lst: base64url of a zlib stream (RFC 1950).
            bits: of each status.
            max_bytes: what it may inflate to. A kilobyte can stand for a megabyte: not one byte more than this
                and one is ever made.

        Raises:
            TokenRefused: `bad_claim` for other bits than 1, 2, 4, 8; `malformed_token` for anything else.
        """
        # To Python True is a 1, and 1.0 as well.
        if type(bits) is not int or bits not in BITS:
            raise TokenRefused("bad_claim", "status_list", detail="bits is not 1, 2, 4 or 8")
        try:
            compressed = base64url.decode(lst)
        except NotBase64url:
            raise TokenRefused("malformed_token", detail="lst is not base64url") from None
        return cls(inflate(compressed, max_bytes, ZLIB), bits)

    def is_set(self, idx: int) -> bool:
        """Whether the status at `idx` is another one than VALID (section 7.1).

        What an index outside the list means is unknown, so nothing may be taken for good (section 8.3).

        Raises:
            TokenRefused: `bad_claim`: the list has no such index.
        """
        bits = self.bits
        try:
            octet = self.octets[idx >> _SHIFT[bits]]
        except (IndexError, TypeError):
            raise _outside() from None
        if idx < 0:
            raise _outside()
        return octet >> (idx & _REST[bits]) * bits & (1 << bits) - 1 != 0

    def encode(self) -> str:
        """As `lst` of a status list token.

        Bits that are set are few and far between, so what there is to compress are runs of zeros:
        looking for runs alone makes half of what zlib's levels 1 and 2 make, in the same time.
        """
        deflater = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY, zlib.Z_RLE)
        return base64url.encode(deflater.compress(self.octets) + deflater.flush())

    def __len__(self) -> int:
        """How many statuses there are."""
        return len(self.octets) * 8 // self.bits


def status_uri(issuer: str, name: str) -> str:
    """The address of one of an issuer's lists; with an empty name, how the addresses of all of them begin."""
    return issuer.rstrip("/") + STATUS_PATH + name


def _outside() -> TokenRefused:
    return TokenRefused("bad_claim", "status", detail="idx is not in the status list")
