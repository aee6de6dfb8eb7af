"""Reads the dashboard's source: every call that draws Markdown, and the expressions it is given."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.conftest import REPO

FIRST = ("label", "body")
_FIRST_ARGUMENT = [
    "markdown", "write", "caption", "info", "warning", "error", "success", "toast", "header", "subheader", "title",
    "expander", "tabs", "popover", "button", "checkbox", "toggle", "radio", "selectbox", "multiselect", "pills",
    "segmented_control", "form_submit_button", "download_button", "link_button", "page_link", "date_input",
    "number_input", "text_input", "text_area", "slider", "file_uploader", "spinner", "dialog", "status", "table",
    "select_slider", "time_input", "color_picker", "camera_input", "chat_message", "menu_button",
]
SINKS = dict.fromkeys(_FIRST_ARGUMENT, (0,)) | {"metric": (0, 1, 2), "progress": (1,), "page_link": (1,)}
ANYWHERE = {"help", "show_spinner", "delta_description"}
OPTIONS_ARE_MARKDOWN = {"radio", "pills", "segmented_control"}
# Functions of ours that hand these arguments on to a sink: what they are called with is looked at instead.
HAND_ON = {
    "figure": [0, 1, 2, 3, 4], "heading": [0, 1], "selection_bar": [3, 4], "drafted_text": [1], "label_queue": [1, 2],
    "decided_labels": [2], "held_rows": [1], "choose_one": [1], "choose_many": [1], "switch": [1, 2, 4], "_field": [1],
    "_small": [0], "Metric": [0, 1, 2, 3, 4], "_dated": [2],
}  # fmt: skip


@dataclass
class Module:
    """One source file: its functions, its constants, and what it imports from our own modules."""

    path: Path
    tree: ast.Module
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    constants: dict[str, ast.expr] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.path.relative_to(REPO))


@cache
def module_at(path: Path) -> Module:
    found = Module(path, ast.parse(path.read_text(encoding="utf-8")))
    for node in found.tree.body:
        if isinstance(node, ast.FunctionDef):
            found.functions[node.name] = node
        elif isinstance(node, ast.Assign):
            found.constants |= _constants(node)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found.constants[node.target.id] = node.value
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("dashboard"):
            found.imports |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def _constants(node: ast.Assign) -> dict[str, ast.expr]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            return {one.id: value for one, value in zip(names, values, strict=True) if isinstance(one, ast.Name)}
    return {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}


def imported(dotted: str) -> tuple[Module, str] | None:
    """The module that a dotted name lies in, and what is left of the name; None outside the dashboard."""
    parts = dotted.split(".")
    for at in range(len(parts), 0, -1):
        path = REPO.joinpath(*parts[:at]).with_suffix(".py")
        if path.exists():
            return module_at(path), ".".join(parts[at:])
    return None


def sinks(module: Module, not_streamlit: set[str]) -> Iterator[tuple[ast.AST, ast.FunctionDef | None, ast.expr]]:
    """Each call that draws Markdown, the function it stands in, and an expression it is given."""
    for function, node in _calls(module.tree, None):
        if isinstance(node.func, ast.Attribute) and node.func.attr in SINKS:
            if _base(node.func) not in not_streamlit:
                yield from ((node, function, given) for given in _given(node, node.func.attr, SINKS))
        elif (called := ast.unparse(node.func).rpartition(".")[2]) in HAND_ON:
            yield from ((node, function, given) for given in _given(node, called, HAND_ON))
        else:
            yield from ((node, function, k.value) for k in node.keywords if k.arg in ANYWHERE)


def _calls(node: ast.AST, function: ast.FunctionDef | None) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield function, child
        inner = child if isinstance(child, ast.FunctionDef) and function is None else function
        yield from _calls(child, inner)


def _base(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _given(call: ast.Call, name: str, places: Mapping[str, Sequence[int]]) -> Iterator[ast.expr]:
    yield from (call.args[at] for at in places[name] if at < len(call.args))
    yield from (k.value for k in call.keywords if k.arg in {*FIRST, *ANYWHERE})
    if name in OPTIONS_ARE_MARKDOWN:
        shown = [k.value for k in call.keywords if k.arg == "format_func"]
        yield from shown or call.args[1:2]
