"""The folder of RFC examples beside the project, where it is there: read in place, never copied."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.source import ROOT

FILE = ROOT.parent / "shared" / "vectors" / "rfc_vectors.json"


def load(path: Path) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    return vectors


VECTORS = load(FILE)
BY_ID = {vector["id"]: vector for vector in VECTORS}
needs_vectors = pytest.mark.skipif(not VECTORS, reason="no shared/vectors/rfc_vectors.json beside the project")


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    chosen = [vector for vector in VECTORS if vector["kind"] in kinds]
    return pytest.mark.parametrize("vector", chosen, ids=[vector["id"] for vector in chosen])
