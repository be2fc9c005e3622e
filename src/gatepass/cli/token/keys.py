"""`gatepass token new-key` and `gatepass token jwks`."""

import json
import os
from pathlib import Path

import click

from gatepass.cli.options import json_option
from gatepass.cli.output import done, next_step, print_json
from gatepass.cli.token.source import read_keys
from gatepass.kernel.errors import Misuse


@click.command("new-key")
@click.argument("alg")
@click.option("--kid", help="Name of the key. Default: its thumbprint (RFC 7638).")
@click.option("--out", type=click.Path(path_type=Path), help="New file to write it to, for its owner only.")
@json_option
def new_key(alg: str, kid: str | None, out: Path | None, as_json: bool) -> None:
    """Make a private key.

    It is a JWK for the algorithm ALG, such as ES256.
    """
    from gatepass.jose import Key

    try:
        key = Key.generate(alg, kid)
    except Misuse as wrong:
        raise click.UsageError(wrong.message, click.get_current_context()) from None
    jwk = key.jwk(private=True)
    if out is None:
        print_json(jwk)
        next_step(
            "This is the private key: keep it to yourself. --out FILE writes it to a file that only you can read."
        )
        return
    _write(out, f"{json.dumps(jwk, indent=2)}\n")
    fields = {"file": str(out), "alg": key.alg, "kid": key.kid}
    done(f"A private {key.alg} key is in {out}, kid {key.kid}.", fields, as_json=as_json)
    if not key.symmetric:
        next_step(f"Next: gatepass token jwks {out}", as_json=as_json)


@click.command("jwks")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--alg", help="What the keys of PEM files are for, such as PS256; a JWK says it itself.")
@json_option
def jwks(files: tuple[Path, ...], alg: str | None, as_json: bool) -> None:
    """Make the JWK set to publish.

    It has the public halves of the keys in these files, JWK or PEM, and nothing else of them.
    """
    from gatepass.jose import KeySet

    keys = [key for file in files for key in read_keys(file, alg)]
    if any(key.symmetric for key in keys):
        raise Misuse("A shared secret can never be published: whoever knows it can sign.")
    kids = [key.kid for key in keys if key.kid is not None]
    if not keys or len(set(kids)) != len(kids):
        raise Misuse("There is no key in the files, or two of them have the same kid.")
    print_json(KeySet(keys).jwks())


def _write(path: Path, text: str) -> None:
    """A new file that only its owner can read; one that is there already stays as it is."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Misuse(f"The file {path} is there already; a key is never overwritten.") from None
    except OSError as error:
        raise Misuse(f"The file {path} cannot be written: {error.strerror}.") from None
    with os.fdopen(handle, "w") as file:
        file.write(text)
