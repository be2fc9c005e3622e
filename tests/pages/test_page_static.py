"""The files beside the pages."""

import re
from pathlib import Path

import pytest
from starlette.responses import Response

from gatepass.http.refusals import NotFound
from gatepass.http.view import RequestView
from gatepass.server.audit.model import Source
from gatepass.server.web.pages.static import FOLDER, StaticFiles
from gatepass.server.web.pages.visit import Visit


@pytest.fixture
def static() -> StaticFiles:
    return StaticFiles("/auth")


async def ask(static: StaticFiles, address: str, **headers: str) -> Response:
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return await static.serve(Visit(RequestView("GET", address, headers=fields), Source(None, None), {}))


def test_an_address_holds_a_hash_of_the_content(static: StaticFiles, tmp_path: Path) -> None:
    assert re.fullmatch(r"/auth/static/gatepass\.[0-9a-f]{12}\.css", static.address("gatepass.css"))
    (tmp_path / "one.css").write_text("a {}")
    before = StaticFiles(folder=tmp_path).address("one.css")
    (tmp_path / "one.css").write_text("b {}")
    assert StaticFiles(folder=tmp_path).address("one.css") != before


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("gatepass.css", "text/css; charset=utf-8"),
        ("password.js", "text/javascript; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
    ],
)
async def test_a_file_is_served_with_its_type_and_kept_for_ever(static: StaticFiles, name: str, kind: str) -> None:
    answer = await ask(static, static.address(name))
    assert answer.status_code == 200
    assert answer.body == (FOLDER / name).read_bytes()
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_client_that_has_the_file_gets_304_without_a_body(static: StaticFiles) -> None:
    address = static.address("gatepass.css")
    tag = (await ask(static, address)).headers["etag"]
    answer = await ask(static, address, if_none_match=f'"other", W/{tag}')
    assert (answer.status_code, answer.body) == (304, b"")
    assert answer.headers["etag"] == tag
    assert (await ask(static, address, if_none_match='"other"')).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "gatepass.css",
        "gatepass.000000000000.css",
        "../pages/static.py",
        "..",
        "..\\pages\\static.py",
        "a\0.css",
        "/",
        "",
    ],
)
def test_only_names_in_the_table_are_served(static: StaticFiles, name: str) -> None:
    with pytest.raises(NotFound):
        static.find(name)


def test_the_first_visit_loads_little() -> None:
    """One sheet under 12 KB and scripts under 4 KB together, before compression."""
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert sum(size for name, size in sizes.items() if name.endswith(".css")) < 12_000
    assert sum(size for name, size in sizes.items() if name.endswith(".js")) < 4_000


def test_scripts_build_no_markup_from_text() -> None:
    """Trusted Types would stop them in the browser; this stops them earlier."""
    for path in FOLDER.glob("*.js"):
        text = path.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(", text), path
