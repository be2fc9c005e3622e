"""How one lets a browser trust the authority of a town, and forget it again."""

import sys
from pathlib import Path

_WAYS = {
    "darwin": (
        "security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db {file}",
        "security delete-certificate -t -c {name}",
    ),
    "win32": ("certutil -user -addstore Root {file}", "certutil -user -delstore Root {name}"),
}
_NSS = (
    "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {name} -i {file}",
    "certutil -d sql:$HOME/.pki/nssdb -D -n {name}",
)
"""Where Chromium and Chrome look on Linux; certutil is in the package libnss3-tools or nss-tools."""


def how_to_trust(file: Path, name: str, example: str, platform: str = sys.platform) -> str:
    """What somebody types to trust an authority, and to forget it, on this platform.

    Args:
        file: its certificate.
        name: what it is called in there.
        example: an address that `curl` can ask.
    """
    trust, forget = (way.format(file=file, name=name) for way in _WAYS.get(platform, _NSS))
    return f"""
  The certificates come from an authority that was made for this town. Nobody trusts it yet.

  Trust it       {trust}
  Forget it      {forget}
  Only for curl  curl --cacert {file} {example}

  Firefox has a list of its own: Settings, Certificates, Authorities, Import.
  It vouches for names in localhost and for 127.0.0.1, for nothing else, and for one day. Its
  private key was never written, and its certificate goes with the folder when the demo stops."""
