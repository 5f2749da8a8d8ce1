"""The files that people fill in, read into what the desk's API takes.

Promises: the file's own words for things are few and friendly: recipients by name, a weight beside each
statement, `yes` and `no`, dates written as dates; everything else goes to the desk as it stands, which judges
it. A blank box is named before anything is sent.
Never: a default for anything that a person must judge (a weight, a verdict, fact or opinion), and never a
change to the file.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from exchange.errors import FileMissing, FileRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Form = dict[str, Any]
_PLACE = re.compile(r"\(at (line \d+, column \d+|end of document)\)")
_ANSWERS = {"yes": True, "no": False, "True": True, "False": False}  # also TOML's own true and false
_LARGEST = 4 * 1024 * 1024


def read_form(path: Path) -> Form:
    """Read a TOML file; `FileMissing`, or `FileRefused`, naming the place, if it is no such file."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except OSError:
        raise FileMissing from None
    if len(raw) > _LARGEST:
        raise FileRefused("it is too large")
    try:
        return {name: _plain(value) for name, value in tomllib.loads(raw.decode("utf-8")).items()}
    except UnicodeDecodeError:
        raise FileRefused("it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        raise FileRefused(f"it is not TOML: {place.group(1)}" if place else "it is not TOML") from None


def _plain(value: Any) -> Any:
    """Dates as people write them; a blank box as nothing."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    return None if value == "" else value


def share(form: Form, party: Callable[[str], Form], attach: Callable[[str], str]) -> Form:
    """Read a share's file as the desk takes it.

    `party` finds a recipient by name; `attach` hands over a file, named relative to the form, and gives its
    handle. `FileRefused` names what only this file can have wrong.
    """
    names = [str(name) for name in _list(form, "to")]
    return _words(form, names, attach) | {"recipients": [party(name) for name in names]}


def amendment(form: Form, names: list[str], legs: list[int], attach: Callable[[str], str]) -> Form:
    """Read an amendment's file as the desk takes it; `names` are the recipients, in the order of the legs."""
    return _words(form, names, attach) | {"legs": legs}


def request(form: Form, party: Callable[[str], Form]) -> Form:
    """Read a request's file as the desk takes it."""
    to = form.get("to")
    if isinstance(to, list) and len(to) == 1:
        (to,) = to
    if not isinstance(to, str):
        raise FileRefused('to: one name, as "agency/Full name"; a request goes to one person or role')
    return {name: value for name, value in form.items() if name != "to"} | {"recipient": party(to)}


def read_back(form: Form) -> Form:
    """Read a read-back's file as the desk takes it; a blank box is named first."""
    _filled(form, ("version", "key_point", "will_do"))
    for index, one in enumerate(_tables(form, "restatements")):
        _filled(one, ("statement", "taken_as", "weight"), f"restatements[{index}].")
        one["meaning"] = one.get("meaning") or ""
    return form


def hear_back(form: Form) -> Form:
    """Read a hear-back's file as the desk takes it; a blank box is named first."""
    _filled(form, ("verdict",))
    for index, one in enumerate(_tables(form, "heard")):
        where = f"heard[{index}].understood"
        answer = _ANSWERS.get(str(one.get("understood")))
        if answer is None:
            raise FileRefused(f"{where}: yes or no")
        one["understood"] = answer
    return form


def _words(form: Form, names: list[str], attach: Callable[[str], str]) -> Form:
    """Read what a share and an amendment have in common, out of the file's own friendlier places."""
    places = {name: index for index, name in enumerate(names)}
    draft = {name: value for name, value in form.items() if name not in {"to", "key_point"}}
    weights: Form = {}
    for field in ("facts", "opinions", "attachments"):
        items = []
        for index, item in enumerate(_tables(form, field)):
            plain = {name: value for name, value in item.items() if name not in {"weight", "file"}}
            if "only_for" in plain:
                plain["only_for"] = [
                    _index(name, places, f"{field}[{index}].only_for") for name in _list(item, "only_for")
                ]
            if item.get("weight") is not None:
                weights[str(item.get("id"))] = item["weight"]
            if "file" in item:
                plain["handle"] = attach(str(item["file"]))
            items.append(plain)
        draft[field] = items
    draft["emphasis"] = {"weights": weights, "key_point": form.get("key_point")}
    told = [subject.get("told") for subject in _tables(form, "subjects")]
    draft["subject_informed"] = [one for one in told if one is not None]
    draft["subjects"] = [
        {name: value for name, value in subject.items() if name != "told"}
        for subject in _tables(form, "subjects")
    ]
    return draft


def _index(name: object, places: dict[str, int], where: str) -> int:
    if str(name) not in places:
        raise FileRefused(f"{where}: write the name exactly as in `to`")
    return places[str(name)]


def _list(form: Form, name: str) -> list[Any]:
    found = form.get(name, [])
    if not isinstance(found, list):
        raise FileRefused(f"{name}: a list, as [...]")
    return found


def _tables(form: Form, name: str) -> Iterator[Form]:
    for index, one in enumerate(_list(form, name)):
        if not isinstance(one, dict):
            raise FileRefused(f"{name}[{index}]: a table, as [[{name}]]")
        yield one


def _filled(form: Form, names: tuple[str, ...], where: str = "") -> None:
    for name in names:
        if not form.get(name):
            raise FileRefused(f"{where}{name} is empty")
