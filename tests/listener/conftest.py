"""The listener must hold on both event loops: uvloop where it is installed, asyncio's own elsewhere."""

import pytest


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"], scope="session")
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Each async test here runs twice."""
    return "asyncio", {"use_uvloop": request.param}
