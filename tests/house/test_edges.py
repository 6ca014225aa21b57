"""Only the edges commit, so that actions compose and a test needs no commit."""

import ast

from tests.house import source

ENDS_A_TRANSACTION = ("commit",)


def lines_that_commit(path):
    if source.is_edge(path):
        return []
    return [
        node.lineno
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ENDS_A_TRANSACTION
    ]


def test_only_edges_commit():
    assert source.offenders(lines_that_commit) == {}
