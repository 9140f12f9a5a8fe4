"""Which calls of AWS's APIs are in a script's source: FILES -> actions, as policies name them."""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "stand_in"))

from botocore import xform_name
from calls import Call
from contract import service_model


def main(*paths: str) -> None:
    found = {action for path in paths for action in actions(Path(path).read_text())}
    print(json.dumps(sorted(found)))


def actions(source: str) -> Iterator[str]:
    """What a source calls: ``aws.client("ecs").run_task()``, by another name of that client too."""
    tree = ast.parse(source)
    clients = dict(_clients(tree))

    def service(of: ast.expr) -> str | None:
        return _made(of) or clients.get(ast.unparse(of))

    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, operation = service(node.func.value), node.func.attr
        words = [each.value for each in node.args if isinstance(each, ast.Constant)]
        if operation == "pages" and len(words) > 1:
            name, operation = words[:2]
        elif operation == "get_paginator":
            operation = words[0]
        if name:
            names = {xform_name(each): each for each in service_model(name).operation_names}
            if operation in names:
                yield Call(name, names[operation], "", "", "").action


def _clients(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                if made := _made(value):
                    yield ast.unparse(name), made


def _made(of: ast.expr) -> str | None:
    is_client = isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute)
    if is_client and of.func.attr == "client" and isinstance(of.args[0], ast.Constant):
        return str(of.args[0].value)
    return None


main(*sys.argv[1:])
