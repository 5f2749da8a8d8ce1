"""The desk's log: one JSON object a line, and only fields that can tell nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import exchange.desk
from exchange.desk.log import FIELDS, LONGEST, only_listed

DESK = Path(exchange.desk.__file__).parent
CANARY = "Ellis has a bruise"


def test_what_is_not_listed_is_left_out() -> None:
    line = {"event": "x", "thread": "t", "person": CANARY, "error": CANARY, "code": "y" * (LONGEST + 1)}
    assert only_listed(None, "info", line) == {"event": "x", "thread": "t"}


def test_every_line_of_the_desk_has_listed_fields_and_a_fixed_event() -> None:
    said = 0
    for file in DESK.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "_log"):
                continue
            said += 1
            assert isinstance(node.args[0], ast.Constant), file
            assert len(node.args) == 1, file
            assert {keyword.arg for keyword in node.keywords} <= FIELDS, file
    assert said > 5  # it looks where the lines are


def test_a_line_is_json_on_standard_error() -> None:
    program = (
        "import logging, structlog; from exchange.desk import log; log.set_up();"
        f"structlog.get_logger().info('desk.listens', agency='a', person={CANARY!r});"
        f"logging.getLogger('aiohttp.server').error({CANARY!r})"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=DESK.parent.parent
    )
    (line,) = ran.stderr.splitlines()
    assert '"event": "desk.listens"' in line
    assert CANARY not in ran.stderr + ran.stdout
