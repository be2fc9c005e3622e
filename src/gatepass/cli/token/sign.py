"""`gatepass token sign`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatepass.cli.options import json_option
from gatepass.cli.output import print_json
from gatepass.cli.token.source import MAX_BYTES, content, no_token, read_keys
from gatepass.kernel.clock import seconds
from gatepass.kernel.errors import Misuse

if TYPE_CHECKING:
    from gatepass.jose import Key

ENDLESS = "none"


def _lifetime(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    try:
        length = None if value == ENDLESS else seconds(value)
    except Misuse:
        length = 0
    if length == 0:
        raise click.BadParameter("write 30s, 5m, 12h or 14d, or none to add neither iat nor exp.", ctx, param)
    return length


@click.command("sign")
@click.argument("claims", type=click.Path(path_type=Path), default="-", callback=no_token)
@click.option("--key", "key_file", required=True, help="File with the private key: JWK or PEM.")
@click.option("--alg", help="What the key of a PEM file is for, such as PS256; a JWK says it itself.")
@click.option("--typ", default="at+jwt", show_default=True, help="Type that the header names; '' for none.")
@click.option("--issuer", help="iss of the token, if its claims bring none.")
@click.option(
    "--lifetime", default="5m", show_default=True, callback=_lifetime, help="From iat to exp; none to add neither."
)
@json_option
def command(
    claims: Path, key_file: str, alg: str | None, typ: str, issuer: str | None, lifetime: int | None, as_json: bool
) -> None:
    """Sign claims, and print the token.

    They are a JSON object in a file or on standard input. Claims that bring iat or exp keep theirs.
    """
    from gatepass.jose import Signer
    from gatepass.kernel.decoding import decode_json

    key = _key(key_file, alg)
    members = decode_json(content(claims, "claims"), dict, max_bytes=MAX_BYTES, unique_names=True)
    token = Signer(key, typ=typ or None, issuer=issuer or None, lifetime=lifetime).sign(members)
    if as_json:
        print_json({"token": token, "alg": key.alg, "kid": key.kid})
    else:
        click.echo(token)


def _key(file: str, alg: str | None) -> "Key":
    """The one key in the file. The words of `--key` are not repeated: they may be a secret."""
    path = Path(file)
    if not path.is_file():
        raise Misuse("--key is a file with a private JWK or PEM key, and there is no such file.")
    found = read_keys(path, alg)
    if len(found) != 1:
        raise Misuse("--key is a file with one key; this one has none that can be used, or several.")
    return found[0]
