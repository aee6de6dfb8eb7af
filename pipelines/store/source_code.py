"""The code that a module runs: every module of ours it imports, however deep, and the libraries those import."""

import ast
import hashlib
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

OURS = "pipelines"
# The policy's values are fingerprinted as data, its models hold no rule; errors are sentences.
LEFT_OUT = ("pipelines.policy", "pipelines.errors")
_MAY_HAVE_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Code:
    """Modules of ours by name, each with the digest of its code, and the versions of the libraries they import."""

    modules: dict[str, str]
    libraries: dict[str, str]


@cache
def code_of(*roots: str) -> Code:
    """The code that these modules run, themselves included."""
    modules: dict[str, str] = {}
    libraries: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in modules:
            continue
        modules[name], imported = _module(name)
        for one in imported:
            if one.split(".")[0] != OURS:
                libraries.add(one.split(".")[0])
            elif not one.startswith(LEFT_OUT):
                waiting.append(one)
    third_party = sorted(libraries - sys.stdlib_module_names)
    return Code(dict(sorted(modules.items())), {name: version(name) for name in third_party})


def code_digest(source: str) -> str:
    """A digest of what source code does: comments, docstrings, blank lines and line breaks do not count."""
    return _digest_and_imports(ast.parse(source))[0]


@cache
def _module(name: str) -> tuple[str, list[str]]:
    """The digest of a module's code, and the names of the modules it imports."""
    digest, imports = _digest_and_imports(ast.parse(_source(name).read_text(encoding="utf-8")))
    return digest, sorted({imported for node in imports for imported in _imported(node)})


def _digest_and_imports(tree: ast.Module) -> tuple[str, list[ast.Import | ast.ImportFrom]]:
    """Both in one walk, since a large module has thousands of nodes. The digest is the same under every version of
    Python: fields that are empty are left out."""
    texts: list[str] = []
    imports: list[ast.Import | ast.ImportFrom] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imports.append(node)
        texts.append(type(node).__name__)
        for name in node._fields:
            value = getattr(node, name, None)
            if value is None or value == []:
                continue
            texts.append(name)
            for one in _without_docstring(node, name, value) if isinstance(value, list) else [value]:
                if isinstance(one, ast.AST):
                    visit(one)
                else:
                    texts.append(repr(one))
        texts.append("end")

    visit(tree)
    return hashlib.sha256("\0".join(texts).encode()).hexdigest(), imports


def _without_docstring(node: ast.AST, name: str, value: list[ast.AST]) -> list[ast.AST]:
    if name == "body" and isinstance(node, _MAY_HAVE_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
        return value[1:]
    return value


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not node.module or node.module.split(".")[0] != OURS:
        return [node.module] if node.module else []
    submodules = [f"{node.module}.{alias.name}" for alias in node.names]
    ours = [one for one in submodules if _source(one).is_file()]
    return ours if len(ours) == len(submodules) else [*ours, node.module]


def _source(name: str) -> Traversable:
    """The file that holds a module of ours; one that does not exist where no module has that name."""
    *folders, last = name.split(".")[1:]
    folder = files(OURS).joinpath(*folders)
    package = folder.joinpath(last, "__init__.py")
    return package if package.is_file() else folder.joinpath(f"{last}.py")
