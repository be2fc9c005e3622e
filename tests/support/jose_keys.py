"""One key per algorithm for all tests of the token engine: RSA keys take their time."""

import functools
from collections.abc import Callable

from gatepass.jose import Key
from gatepass.jose.algorithms import ALGORITHMS

made = functools.cache(Key.generate)
"""A private key (or secret) for the algorithm, the same at every call."""


@functools.cache
def made_on(alg: str, crv: str | None) -> Key:
    """The same for an algorithm that has several curves."""
    return Key.generate(alg, crv=crv)


KEY_PAIRS: dict[str, Callable[[], Key]] = {
    alg if crv is None else f"{alg} {crv}": functools.partial(made_on, alg, crv)
    for alg, algorithm in ALGORITHMS.items()
    if not algorithm.key_types[0].symmetric
    for crv in ((None,) if len(algorithm.key_types) == 1 else (kind.crv for kind in algorithm.key_types))
}
"""Every kind of key pair there is, by the name of its algorithm, and curve where it has several."""
