"""`cache`: what is a URL of a cache, and that its password is shown nowhere."""

import pytest

from gatepass.kernel.errors import Misuse
from gatepass.server.settings import Settings, load, shown


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache",
        "valkey://cache.internal:6379",
        "rediss://gatepass:p%40ss@cache:6380/3",
        "valkeys://:secret@[2001:db8::1]:6380/0?ssl_ca_certs=/etc/ca.pem",
    ],
)
def test_a_url_of_redis_or_valkey_is_taken(url: str) -> None:
    found = Settings(cache=url).cache  # type: ignore[arg-type]
    assert found is not None
    assert found.reveal().decode() == url


@pytest.mark.parametrize(
    "url",
    [
        "swordfish",
        "memcached://swordfish",
        "redis://",
        "redis://swordfish:70000",
        "redis://swordfish/x",
        "redis://swordfish?socket_timeout=9",
        "rediss://swordfish?ssl_cert_reqs=none",
        "rediss://swordfish?ssl_ca_certs=/a&ssl_check_hostname=false",
        "redis://a swordfish",
        "unix:///swordfish",
    ],
)
def test_anything_else_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Misuse) as refused:
        Settings(cache=url)  # type: ignore[arg-type]
    assert "swordfish" not in refused.value.message


def test_the_password_is_not_shown() -> None:
    loaded = load(environ={"GATEPASS_CACHE": "redis://:swordfish@cache"})
    row = next(one for one in shown(loaded) if one.name == "cache")
    assert (row.text, row.value) == ("(set, not shown)", None)
    assert "swordfish" not in repr(loaded)
