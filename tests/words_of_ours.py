"""Whether an expression of the source can only be words of ours, or could be anybody's text.

It is ours where it is a literal, a number, a day, text through `plain`, or made of such alone: by f-strings, joins,
local variables, and functions of ours whose every return is made so. Nothing is run.
"""

import ast
import re
from collections.abc import Iterator

from tests.markdown_sinks import HAND_ON, Module, imported

NUMBERS = {"int", "float", "bool", "date", "datetime", "None", "timedelta"}
A_NUMBERS_FORMAT = re.compile(r"[+]?,?(\.\d)?[fgd%]?|(%-?[A-Za-z]|[ :])+")
KEEPS = {"strip", "capitalize", "lower", "upper", "title", "removesuffix", "isoformat"}
FUNCTIONS_OF_PYTHON = {"str", "map", "filter", "sorted", "list", "tuple", "zip", "next", "iter", "reversed"}
NUMBERS_OF_PYTHON = {"len", "int", "round", "min", "max", "sum", "float", "bool", "abs"}


class Judge:
    """Whether expressions are ours, given names, keys and calls that are known to be, each for a reason."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known, self.used, self.open = known, set[str](), set[tuple[str, str]]()
        self.returns: dict[tuple[str, str], bool] = {}

    def is_ours(self, node: ast.expr | None, module: Module, function: ast.AST | None) -> bool:
        """True where no text of sheets or people can stand in it unescaped."""
        if node is None or self._is_known(node, module):
            return True
        here = lambda *nodes: all(self.is_ours(one, module, function) for one in nodes)  # noqa: E731
        match node:
            case ast.Constant() | ast.Compare():
                return True
            case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
                return here(*parts)
            case ast.FormattedValue(value=value, format_spec=spec):
                return _is_numbers(spec) or here(value)
            case ast.BinOp(left=left, right=right):
                return here(left, right)
            case ast.UnaryOp(operand=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
                return here(value)
            case ast.IfExp(body=body, orelse=orelse):
                return here(body, orelse)
            case ast.Dict(values=values):
                return here(*values)
            case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt) | ast.Lambda(body=elt):
                return here(elt)
            case ast.Subscript(value=value):
                return here(value)
            case ast.Call():
                return self._call(node, module, function)
            case ast.Attribute(attr="__getitem__", value=value):
                return here(value)
            case ast.Name(id=name):
                return self._name(name, module, function)
            case ast.Attribute(value=ast.Name(id=base), attr=attr) if base in module.imports:
                return self._import(f"{module.imports[base]}.{attr}")
        return False

    def _is_known(self, node: ast.expr, module: Module) -> bool:
        """True where the list of known expressions has it, or the key, the attribute or the function by itself. A name
        alone stands there with its file: `retakes/page.py: claim`."""
        source = ast.unparse(node)
        names = [source, f"{module.name.removeprefix('dashboard/').removeprefix('pages/')}: {source}"]
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(key))):
                names.append(f"[{key}]")
            case ast.Attribute(attr=attr):
                names.append(f".{attr}")
            case ast.Call(func=called):
                names += [f"{ast.unparse(called)}()", f".{called.attr}()" if isinstance(called, ast.Attribute) else ""]
        found = [name for name in names if name in self.known]
        self.used.update(found)
        return bool(found)

    def _call(self, node: ast.Call, module: Module, function: ast.AST | None) -> bool:
        given = [*node.args, *(k.value for k in node.keywords)]
        ours = lambda: all(self.is_ours(one, module, function) for one in given)  # noqa: E731
        match node.func:
            case ast.Name(id=name) if name in NUMBERS_OF_PYTHON or name in HAND_ON:
                return True
            case ast.Name(id="map"):
                return self.is_ours(node.args[0], module, function)
            case ast.Name(id=name) if name in FUNCTIONS_OF_PYTHON:
                return ours()
            case ast.Attribute(value=value, attr="join" | "format" | "replace"):
                return self.is_ours(value, module, function) and ours()
            case ast.Attribute(value=value, attr="get"):
                return all(self.is_ours(one, module, function) for one in [value, *node.args[1:]])
            case ast.Attribute(value=value, attr=attr) if attr in KEEPS:
                return self.is_ours(value, module, function)
            case ast.Name() | ast.Attribute():
                return self.is_ours(node.func, module, function)
        return False

    def _name(self, name: str, module: Module, function: ast.AST | None) -> bool:
        """A local variable that is only ever given what is ours, a number, a constant or a function of ours."""
        if isinstance(function, ast.FunctionDef) and name in _handed_on(function):
            return True
        values = list(_values_of(name, function)) if function else []
        if values:
            mark = (f"{module.name} {getattr(function, 'name', '')}", name)
            if mark in self.open:
                return True
            self.open.add(mark)
            came = all(one is not None and self.is_ours(one, module, function) for one in values)
            self.open.discard(mark)
            return came
        if name in module.functions:
            return self._function(module.functions[name], module)
        if name in module.constants:
            return self.is_ours(module.constants[name], module, None)
        return name in module.imports and self._import(module.imports[name])

    def _import(self, dotted: str) -> bool:
        found = imported(dotted)
        return found is not None and "." not in found[1] and self._name(found[1], found[0], None)

    def _function(self, function: ast.FunctionDef, module: Module) -> bool:
        """True where all that it returns or yields is ours."""
        mark = (module.name, function.name)
        if mark in self.open or (function.returns is not None and _is_number_type(function.returns)):
            return True
        if mark in self.returns:
            return self.returns[mark]
        self.open.add(mark)
        returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return | ast.Yield) and n.value]
        self.returns[mark] = bool(returned) and all(self.is_ours(one, module, function) for one in returned)
        self.open.discard(mark)
        return self.returns[mark]


def _handed_on(function: ast.FunctionDef) -> set[str]:
    return {function.args.args[at].arg for at in HAND_ON.get(function.name, []) if at < len(function.args.args)}


def _is_numbers(spec: ast.expr | None) -> bool:
    text = "".join(str(v.value) for v in getattr(spec, "values", []) if isinstance(v, ast.Constant))
    return bool(text and A_NUMBERS_FORMAT.fullmatch(text))


def _is_number_type(annotation: ast.expr) -> bool:
    return {part.strip() for part in ast.unparse(annotation).split("|")} <= NUMBERS


def _values_of(name: str, function: ast.AST) -> Iterator[ast.expr | None]:
    """All that a name is given in a function; None where that cannot be told from the source."""
    for node in ast.walk(function):
        match node:
            case ast.arg(arg=arg, annotation=annotation) if arg == name:
                yield ast.Constant(0) if annotation is not None and _is_number_type(annotation) else None
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _given_to(name, target, value)
            case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value):
                yield from _given_to(name, target, value)
            case ast.NamedExpr(target=target, value=value):
                yield from _given_to(name, target, value)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                yield from _given_to(name, target, value)
            case ast.withitem(optional_vars=ast.expr() as target, context_expr=value):
                yield from _given_to(name, target, value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=base), attr="append"), args=[value]) if base == name:
                yield value


def _given_to(name: str, target: ast.expr, value: ast.expr | None) -> Iterator[ast.expr | None]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple):
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            for one, given in zip(target.elts, value.elts, strict=True):
                yield from _given_to(name, one, given)
        elif any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(target)):
            yield value
