"""Reads the project's own source: its modules and what they import, found in the syntax tree.

Lazy imports inside functions and imports under `TYPE_CHECKING` count like all others.
"""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "gatepass"


@dataclass(frozen=True)
class Import:
    """`import module` or `from module import name`; eager when it loads as soon as its importer does."""

    module: str
    name: str
    line: int
    eager: bool

    @property
    def full(self) -> str:
        """`module.name`, or `module` alone."""
        return f"{self.module}.{self.name}" if self.name else self.module

    @property
    def top(self) -> str:
        """The first part of the name: the distribution or standard module."""
        return self.module.partition(".")[0]

    @property
    def target(self) -> str | None:
        """The module of ours that it loads; None for others."""
        return next((name for name in (self.full, self.module) if name in modules()), None)


@dataclass(frozen=True)
class Module:
    """One file under `src/`."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.path.read_text())

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """All imports of the file, in order."""
        return tuple(_imports(self.tree, self.name if self.path.stem == "__init__" else self.name.rpartition(".")[0]))

    @property
    def short(self) -> str:
        """The name below the package: `jose.verifier`; empty for the package itself."""
        return self.name.removeprefix(PACKAGE).removeprefix(".")


@lru_cache
def modules() -> dict[str, Module]:
    """All modules of the package by their names."""
    found = {}
    for path in sorted((ROOT / "src" / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / "src").with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path)
    return found


@lru_cache
def files() -> tuple[Path, ...]:
    """What is, or is about to be, in version control."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())


def _imports(tree: ast.Module, package: str) -> Iterator[Import]:
    eager = set(_eager(tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, "", node.lineno, node in eager) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield from (Import(base, alias.name, node.lineno, node in eager) for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _eager(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _eager(node.orelse)
            continue
        yield node
        for part in ("body", "orelse", "finalbody", "handlers"):
            yield from _eager(getattr(node, part, []))
