"""The files beside the pages: read once at start, served from a table.

A path is looked up as it stands, so there is nothing to climb out of. The name holds
a hash of the content: a changed file has a new address, and the old one can be kept
for ever (RFC 8246).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from gatepass.http.refusals import NotFound
from gatepass.server.web.pages.headers import NO_SNIFFING
from gatepass.server.web.pages.visit import Visit

FOLDER = Path(__file__).parents[1] / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
HASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, ready to be sent."""

    body: bytes
    headers: Mapping[str, str]


class StaticFiles:
    """The fixed table of files, by the name in their address.

    Args:
        base: path of the issuer, in front of `/static/`; empty at the root.
        folder: where the files are.
    """

    def __init__(self, base: str = "", folder: Path = FOLDER) -> None:
        self._addresses: dict[str, str] = {}
        self._files: dict[str, StaticFile] = {}
        for path in sorted(folder.iterdir()):
            body = path.read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:HASH_LENGTH]
            name = f"{path.stem}.{digest}{path.suffix}"
            self._addresses[path.name] = f"{base}/static/{name}"
            self._files[name] = StaticFile(body, _headers(TYPES[path.suffix], digest))

    def address(self, name: str) -> str:
        """Where the file `name` is served; a name that is not there is a mistake of ours."""
        return self._addresses[name]

    def find(self, name: str) -> StaticFile:
        """The file whose address ends in `name`.

        Raises:
            NotFound: no such file.
        """
        found = self._files.get(name)
        if found is None:
            raise NotFound("not_found")
        return found

    async def serve(self, visit: Visit) -> Response:
        """Answer `/static/{name}`; 304 when the client has the file (RFC 9110 section 13.1.2).

        Raises:
            NotFound: no such file.
        """
        found = self.find(visit.view.path.rpartition("/")[2])
        if found.headers["etag"] in (visit.view.header("if-none-match") or ""):
            return Response(status_code=304, headers=found.headers)
        return Response(found.body, headers=found.headers)


def _headers(kind: str, digest: str) -> dict[str, str]:
    return {
        "content-type": kind,
        "etag": f'"{digest}"',
        "cache-control": "public, max-age=31536000, immutable",
        # An SVG opened by itself is a document: it may load and run nothing.
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        # Another site may not embed them to learn who has them in the cache.
        "cross-origin-resource-policy": "same-origin",
        NO_SNIFFING[0]: NO_SNIFFING[1],
    }
