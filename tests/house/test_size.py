"""Small enough to read in one sitting: no module above 300 lines, no function above 40 without a listed reason."""

import ast

from tests.house import source

MODULE_LINES, FUNCTION_LINES = 300, 40
LONG_FUNCTIONS: dict[str, str] = {}


def long_module(path):
    length = len(path.read_text().splitlines())
    return length if length > MODULE_LINES else None


def long_functions(path):
    lengths = {
        f"{source.shown(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return {
        name: length
        for name, length in lengths.items()
        if length > FUNCTION_LINES and name not in LONG_FUNCTIONS
    }


def test_modules_are_short():
    assert source.offenders(long_module) == {}


def test_functions_are_short():
    assert source.offenders(long_functions) == {}
