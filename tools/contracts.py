"""
Our own import contracts, read by import-linter by name from `pyproject.toml` (`contract_types`).

* published        apps see of one another only what is published
* protected_name   one name of a module is for some importers only (the clock: `now`)

Why: docs/decisions/0001-five-layers-proved-by-contracts.md.
"""

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

#: Parts of an app's dotted name: tongban.<layer>.<app>.
APP_DEPTH = 3

#: The composition root wires everything and may look anywhere.
COMPOSITION_ROOT = "config"


def app_of(module: str) -> str:
    """
    Return the app that `module` belongs to, or "" for a module above the level of apps.
    """
    parts = module.split(".")
    return ".".join(parts[:APP_DEPTH]) if len(parts) >= APP_DEPTH else ""


def names_taken(source: str, module: str) -> set[str]:
    """
    Return the names that Python text takes from `module`; "*" when it takes the module itself.
    """
    parent, _, leaf = module.rpartition(".")
    taken: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            taken.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == parent:
            taken.update("*" for alias in node.names if alias.name == leaf)
        elif isinstance(node, ast.Import):
            taken.update("*" for alias in node.names if alias.name == module)
    return taken


def source_of(module: str) -> str:
    """
    Return the text of `module` without running it or the packages above it.

    :raises FileNotFoundError: there is no such file
    """
    root, *parts = module.split(".")
    spec = find_spec(root)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(root)
    path = Path(spec.origin).parent.joinpath(*parts)
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")


class PublishedModulesContract(Contract):
    """
    Fails when a module imports another app's module whose name is not among `published`.
    """

    type_name = "published"

    published: Any = fields.SetField(subfield=fields.StringField())
    """Names of modules (or packages) that every other app may import."""

    layers: Any = fields.SetField(subfield=fields.StringField())
    """Packages whose children are apps, such as `tongban.business`."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 -- import-linter's signature
        """
        List every trespass as "importer -> imported"; none means that the contract is kept.
        """
        private = sorted(module for module in graph.modules if self._is_private(module))
        output.verbose_print(verbose, f"{len(private)} private modules")
        trespasses = sorted(
            f"{importer} -> {imported}"
            for imported in private
            for importer in graph.find_modules_that_directly_import(imported)
            if self._is_trespass(importer, imported)
        )
        return ContractCheck(kept=not trespasses, metadata={"trespasses": trespasses})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """
        Print the trespasses, one a line.
        """
        for trespass in check.metadata["trespasses"]:
            output.print_error(trespass)

    def _is_private(self, module: str) -> bool:
        parts = module.split(".")
        in_scope = ".".join(parts[: APP_DEPTH - 1]) in self.layers
        return in_scope and len(parts) > APP_DEPTH and parts[APP_DEPTH] not in self.published

    @staticmethod
    def _is_trespass(importer: str, imported: str) -> bool:
        return importer.split(".")[1] != COMPOSITION_ROOT and app_of(importer) != app_of(imported)


class ProtectedNameContract(Contract):
    """
    Fails when a module takes one protected name, or the whole module that holds it, without permission.

    A module has permission when a part of its dotted name (after the root package) is in `allowed_parts`.
    """

    type_name = "protected_name"

    protected_module: Any = fields.StringField()
    """The module that holds the name, such as `tongban.foundation.clock`."""

    protected_name: Any = fields.StringField()
    """The name that only some may take, such as `now`."""

    allowed_parts: Any = fields.SetField(subfield=fields.StringField())
    """Parts of dotted names that give permission, such as `views`."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001 -- import-linter's signature
        """
        List the importers that take the name; none means that the contract is kept.
        """
        if self.protected_module not in graph.modules:
            return ContractCheck(
                kept=False, metadata={"trespasses": [f"{self.protected_module} is not there"]}
            )
        importers = graph.find_modules_that_directly_import(self.protected_module)
        output.verbose_print(verbose, f"{len(importers)} importers of {self.protected_module}")
        trespasses = sorted(
            f"{importer} takes {self.protected_module}.{self.protected_name}"
            for importer in importers
            if not self._is_allowed(importer) and self._takes_name(importer)
        )
        return ContractCheck(kept=not trespasses, metadata={"trespasses": trespasses})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """
        Print the trespasses, one a line.
        """
        for trespass in check.metadata["trespasses"]:
            output.print_error(trespass)

    def _is_allowed(self, importer: str) -> bool:
        return not set(importer.split(".")[1:]).isdisjoint(self.allowed_parts)

    def _takes_name(self, importer: str) -> bool:
        taken = names_taken(source_of(importer), str(self.protected_module))
        return bool(taken & {"*", str(self.protected_name)})
