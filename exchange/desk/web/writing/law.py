"""Why: what it is for, on what lawful basis, by what law, and why not by consent.

Promises: each is chosen from the catalogue's entries of the day, with its own plain words and what it needs;
what a basis does not need is not asked, and taken out if it was answered before.
Never: a basis is recommended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange.desk import plain
from exchange.desk.web.writing.frame import Question
from exchange.share.catalogue import Catalogue
from exchange.wire.slip import Basis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exchange.desk.web.writing.frame import Changes, Values, Writing
    from exchange.share.catalogue import Entry, Section
    from exchange.share.draft import ShareDraft

NEEDS = {
    "gateway": "You will be asked for the law behind it.",
    "no_consent": "You will be asked why you do not rely on consent.",
    "law_enforcement": "You will be asked for the part that each person has: suspect, victim and so on.",
}


def needs_of(draft: ShareDraft) -> tuple[str, ...]:
    """Say what the chosen basis needs besides."""
    code = draft.basis.code if draft.basis is not None else ""
    every = Catalogue.load().sections["bases"]
    return next((one.needs for one in every if one.code == code), ())


def options(writing: Writing, section: Section) -> list[tuple[str, str, str]]:
    """List what can be chosen today, in the form of the radios: value, label, hint."""
    return [(one.code, one.label, _hint(one)) for one in entries(writing, section)]


def entries(writing: Writing, section: Section) -> Sequence[Entry]:
    """List the catalogue's entries of the day that a share may name."""
    return [one for one in writing.visit.desk.choices().sections[section] if "share" in one.steps]


def _hint(entry: Entry) -> str:
    said = [entry.text, entry.hint or "", *(NEEDS[need] for need in entry.needs)]
    return " ".join(one for one in said if one)


def _show_purpose(writing: Writing, _: int) -> Values:
    draft = writing.draft
    return {"purpose": draft.purpose or "", "purpose_text": draft.purpose_text or ""}


def _take_purpose(writing: Writing, _: int) -> Changes | None:
    form = writing.form
    codes = [one.code for one in entries(writing, "purposes")]
    purpose = form.choose("purpose", codes, "Choose what it is for")
    text = form.ask("purpose_text", "Say in a sentence of your own what it is for")
    return None if form.wrong else {"purpose": purpose, "purpose_text": text}


def _told_purpose(writing: Writing) -> list[str]:
    draft = writing.draft
    return [plain.label("purposes", draft.purpose) if draft.purpose else "", draft.purpose_text or ""]


def _more_purpose(writing: Writing, _: int) -> Mapping[str, Any]:
    return {"options": options(writing, "purposes")}


def _take_basis(writing: Writing, _: int) -> Changes | None:
    form, draft = writing.form, writing.draft
    code = form.choose("basis", [one.code for one in entries(writing, "bases")], "Choose the lawful basis")
    if form.wrong:
        return None
    needs = next(one.needs for one in entries(writing, "bases") if one.code == code)
    before = draft.basis
    basis = Basis(
        code=code,
        gateway=before.gateway if before is not None and "gateway" in needs else None,
        no_consent=before.no_consent if before is not None and "no_consent" in needs else None,
    )
    return {"basis": basis, "law_enforcement": "law_enforcement" in needs}


def _basis_part(name: str, section: Section, otherwise: str) -> Any:
    def take(writing: Writing, _: int) -> Changes | None:
        form, basis = writing.form, writing.draft.basis
        code = form.choose(name, [one.code for one in entries(writing, section)], otherwise)
        if form.wrong or basis is None:
            return None if form.wrong else {}
        return {"basis": Basis.model_validate(dict(basis) | {name: code})}

    return take


def _shown(name: str) -> Any:
    def show(writing: Writing, _: int) -> Values:
        basis = writing.draft.basis
        found = getattr(basis, "code" if name == "basis" else name) if basis is not None else None
        return {name: found or ""}

    return show


def _told(name: str, section: Section) -> Any:
    def told(writing: Writing) -> list[str]:
        code = _shown(name)(writing, 0)[name]
        return [plain.sentence(section, code)] if code else []

    return told


def _offered(section: Section) -> Any:
    return lambda writing, _: {"options": options(writing, section)}


PURPOSE = Question(
    name="purpose",
    title="What is it for?",
    short="What it is for",
    template="writing/purpose.html",
    show=_show_purpose,
    take=_take_purpose,
    places=lambda *_: {"purpose": "purpose", "purpose_text": "purpose_text"},
    told=_told_purpose,
    more=_more_purpose,
)
BASIS = Question(
    name="basis",
    title="What is your lawful basis?",
    short="Lawful basis",
    template="writing/choice.html",
    show=_shown("basis"),
    take=_take_basis,
    places=lambda *_: {"basis": "basis", "basis.code": "basis"},
    told=_told("basis", "bases"),
    more=_offered("bases"),
)
GATEWAY = Question(
    name="law",
    title="Which law lets you share it?",
    short="By what law",
    template="writing/choice.html",
    show=_shown("gateway"),
    take=_basis_part("gateway", "gateways", "Choose the law behind it"),
    places=lambda *_: {"basis.gateway": "gateway"},
    told=_told("gateway", "gateways"),
    asked=lambda draft: "gateway" in needs_of(draft),
    more=_offered("gateways"),
)
CONSENT = Question(
    name="consent",
    title="Why do you not rely on consent?",
    short="Why not by consent",
    template="writing/choice.html",
    show=_shown("no_consent"),
    take=_basis_part("no_consent", "no_consent", "Choose why you do not rely on consent"),
    places=lambda *_: {"basis.no_consent": "no_consent"},
    told=_told("no_consent", "no_consent"),
    asked=lambda draft: "no_consent" in needs_of(draft),
    more=_offered("no_consent"),
)
