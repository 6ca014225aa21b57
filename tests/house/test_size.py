"""Small enough to read in one sitting: no module above 300 lines, no function above 40 without a listed reason."""

import ast

import pytest

from tests.house import source

MODULE_LINES, FUNCTION_LINES = 300, 40
LONG_FUNCTIONS: dict[str, str] = {}


@pytest.mark.parametrize("path", [pytest.param(p, id=source.shown(p)) for p in source.modules()])
def test_modules_and_functions_are_short(path):
    length = len(path.read_text().splitlines())
    long_functions = {
        f"{source.shown(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    }

    assert length <= MODULE_LINES
    assert set(long_functions) - set(LONG_FUNCTIONS) == set(), long_functions
