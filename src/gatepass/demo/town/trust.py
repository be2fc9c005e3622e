"""How one lets a browser trust the authority of a town, and forget it again."""

import sys
from pathlib import Path
from typing import NamedTuple


class _Way(NamedTuple):
    """Commands for one platform. The file is gone when somebody wants to forget, so the name has to do."""

    who: str
    trust: str
    forget: str


_WAYS = {
    "darwin": _Way(
        "Safari and Chrome",
        'security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db "{file}"',
        "security delete-certificate -t -c {name}",
    ),
    "win32": _Way(
        "Edge and Chrome",
        'certutil -user -addstore Root "{file}"',
        "certutil -user -delstore Root {name}",
    ),
}
_LINUX = _Way(
    "Chromium and Chrome (certutil is in libnss3-tools or nss-tools)",
    "mkdir -p ~/.pki/nssdb\n    certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {name} -i {file}",
    "certutil -d sql:$HOME/.pki/nssdb -D -n {name}",
)


def how_to_trust(file: Path, name: str, example: str, platform: str = sys.platform) -> str:
    """What somebody types to trust an authority, and to forget it, on this platform.

    Args:
        file: its certificate.
        name: what it is called in there.
        example: an address that `curl` can ask.
    """
    way = _WAYS.get(platform, _LINUX)
    return f"""
  An authority made for this town vouches for it; nobody trusts it yet. It can vouch for names in
  localhost and for 127.0.0.1 only, and for one day. Its private key was never written, and the
  other files go with their folder when the demo stops.

  To trust it, in {way.who}:
    {way.trust.format(file=file, name=name)}
  To forget it:
    {way.forget.format(name=name)}
  In Firefox: Settings, Certificates, Authorities, Import. For curl alone:
    curl --cacert {file} {example}"""
