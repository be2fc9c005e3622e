"""Where to go after sign-in: nobody can make our page send people to another site."""

from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatepass.http.paths import MAX_CHARACTERS, local_path

OURS = "https://id.example"

GOOD = [
    "/",
    "/account",
    "/account/",
    "/account?tab=sessions&x=1",
    "/search?q=a%2Fb%5Cc%0d%0a//x",
    "/a?b[]=1&c=d@e",
    "/caf%C3%A9",
    "/a:b/c@d;e=f,g!h$i'j(k)*l+m~n-o_p.q",
    "/...",
    "/.well-known/x",
    "/a%2Fb",
    "/oauth/authorize?redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=x",
]

EVIL = [
    ("another site", "https://evil.example"),
    ("another site without slashes", "https:evil.example"),
    ("one slash after the scheme", "https:/evil.example"),
    ("three slashes after the scheme", "https:///evil.example"),
    ("a script", "javascript:alert(1)"),
    ("data", "data:text/html,x"),
    ("no scheme", "//evil.example"),
    ("three slashes", "///evil.example"),
    ("a backslash", "/\\evil.example"),
    ("two backslashes", "\\\\evil.example"),
    ("backslash, slash", "\\/evil.example"),
    ("a backslash further on", "/a\\b"),
    ("a tab between", "/\t/evil.example"),
    ("a line feed between", "/\n/evil.example"),
    ("a carriage return between", "/\r/evil.example"),
    ("an encoded tab between", "/%09/evil.example"),
    ("an encoded line feed", "/%0a/evil.example"),
    ("an encoded slash", "/%2f/evil.example"),
    ("an encoded slash and a host", "/%2fevil.example"),
    ("an encoded backslash", "/%5cevil.example"),
    ("encoded twice", "/%252fevil.example"),
    ("encoded three times", "/%25252fevil.example"),
    ("an encoded NUL", "/%00"),
    ("up, then two slashes", "/..//evil.example"),
    ("here, then two slashes", "/.//evil.example"),
    ("up, encoded", "/%2e%2e//evil.example"),
    ("up, half encoded", "/.%2e/x"),
    ("up in the middle", "/a/../b"),
    ("up at the end", "/a/.."),
    ("two slashes in the middle", "/a//evil.example"),
    ("a leading blank", " /account"),
    ("a leading tab", "\t//evil.example"),
    ("a leading NUL", "\0//evil.example"),
    ("a final line feed", "/account\n"),
    ("header splitting", "/a\r\nSet-Cookie: x=1"),
    ("a user name", "//id.example@evil.example"),
    ("our name as user name", "https://id.example@evil.example"),
    ("our own site, whole", "https://id.example/account"),
    ("a fragment", "/a#b"),
    ("a division slash", "/\u2215evil.example"),
    ("a fraction slash", "\u2044/evil.example"),
    ("a full-width slash", "/\uff0fevil.example"),
    ("an ideographic full stop", "/a\u3002b"),
    ("a letter beyond ASCII", "/caf\u00e9"),
    ("an unpaired surrogate", "/\ud800"),
    ("a bidirectional override", "/\u202eevil"),
    ("a line separator", "/\u2028"),
    ("no slash", "account"),
    ("a query only", "?next=/"),
    ("a dot", "."),
    ("quotes", '/a"b'),
    ("angle brackets", "/<script>"),
    ("very long", "/" + "a" * MAX_CHARACTERS),
    ("empty", ""),
]


@pytest.mark.parametrize("path", GOOD)
def test_a_page_of_ours_is_kept(path: str) -> None:
    assert local_path(path, "/default") == path


@pytest.mark.parametrize(("what", "path"), EVIL, ids=[row[0] for row in EVIL])
def test_everything_else_becomes_the_default(what: str, path: str) -> None:
    assert local_path(path, "/default") == "/default", what


@pytest.mark.parametrize("value", [None, 5, ["/a"], b"/a"])
def test_what_is_no_text_becomes_the_default(value: object) -> None:
    assert local_path(value) == "/"  # type: ignore[arg-type]  # forms and JSON bring what they like


@given(st.one_of(st.text(), st.text(alphabet="/\\.%25cfe2#?@:a\t\n \x00").map(lambda tail: "/" + tail)))
@example("/\\/a")
def test_no_text_leads_away_from_our_site(text: str) -> None:
    path = local_path(text, "/default")
    assert path in (text, "/default")
    assert path.isascii()
    assert urlsplit(urljoin(OURS + "/login", path)).netloc == "id.example"
    seen = path.partition("?")[0]
    for _ in range(4):
        assert not seen.startswith(("//", "/\\"))
        assert not {"\\", "\t", "\r", "\n", "\0"} & set(seen)
        seen = unquote(seen)


@given(st.lists(st.text(min_size=1).filter(lambda word: word.isalnum()), max_size=5))
def test_every_plain_path_is_kept_once_it_is_encoded(words: list[str]) -> None:
    path = "/" + "/".join(quote(word) for word in words)
    assert local_path(path, "/default") == path
