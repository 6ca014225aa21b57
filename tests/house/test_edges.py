"""Only the edges commit, so that actions compose and a test needs no commit."""

import ast

import pytest

from tests.house import source

ENDS_A_TRANSACTION = ("commit",)


@pytest.mark.parametrize("path", [pytest.param(p, id=source.shown(p)) for p in source.modules()])
def test_only_edges_commit(path):
    if source.is_edge(path):
        return

    commits = [
        node.lineno
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ENDS_A_TRANSACTION
    ]

    assert commits == []
