"""What came with a form: read within bounds, and kept so that it can be shown again.

Promises: a field has one value, line ends are plain, and nothing is cut; what is missing is said beside its
field.
Never: a value is judged here beyond "is it there?": the rules judge it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl

from aiohttp import hdrs

from exchange.errors import ContentsMalformed, TooLarge
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp import web

    from keys.errors import Problem

BODY: Final = 4 * limits.MIB  # a form spells one letter in up to nine bytes
FIELDS: Final = 3 * limits.STATEMENTS + 50
TOKEN: Final = "form"  # noqa: S105 - the name of the field
_URLENCODED: Final = "application/x-www-form-urlencoded"
PROOF: Final = "proof"
"""The field of whoever proves again who they are; it may come with any form."""
PROOF_PASSKEY: Final = "proof_passkey"
"""The same, by a passkey."""
PRF: Final = "prf"
PROOFS: Final = frozenset({PROOF, PROOF_PASSKEY})
SECRETS: Final = frozenset({PROOF, PROOF_PASSKEY, PRF, "passkey", "passphrase", "new_passphrase", "repeated"})
"""Fields that are never put back into a page."""
_NOT_TYPED: Final = SECRETS | {
    TOKEN,
    *("version", "read_back", "kept", "again", "remove", "end", "made"),
    *("seen", "then", "do", "handle", "media_type", "request", "revision"),
}


class Wrong(NamedTuple):
    """Something to mend: the field (empty: the page as a whole), and the words for it."""

    field: str
    text: str


@dataclass(slots=True)
class Form:
    """The fields that came, and what is wrong with them."""

    values: Mapping[str, str] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def ask(self, name: str, otherwise: str) -> str:
        """Give what was typed; note `otherwise` if that is nothing."""
        given = self[name].strip()
        if not given:
            self.wrong.append(Wrong(name, otherwise))
        return given

    def secret(self, name: str, otherwise: str) -> str:
        """Give a secret exactly as it was typed; note `otherwise` if that is nothing."""
        if not self[name]:
            self.wrong.append(Wrong(name, otherwise))
        return self[name]

    def choose(self, name: str, among: Iterable[str], otherwise: str) -> str:
        """Give what was chosen; note `otherwise` if it is none of `among`."""
        given = self[name]
        if given not in set(among):
            self.wrong.append(Wrong(name, otherwise))
            return ""
        return given

    def refuse(self, problem: Problem, places: Mapping[str, str]) -> None:
        """Note a refusal of the rules; `places` says which field each place in the draft is."""
        for one in getattr(problem, "problems", ()) or (problem,):
            name = places.get(one.where, "")
            self.wrong.append(Wrong(name, f"{one.message.removesuffix(f' ({one.where})')} {one.hint}"))

    def error(self, name: str) -> str:
        """Give the words beside a field; empty if nothing is wrong with it."""
        return next((one.text for one in self.wrong if one.field == name), "")

    @property
    def typed(self) -> dict[str, str]:
        """What a person wrote or chose, without what the page itself had put in."""
        return {name: text for name, text in self.values.items() if name not in _NOT_TYPED and text}

    @property
    def kept(self) -> dict[str, str]:
        """Everything that is to be sent again with it, after whoever sent it said anew who they are."""
        return {name: text for name, text in self.values.items() if name not in SECRETS | {TOKEN}}


async def read_form(request: web.Request) -> Form:
    """Read a form; `TooLarge` or `ContentsMalformed` for what is none of ours."""
    if request.content_type != _URLENCODED:
        raise ContentsMalformed(hdrs.CONTENT_TYPE)
    body = bytearray()
    async for block in request.content.iter_chunked(limits.KIB * 64):
        body += block
        if len(body) > BODY:
            raise TooLarge("form")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS
        )
    except ValueError:
        raise ContentsMalformed("form") from None
    values = {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in pairs}
    if len(values) != len(pairs):
        raise ContentsMalformed("form")
    return Form(values)
