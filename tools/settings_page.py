"""Write `docs/settings.md` from the settings themselves: `.venv/bin/python tools/settings_page.py`.

A test compares file and code, so run this whenever a setting changes.
"""

from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from gatepass.server.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"

INTRO = """\
# Settings

<!-- Made by tools/settings_page.py; change the code instead. -->

`gatepass serve` needs none of these to start. Each can be written in four places; the later wins:

1. the default below;
2. `gatepass.toml` in the folder where the command is started, or the file after `--config`;
3. the environment: `GATEPASS_` and the name in capitals, `GATEPASS_ACCESS_LIFETIME=10m`;
4. for `host`, `port`, `tls_cert`, `tls_key` and `workers`: an option of `gatepass serve`, `--tls-cert`.

`gatepass config show` tells what is in effect and where it came from, `gatepass doctor` whether it works. A name
that is not listed here is an error in both file and environment, and so is a value that cannot be read.

- **Durations** are a number with a unit: `30s`, `5m`, `12h`, `14d`; in TOML also a number of seconds.
- **Lists** are texts with commas, in TOML also lists. `shared_secrets` is `money=…` in a text, a table in TOML.
- **Secrets** (marked *secret*) are never shown, and may stand in a file of their own:
  `GATEPASS_SECRET_KEY_FILE=/run/secrets/key`, `secret_key_file = "/run/secrets/key"`.
- **Paths** are relative to the folder where the command is started, wherever they are written.

```toml
"""

EXAMPLE = """\
issuer = "https://id.example.com"
database = "postgresql://gatepass@db.example.com/gatepass"
secret_key_file = "/run/secrets/gatepass"
proxy = ["10.0.0.7"]
audiences = ["money=https://bank.example.com", "money=https://retirement.example.com", "https://shop.example.com"]
access_lifetime = "10m"
"""

TABLE = """\
```

| setting | written as | default | meaning |
|---|---|---|---|
"""


def page() -> str:
    """The whole text of the page."""
    return INTRO + EXAMPLE + TABLE + "".join(map(_row, fields(Settings)))


def _row(one: Field[Any]) -> str:
    mark = " *secret*" if one.metadata["secret"] else ""
    return f"| `{one.name}`{mark} | {one.metadata['kind'].form} | {_default(one)} | {one.metadata['doc']} |\n"


def _default(one: Field[Any]) -> str:
    value = getattr(Settings(), one.name)
    text = one.metadata["kind"].text(value) if value or value == 0 else ""
    return f"`{text}`" if text else "–"


if __name__ == "__main__":
    PAGE.write_text(page())
