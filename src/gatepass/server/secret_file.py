"""The secret of a server nobody configured: made once, kept in a file only its owner reads."""

import os
from pathlib import Path

from gatepass.kernel.errors import Misuse
from gatepass.kernel.ids import new_secret
from gatepass.kernel.secret import Secret
from gatepass.server.master import MasterSecret, numbered
from gatepass.server.settings import Settings

FILE_NAME = "secret.key"


def master_secret(settings: Settings) -> MasterSecret:
    """The operator's secret, or the one in the data folder, made there when it is missing.

    Raises:
        Misuse: the secret is too short, its file cannot be used, or others can read it; or
            several nodes could share the database, and each would make a secret of its own.
    """
    if settings.secret_key is not None:
        return numbered(settings.secret_key, settings.previous_secret_keys)
    if not settings.database_url.startswith("sqlite:"):
        raise Misuse("PostgreSQL needs GATEPASS_SECRET_KEY: every node must have the same.")
    path = settings.data / FILE_NAME
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path)
        if path.stat().st_mode & 0o077:
            raise Misuse(f"The secret file {path} can be read by others; chmod 600 it, and think of it as known.")
    except OSError as error:
        raise Misuse(f"The secret file {path} cannot be used: {error.strerror}.") from None
    return numbered(Secret.file(path), settings.previous_secret_keys)


def _create(path: Path) -> None:
    """Write the file whole or not at all; of two processes at once, the first one's stays."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{new_secret()[:8]}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new_secret() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
