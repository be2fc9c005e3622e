"""What an operator can set, where each value came from, and nothing else.

Owns the list of settings (`model`), how values are read and shown (`values`), where
they come from (`sources`), and what may be told about them (`display`). Sources, the
later wins: the default, `gatepass.toml`, `GATEPASS_*` in the environment, the command
line. A name that is not listed is an error: a misspelt security setting that is
silently ignored is a hole. Only what puts the server together imports it; parts take
values.
"""

from gatepass.server.settings.display import Shown, shown
from gatepass.server.settings.model import Settings
from gatepass.server.settings.sources import Loaded, load
from gatepass.server.settings.values import Audience

__all__ = ["Audience", "Loaded", "Settings", "Shown", "load", "shown"]
