"""Templates: from values to HTML.

Promises: whatever a value holds, it comes out as text; a name that a template does not know is a fault, not
an empty place.
Never: a template calls a use case, or decides who may see something.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from exchange.desk import plain
from exchange.desk.printing import told
from exchange.desk.web import assets

HOME = "/desk"


@cache
def environment() -> Environment:
    """Make the one environment of all pages."""
    made = Environment(
        loader=PackageLoader("exchange.desk.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        moment=plain.moment,
        day=plain.day,
        person=plain.person,
        sentence=lambda code, section: plain.sentence(section, code),
        label=lambda code, section: plain.label(section, code),
        key_groups=plain.key_groups,
    )
    made.globals.update(
        home=HOME,
        asset={name: HOME + one.address for name, one in assets.load().items()},
        plain=plain,
        rows=told.rows,
        statement_rows=told.statement_rows,
    )
    return made


def render(template: str, **values: Any) -> str:
    """Fill a template."""
    return environment().get_template(template).render(**values)
