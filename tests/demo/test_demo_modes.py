"""The whole story with the other two switches: over TLS, and with one secret that all services share."""

from contextlib import ExitStack
from pathlib import Path

from tests.support.towns import Demo, a_demo, free_places

SWITCHES = ("--https", "--shared-secret")


def test_every_step_goes_as_expected_over_https_and_with_a_shared_secret(tmp_path: Path) -> None:
    """Two towns at the same time, and nothing of them is left behind."""
    with ExitStack() as stack:
        demos: list[Demo] = []
        for switch in SWITCHES:
            (folder := tmp_path / switch).mkdir()
            port = str(free_places().first)
            demos.append(stack.enter_context(a_demo(folder, switch, "--walk", "--port", port)))
        for demo in demos:
            assert demo.finish() == 0, demo.said
            assert "Every step went as expected." in demo.said
            assert list(demo.folder.iterdir()) == []
