"""The ring of signing keys: made once, wrapped at rest, read again in time."""

import asyncio
import json
from typing import Any

import pytest

from gatepass.jose import Key, KeySet, Verifier, unverified_header
from gatepass.kernel.errors import Misuse
from gatepass.kernel.secret import Secret
from gatepass.server.keys.model import SigningKey
from gatepass.server.keys.service import KeyRing
from gatepass.server.master import MasterSecret
from gatepass.server.store import Sql, Store, StoreUnavailable, open_store
from tests.support.token_server import MASTER, MovedClock, TokenServer

OTHER_MASTER = Secret(b"another master secret of 32 bytes")
WRAPPED = Sql("SELECT kid, wrapped, public_jwk FROM signing_keys ORDER BY number")


def ring(store: Store, clock: MovedClock | None = None, **more: Any) -> KeyRing:
    return KeyRing(store, MasterSecret(MASTER), clock=clock or MovedClock(), **more)


async def states(ring: KeyRing, now: int) -> list[tuple[int, str, str]]:
    return [(key.number, key.alg, key.state(now)) for key in await ring.keys()]


async def test_a_first_start_makes_the_key_that_signs_and_the_one_after_it(store: Store) -> None:
    """Always one upcoming key; both are published, each with an audit line."""
    server = TokenServer(store)
    await server.ring.open()
    await server.ring.open()
    assert await states(server.ring, server.now) == [(1, "ES256", "active"), (2, "ES256", "upcoming")]
    assert len(await server.ring.key_set()) == 2
    assert [line.name for line in await server.audit()] == ["key_created", "key_created"]


async def test_nodes_that_start_at_once_share_one_ring(database_url: str) -> None:
    """Each over its own connections: whoever loses the race takes what the winner made."""
    stores = [open_store(database_url) for _ in range(4)]
    for store in stores:
        await store.open()
    rings = [ring(store) for store in stores]
    await asyncio.gather(*(one.open() for one in rings))
    assert len({(await one.jwks()).body for one in rings}) == 1
    assert len(await rings[0].keys()) == 2
    tokens = [(await one.signer("at+jwt")).sign({"sub": "u"}) for one in rings]
    assert len({unverified_header(token)["kid"] for token in tokens}) == 1
    for store in stores:
        await store.close()


async def test_what_the_ring_signs_the_published_set_verifies(store: Store) -> None:
    """A gate that fetched the set accepts the token; the type is the one asked for."""
    one = ring(store)
    await one.open()
    token = (await one.signer("at+jwt")).sign({"sub": "u"})
    keys = KeySet.from_jwks((await one.jwks()).body)
    verifier = Verifier(keys, issuer=None, audience=None, typ="at+jwt", require=(), claims=dict)
    assert verifier.verify(token)["sub"] == "u"
    assert unverified_header(token)["alg"] == "ES256"


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "Ed25519"])
async def test_the_algorithm_is_a_setting(store: Store, alg: str) -> None:
    """Changing it adds a pair of keys; what the old ones signed still verifies."""
    before, after = ring(store), ring(store, alg=alg)
    await before.open()
    old = (await before.signer("at+jwt")).sign({"sub": "u"})
    await after.open()
    new = (await after.signer("at+jwt")).sign({"sub": "u"})
    assert unverified_header(new)["alg"] == alg
    verifier = Verifier(await after.key_set(), issuer=None, audience=None, typ="at+jwt", require=(), claims=dict)
    assert verifier.verify(old) == verifier.verify(new)


async def test_no_private_member_is_published_or_stored_in_the_open(store: Store) -> None:
    """Private halves are in the table under AES-256-GCM only."""
    one = ring(store)
    await one.open()
    body = (await one.jwks()).body
    assert all({"d", "k", "p", "q"}.isdisjoint(key) for key in json.loads(body)["keys"])
    rows = await store.read(WRAPPED())
    assert len({row[1][:12] for row in rows}) == len(rows), "nonces repeat"
    assert all(b'"d"' not in row[1] and '"d"' not in row[2] for row in rows)


async def test_the_etag_follows_the_keys(store: Store) -> None:
    """Equal on all nodes while the keys are, else another."""
    one, two = ring(store), ring(store)
    await one.open()
    await two.open()
    assert await one.jwks() == await two.jwks()
    before = (await one.jwks()).etag
    assert before.startswith('"')
    clock = MovedClock()
    third = ring(store, clock, alg="Ed25519")
    await third.open()
    assert (await third.jwks()).etag != before


@pytest.mark.parametrize("master", [MasterSecret(OTHER_MASTER), MasterSecret(OTHER_MASTER, version=2)])
async def test_another_master_secret_is_told_at_start(store: Store, master: MasterSecret) -> None:
    """By the name of the setting, without a word about the secret."""
    await ring(store).open()
    with pytest.raises(Misuse, match="GATEPASS_SECRET_KEY") as caught:
        await KeyRing(store, master).open()
    assert OTHER_MASTER.reveal().decode() not in str(caught.value)


async def test_keys_of_a_listed_previous_secret_open(store: Store) -> None:
    """Rows keep the key version; a change of the secret accepts old and new."""
    await ring(store).open()
    changed = KeyRing(store, MasterSecret(OTHER_MASTER, version=2, previous={1: MASTER}), clock=MovedClock())
    await changed.open()
    assert len(await changed.keys()) == 2
    assert (await changed.signer("at+jwt")).sign({})


@pytest.mark.parametrize(
    "tampering",
    [
        Sql("UPDATE signing_keys SET kid = 'mine' WHERE number = 1 RETURNING 1", rows=1),
        Sql(
            """UPDATE signing_keys SET wrapped = (SELECT other.wrapped FROM signing_keys other WHERE other.number = 2)
            WHERE number = 1 RETURNING 1""",
            rows=1,
        ),
        Sql("UPDATE signing_keys SET wrapped = :wrapped WHERE number = 1 RETURNING 1", rows=1),
    ],
    ids=["renamed", "swapped", "replaced"],
)
async def test_a_key_that_somebody_put_into_the_table_is_not_used(store: Store, tampering: Sql) -> None:
    """The wrapping is bound to kid and purpose: a moved or foreign key does not open, and is not published."""
    await ring(store).open()
    await store.write(tampering(**({"wrapped": b"x" * 40} if tampering.names else {})))
    with pytest.raises(Misuse, match="GATEPASS_SECRET_KEY"):
        await ring(store).open()


async def test_the_public_side_of_a_row_is_not_believed(store: Store) -> None:
    """What is published comes out of the wrapped key: writing to the table makes nobody an issuer."""
    await ring(store).open()
    stranger = json.dumps(Key.generate("ES256").public().jwk())
    await store.write(Sql("UPDATE signing_keys SET public_jwk = :jwk RETURNING 1", rows=2)(jwk=stranger))
    one = ring(store)
    await one.open()
    assert json.loads(stranger)["x"] not in (await one.jwks()).body.decode()


RETIRE = Sql("UPDATE signing_keys SET retire_at = :now WHERE number = 1 RETURNING 1", rows=1)
ACTIVATE = Sql("UPDATE signing_keys SET activate_at = :now WHERE number = 2 RETURNING 1", rows=1)
GONE = Sql("UPDATE signing_keys SET gone_at = :now WHERE number = 1 RETURNING 1", rows=1)


async def test_a_node_never_signs_with_a_view_older_than_thirty_seconds(store: Store) -> None:
    """What another node changed is known after 30 s; without the store nothing is signed then."""
    clock = MovedClock()
    one = ring(store, clock)
    await one.open()
    before = (await one.signer("at+jwt")).key.kid
    await store.write(RETIRE(now=int(clock())), ACTIVATE(now=int(clock())))
    clock.move(29)
    assert (await one.signer("at+jwt")).key.kid == before
    await store.close()
    clock.move(1)
    with pytest.raises(StoreUnavailable):
        await one.signer("at+jwt")
    await store.open()
    assert (await one.signer("at+jwt")).key.kid != before


async def test_a_clock_that_was_set_back_does_not_keep_an_old_view(store: Store) -> None:
    """The age of the view is unknown then, so it is read again."""
    clock = MovedClock()
    one = ring(store, clock)
    await one.open()
    before = (await one.signer("at+jwt")).key.kid
    await store.write(GONE(now=0), ACTIVATE(now=0))
    clock.move(-3600)
    assert (await one.signer("at+jwt")).key.kid != before


async def test_a_retired_key_verifies_and_a_gone_one_does_not(store: Store) -> None:
    """Nothing that was validly signed is refused by a rotation; a key that is gone is not published."""
    clock = MovedClock()
    one = ring(store, clock)
    await one.open()
    signer = await one.signer("at+jwt")
    await store.write(RETIRE(now=int(clock())), ACTIVATE(now=int(clock())))
    clock.move(31)
    assert (await one.key_set()).get(str(signer.key.kid)) is not None
    await store.write(GONE(now=int(clock())))
    clock.move(31)
    assert (await one.key_set()).get(str(signer.key.kid)) is None


async def test_a_key_that_is_gone_needs_its_secret_no_more(store: Store) -> None:
    """Else an old secret could never be dropped: rows of keys stay for the operator's list."""
    await ring(store).open()
    await store.write(Sql("UPDATE signing_keys SET gone_at = 0 RETURNING 1", rows=2)())
    changed = KeyRing(store, MasterSecret(OTHER_MASTER, version=2), clock=MovedClock())
    await changed.open()
    assert await states(changed, int(MovedClock()())) == [
        (1, "ES256", "gone"),
        (2, "ES256", "gone"),
        (3, "ES256", "active"),
        (4, "ES256", "upcoming"),
    ]
    assert (await changed.signer("at+jwt")).sign({})


async def test_the_key_set_is_the_same_object_until_keys_change(store: Store) -> None:
    """So that verifiers made from it keep what they have learnt."""
    clock = MovedClock()
    one = ring(store, clock)
    await one.open()
    first = await one.key_set()
    clock.move(31)
    assert await one.key_set() is first
    await store.write(GONE(now=int(clock())))
    clock.move(31)
    assert await one.key_set() is not first


async def test_a_ring_that_was_never_opened_says_so(store: Store) -> None:
    """Instead of signing with nothing."""
    with pytest.raises(Misuse, match="not opened"):
        await ring(store).signer("at+jwt")


async def test_the_list_for_the_operator_has_no_private_half(store: Store) -> None:
    """Nor does its repr."""
    one = ring(store)
    await one.open()
    assert all(isinstance(key, SigningKey) and "d" not in key.public_jwk for key in await one.keys())
    assert "wrapped" not in repr(await one.keys())
