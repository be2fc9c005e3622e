"""npm's `jose`, the JOSE library of the Node world, to be asked what it says."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.source import ROOT

PACKAGE = "jose@6.2.17"
SCRIPT = ROOT / "tests" / "interop" / "npm_jose.mjs"

Ask = Callable[..., Awaitable[dict[str, Any]]]


def install(folder: Path, package: str = PACKAGE, script: Path = SCRIPT) -> Ask:
    """What asks `script`. It and the package live in `folder`, where Node looks for packages; skips without Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node and npm are not installed")
    options = ["--prefix", str(folder), "--cache", str(folder / "cache"), "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run([npm, "install", *options, package], cwd=folder, capture_output=True, text=True)
    assert installed.returncode == 0, installed.stderr
    copied = shutil.copy(script, folder)

    async def asked(act: str, **given: Any) -> dict[str, Any]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(node, copied, stdin=pipe, stdout=pipe, cwd=folder)
        answer, _ = await process.communicate(json.dumps({"act": act, **given}).encode())
        found: dict[str, Any] = json.loads(answer)
        return found

    return asked
