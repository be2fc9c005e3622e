"""uvicorn's configuration, with the hall that the connections of one listener share."""

from typing import Any

import uvicorn

from gatepass.server.listener.hall import Hall


class ListenerConfig(uvicorn.Config):
    """Adds the hall; uvicorn hands its configuration to every protocol it makes."""

    def __init__(self, app: Any, *, hall: Hall, **options: Any) -> None:
        super().__init__(app, **options)
        self.hall = hall
