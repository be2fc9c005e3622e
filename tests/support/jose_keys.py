"""One key per algorithm for all tests of the token engine: RSA keys take their time."""

import functools
from collections.abc import Callable

from gatepass.jose import Key
from gatepass.jose.algorithms import ALGORITHMS

made = functools.cache(Key.generate)
"""A private key (or secret) for the algorithm, the same at every call."""


@functools.cache
def made_on(alg: str, crv: str) -> Key:
    """The same for an algorithm that has several curves."""
    return Key.generate(alg, crv=crv)


def _pairs(alg: str) -> dict[str, Callable[[], Key]]:
    """An algorithm under its name or, if it has several curves, under its name and each of them."""
    curves = [str(kind.crv) for kind in ALGORITHMS[alg].key_types]
    if len(curves) == 1:
        return {alg: functools.partial(made, alg)}
    return {f"{alg} {crv}": functools.partial(made_on, alg, crv) for crv in curves}


KEY_PAIRS: dict[str, Callable[[], Key]] = {
    name: make
    for alg, one in ALGORITHMS.items()
    if not one.key_types[0].symmetric
    for name, make in _pairs(alg).items()
}
"""Every kind of key pair there is, each the same at every call."""
