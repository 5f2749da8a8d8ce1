"""Each command says what it should, sends what it should, and ends with the status that it promises."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from canned_desk import OTHER, THREAD, fact, opinion, row, thread_view, understanding, words
from typer.main import get_command
from typer.testing import CliRunner

from exchange.cli import app
from exchange.desk.cli import options, practitioner
from exchange.desk.cli.client import DeskRefused
from exchange.desk.cli.state import Remembered, recall, remember
from exchange.desk.service.views import DeliveryView
from exchange.errors import AnswerLost, DeskUnreachable, SessionEnded
from exchange.wire import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LEG = f"/api/v1/threads/{THREAD}/legs/0"
PARTY = {"agency": "northshire-childrens", "person": None, "role": "d" * 26}


class CannedDesk:
    """Answers from a table and keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []
        self.keys: list[str] = []
        self.refuse: Exception | None = None
        self.answers: dict[str, Any] = {
            "/api/v1/inbox": {"rows": [row()]},
            "/api/v1/whom": {
                "parties": [
                    {
                        "party": PARTY,
                        "name": "Duty social worker",
                        "post": "",
                        "agency_name": "Northshire Children's Services",
                        "state": "in force",
                        "fingerprint": "12345 " * 11 + "12345",
                    }
                ]
            },
            "/api/v1/catalogue": {
                "version": "england",
                "sections": {"decline": [{"code": "wrong-person", "text": "Not me.", "needs": []}]},
            },
            "/api/v1/reminders": {"rows": []},
            "/api/v1/alarms": {"rows": []},
            "/api/v1/deliveries": {"rows": []},
            "/api/v1/line": {"up": True, "since": "2026-11-22T10:00:00Z", "waiting": 0, "oldest": None},
            f"/api/v1/threads/{THREAD}": thread_view(),
            f"{LEG}/words": words(),
            f"{LEG}/understanding": understanding(),
        }

    def __call__(
        self, address: str, token: str | None = None, prove: Callable[[], str] | None = None
    ) -> CannedDesk:
        return self

    def get(self, path: str, **query: str) -> Any:
        if self.refuse:
            raise self.refuse
        return self.answers[path]

    def post(self, path: str, body: Any) -> Any:
        if self.refuse:
            raise self.refuse
        if path == "/api/v1/whom":
            return self.answers[path]
        self.sent.append(("POST", path, body))
        if path == "/api/v1/session":
            return {
                "token": "secret-token",
                "agency": "moorfield-primary",
                "person": "p" * 26,
                "name": "Helen Marsh",
                "until": "2026-11-22T20:00:00Z",
            }
        return {"thread": THREAD, "digest": "c" * 64, "decision": None}

    def post_once(self, path: str, body: Any, key: str) -> Any:
        self.keys.append(key)
        return self.post(path, body)

    def delete(self, path: str) -> Any:
        self.sent.append(("DELETE", path, None))

    def upload(self, path: str, stream: Any, size: int) -> Any:
        self.sent.append(("UPLOAD", path, stream.read()))
        return {"handle": "h" * 26, "size": size}

    def download(self, path: str) -> Iterator[bytes]:
        yield b"he"
        yield b"llo"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CannedDesk:
    canned = CannedDesk()
    monkeypatch.setattr(options, "DeskClient", canned)
    monkeypatch.setattr(practitioner, "DeskClient", canned)
    monkeypatch.setenv("READBACK_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    remember(tmp_path / "state", Remembered("http://127.0.0.1:1", "t", "moorfield-primary", "Helen Marsh"))
    return canned


def run(*arguments: str, status: int = 0) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status, (result.output, result.stderr, result.exception)
    return result


READING = [["inbox"], ["show", "abcdefgh"], ["read", "abcdefgh"], ["whom"], ["catalogue"], ["reminders"]]


@pytest.mark.parametrize("command", [*READING, ["deliveries"], ["alarms"], ["hear-back", "abcdefgh"]])
def test_what_looks_also_answers_in_json(desk: CannedDesk, command: list[str]) -> None:
    assert run(*command).stdout.strip()
    json.loads(run(*command, "--json").stdout)
    assert desk.sent == []


def test_a_thread_is_found_by_its_first_letters(desk: CannedDesk) -> None:
    run("accept", "ABCDEFGH", "--my-part", "I am on duty.")
    assert desk.sent == [("POST", f"{LEG}/accept", {"my_part": "I am on duty."})]


@pytest.mark.parametrize(
    ("letters", "code"), [("abcdefg", "thread_ambiguous"), ("zz", "thread_unknown"), ("", "thread_unknown")]
)
def test_letters_that_fit_none_or_several_are_refused(desk: CannedDesk, letters: str, code: str) -> None:
    desk.answers["/api/v1/inbox"] = {"rows": [row(), row(thread=OTHER)]}
    assert f"Code: {code}" in run("show", letters, status=2).stderr


def test_a_share_goes_to_the_one_recipient_of_that_name(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "f.pdf").write_bytes(b"pdf")
    (tmp_path / "share.toml").write_text(
        'to = ["Northshire Children\'s Services/duty social worker"]\n[[attachments]]\nfile = "f.pdf"\nname = "F.pdf"\n'
    )
    assert "abcdefgh" in run("share", "share.toml").stdout
    assert desk.sent[0] == ("UPLOAD", "/api/v1/attachments", b"pdf")
    _, path, draft = desk.sent[1]
    assert path == "/api/v1/shares"
    assert draft["recipients"] == [PARTY]
    assert draft["attachments"] == [{"name": "F.pdf", "handle": "h" * 26}]


def test_a_recipient_may_be_named_on_the_command_line(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "share.toml").write_text('to = ["nobody/Nobody"]\n')
    run("share", "share.toml", "--to", "northshire-childrens/Duty social worker")
    assert desk.sent[-1][2]["recipients"] == [PARTY]


@pytest.mark.parametrize("name", ["elsewhere/Duty social worker", "northshire-childrens/Duty", "/", ""])
def test_a_recipient_whom_nobody_knows_is_refused(desk: CannedDesk, tmp_path: Path, name: str) -> None:
    (tmp_path / "share.toml").write_text(f'to = ["{name}"]\n')
    assert "recipient_unknown" in run("share", "share.toml", status=2).stderr
    assert desk.sent == []


def test_two_people_of_one_name_are_told_apart(desk: CannedDesk, tmp_path: Path) -> None:
    desk.answers["/api/v1/whom"]["parties"] *= 2
    (tmp_path / "share.toml").write_text('to = ["Duty social worker"]\n')
    assert "recipient_ambiguous" in run("share", "share.toml", status=2).stderr


def test_somebody_revoked_is_found_so_that_the_desk_can_say_why(desk: CannedDesk, tmp_path: Path) -> None:
    (one,) = desk.answers["/api/v1/whom"]["parties"]
    one |= {"state": "key revoked", "fingerprint": ""}
    (tmp_path / "share.toml").write_text('to = ["Duty social worker"]\n')
    run("share", "share.toml")
    assert desk.sent[-1][2]["recipients"] == [PARTY]
    assert "Cannot be written to now: key revoked." in run("whom").stdout


def test_of_one_name_whoever_is_in_force_is_meant(desk: CannedDesk, tmp_path: Path) -> None:
    (one,) = desk.answers["/api/v1/whom"]["parties"]
    old = one | {"state": "suspended", "party": PARTY | {"role": "o" * 26}}
    desk.answers["/api/v1/whom"]["parties"] = [old, one]
    (tmp_path / "share.toml").write_text('to = ["Duty social worker"]\n')
    run("share", "share.toml")
    assert desk.sent[-1][2]["recipients"] == [PARTY]


def test_a_request_after_a_refusal_cites_it(desk: CannedDesk, tmp_path: Path) -> None:
    view = thread_view()
    view["steps"][1] |= {"kind": "refuse"}
    desk.answers[f"/api/v1/threads/{THREAD}"] = view
    (tmp_path / "request.toml").write_text(
        'to = "northshire-childrens/Duty social worker"\nasked = ["What?"]\n'
    )
    run("request", "request.toml", "--answers", "abcd")
    assert desk.sent[-1][2] == {"recipient": PARTY, "asked": ["What?"], "answers": "b" * 64}


def test_a_share_that_answers_a_request_cites_it(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "share.toml").write_text('to = ["Duty social worker"]\n')
    run("share", "share.toml", "--answers", "abcd")
    assert desk.sent[-1][2]["answers"] == "a" * 64


def test_the_small_steps_reach_their_routes(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text('reason = "not-necessary"\n')
    run("decline", "abcd", "--reason", "wrong-person")
    run("note", "abcd", "When?")
    run("withdraw", "abcd", "--reason", "Sent twice.")
    run("refuse", "abcd", "f.toml")
    run("decide", "f.toml")
    assert [path.removeprefix("/api/v1") for _, path, _ in desk.sent] == [
        f"/threads/{THREAD}/legs/0/decline",
        f"/threads/{THREAD}/legs/0/note",
        f"/threads/{THREAD}/withdraw",
        f"/threads/{THREAD}/refuse",
        "/decisions",
    ]


@pytest.mark.parametrize(
    ("chosen", "legs"), [([], [0, 2]), (["--leg", "1"], [1]), (["--leg", "2", "--leg", "0"], [2, 0])]
)
def test_an_amendment_reaches_everybody_who_has_not_declined(
    desk: CannedDesk, tmp_path: Path, chosen: list[str], legs: list[int]
) -> None:
    view = thread_view()
    (leg,) = view["legs"]
    states = ["closed", "declined", "read_back"]
    view["legs"] = [leg | {"index": index, "state": state} for index, state in enumerate(states)]
    desk.answers[f"/api/v1/threads/{THREAD}"] = view
    (tmp_path / "amend.toml").write_text('change = "The date was wrong."\n')
    run("amend", "abcd", "amend.toml", *chosen)
    _, path, draft = desk.sent[-1]
    assert draft["legs"] == legs
    assert path == f"/api/v1/threads/{THREAD}/legs/{legs[0]}/amend"


def test_a_read_back_is_written_filled_in_and_sent(desk: CannedDesk, tmp_path: Path) -> None:
    run("read-back", "abcd", "--template", "back.toml")
    place = tmp_path / "back.toml"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert "is empty" in run("read-back", "abcd", "back.toml", status=2).stderr
    assert desk.sent == []
    blank = place.read_text()
    text = blank.replace('key_point = ""', 'key_point = "O1"').replace('will_do = ""', 'will_do = "See him."')
    text = text.replace('taken_as = ""', 'taken_as = "fact"').replace('weight = ""', 'weight = "critical"')
    place.write_text(text)
    run("read-back", "abcd", "back.toml")
    assert place.read_text() == text
    _, path, draft = desk.sent[0]
    assert path == f"{LEG}/read-back"
    assert draft["version"] == "a" * 64
    assert [one["statement"] for one in draft["restatements"]] == [fact()["id"], opinion()["id"]]


def test_a_template_never_overwrites(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("hours of work")
    assert "file_exists" in run("hear-back", "abcd", "--template", "mine.toml", status=2).stderr
    assert (tmp_path / "mine.toml").read_text() == "hours of work"


def test_hearing_without_a_file_only_shows(desk: CannedDesk) -> None:
    text = run("hear-back", "abcd").stdout
    assert "You gave an opinion; they take it as a fact." in text
    assert text.count("You gave an opinion; they take it as a fact.") == 1
    assert text.count("! Your key point was O1; theirs is F1.") == 1
    assert "readback hear-back abcdefgh --template FILE" in " ".join(text.split())
    assert desk.sent == []


def test_a_verdict_is_never_made_up(desk: CannedDesk, tmp_path: Path) -> None:
    run("hear-back", "abcd", "--template", "heard.toml")
    assert "verdict is empty" in run("hear-back", "abcd", "heard.toml", status=2).stderr
    assert desk.sent == []


def test_attached_files_are_saved_whole_and_never_over_another(desk: CannedDesk, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        run("read", "abcd", "--save", "case/files")
    finally:
        os.umask(before)
    (tmp_path / "case" / "files").rename(tmp_path / "files")
    assert stat.S_IMODE((tmp_path / "case").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "files" / "Order.pdf").stat().st_mode) == 0o600
    assert (tmp_path / "files" / "Order.pdf").read_bytes() == b"hello"
    assert "file_exists" in run("read", "abcd", "--save", "files", status=2).stderr
    assert [one.name for one in (tmp_path / "files").iterdir()] == ["Order.pdf"]


def test_a_file_name_from_elsewhere_cannot_leave_the_folder(desk: CannedDesk, tmp_path: Path) -> None:
    desk.answers[f"{LEG}/words"]["attachments"][0]["name"] = "../../evil.pdf"
    run("read", "abcd", "--save", "files")
    assert (tmp_path / "files" / "evil.pdf").exists()
    assert not (tmp_path / "evil.pdf").exists()


def test_a_refusal_says_what_was_wrong_its_code_and_what_to_do(desk: CannedDesk) -> None:
    desk.refuse = DeskRefused(
        422,
        {
            "code": "purpose_missing",
            "detail": "A share must say its purpose. (purpose)",
            "hint": "Choose one.",
            "problems": [
                {
                    "code": "purpose_missing",
                    "message": "Say the purpose.",
                    "hint": "Choose.",
                    "where": "purpose",
                },
                {"code": "basis_missing", "message": "Say the basis.", "hint": "Choose.", "where": "basis"},
            ],
        },
    )
    said = run("inbox", status=2)
    assert said.stdout == ""
    for part in ("Say the purpose.", "Say the basis.", "What to do: Choose.", "Code: basis_missing"):
        assert part in said.stderr
    assert [one["code"] for one in json.loads(run("inbox", "--json", status=2).stderr)["problems"]] == [
        "purpose_missing",
        "basis_missing",
    ]


def test_a_repeated_refusal_and_a_repeated_hint_are_said_once(desk: CannedDesk) -> None:
    one = {"code": "text_blank", "message": "Blank. (need)", "hint": "Write it.", "where": "need"}
    other = one | {"message": "Blank. (text)", "where": "text"}
    desk.refuse = DeskRefused(422, {"code": "text_blank", "problems": [one, one, other]})
    said = run("inbox", status=2).stderr
    assert (said.count("Blank. (need)"), said.count("Blank. (text)"), said.count("Write it.")) == (1, 1, 1)
    assert said.endswith("What to do about each text_blank: Write it.\n")
    desk.refuse = DeskRefused(422, {"code": "text_blank", "problems": [one, other | {"code": "c"}]})
    assert run("inbox", status=2).stderr.count("  What to do: Write it.") == 2


def test_a_recipient_whose_leg_is_not_the_first_need_not_say_so(desk: CannedDesk, tmp_path: Path) -> None:
    desk.answers["/api/v1/inbox"] = {"rows": [row(leg=1)]}
    desk.answers[f"/api/v1/threads/{THREAD}/legs/1/words"] = words()
    view = thread_view()
    view["legs"][0]["index"] = 1
    desk.answers[f"/api/v1/threads/{THREAD}"] = view
    assert "FACT" in run("read", "abcd").stdout
    run("accept", "abcd", "--my-part", "I see them.")
    run("decline", "abcd", "--reason", "wrong-person")
    run("note", "abcd", "When?")
    assert {path.split("/legs/")[1][0] for _, path, _ in desk.sent} == {"1"}
    assert len(desk.sent) == 3
    run("read-back", "abcd", "--template", "back.toml")
    for wrong in ("0", "-1", "7"):
        said = " ".join(run("read", "abcd", "--leg", wrong, status=2).stderr.split())
        assert "leg_unknown" in said
        assert "leg 1 at northshire-childrens" in said


def test_where_several_legs_could_be_meant_they_are_listed(desk: CannedDesk) -> None:
    desk.answers["/api/v1/inbox"] = {"rows": [row(side="sender"), row(side="sender", leg=1)]}
    view = thread_view()
    view["legs"].append(view["legs"][0] | {"index": 1, "party": PARTY | {"agency": "ashby-police"}})
    desk.answers[f"/api/v1/threads/{THREAD}"] = view
    said = " ".join(run("hear-back", "abcd", status=2).stderr.split())
    assert "leg 0 at northshire-childrens, leg 1 at ashby-police" in said
    assert "--leg" in run("read", "abcd", status=2).stderr


def test_a_share_says_to_whom_it_went_and_whether_it_waits_here(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "share.toml").write_text('to = ["Duty social worker"]\n')
    said = " ".join(run("share", "share.toml").stdout.split())
    assert "To Duty social worker, a role, Northshire Children's Services." in said
    assert "It waits for each of them to accept it." in said
    desk.answers["/api/v1/line"]["up"] = False
    assert "It waits here until the hub answers" in run("share", "share.toml").stdout
    (to,) = json.loads(run("share", "share.toml", "--json").stdout)["to"]
    assert to["party"] == PARTY


def test_a_bad_reason_points_at_its_section_and_a_bad_section_lists_them(desk: CannedDesk) -> None:
    assert "section_unknown" in (said := run("catalogue", "nothing", status=2).stderr)
    assert "(decline)" in said

    def refused(path: str, body: Any) -> Any:
        raise DeskRefused(422, {"code": "reason_unknown", "hint": "Elsewhere."})

    desk.post = refused  # type: ignore[method-assign]
    said = " ".join(run("decline", "abcd", "--reason", "nothing", status=2).stderr.split())
    assert "`readback catalogue decline` lists them" in said


def test_signing_out_forgets_the_session_also_where_no_desk_answers(
    desk: CannedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_: str) -> Any:
        raise DeskUnreachable

    monkeypatch.setattr(desk, "delete", unreachable)
    assert "forgotten on this machine" in run("desk", "sign-out", status=3).stdout
    with pytest.raises(SessionEnded):
        recall(tmp_path / "state")


def test_a_read_back_without_a_file_names_the_way_on(desk: CannedDesk) -> None:
    assert "readback read-back abcdefgh --template FILE" in " ".join(run("read-back", "abcd").stdout.split())
    assert "file_refused" in run("read-back", "abcd", "--json", status=2).stderr
    assert desk.sent == []


def test_deliveries_are_told_from_the_view_that_the_desk_answers_with(desk: CannedDesk) -> None:
    view = DeliveryView(
        thread=THREAD,
        digest="c" * 64,
        kind="read_back",
        state="waiting",
        since="2026-11-22T10:00:00Z",
        code=None,
        expired=(),
    )
    desk.answers["/api/v1/deliveries"] = {"rows": [view.model_dump(mode="json")]}
    said = run("deliveries").stdout
    assert f"{THREAD[:8]}  read-back: waits here since" in said
    assert "has been down" not in said
    desk.answers["/api/v1/line"]["up"] = False
    assert "The line to the hub has been down since 22 Nov 2026, 10:00" in run("deliveries").stdout


def test_what_nobody_foresaw_is_a_sentence_and_status_seventy(desk: CannedDesk) -> None:
    desk.refuse = KeyError("words of a person")
    for command in (["inbox"], ["inbox", "--json"]):
        said = run(*command, status=70)
        assert "unforeseen" in said.stderr
        assert "Traceback" not in said.output
        assert "words of a person" not in said.output


def test_a_desk_that_does_not_answer_is_status_three(desk: CannedDesk) -> None:
    desk.refuse = DeskUnreachable()
    assert "Code: desk_unreachable" in run("inbox", status=3).stderr


def test_nobody_signed_in_is_refused(desk: CannedDesk, tmp_path: Path) -> None:
    assert "session_ended" in run("--state", str(tmp_path / "other"), "inbox", status=2).stderr


def test_signing_in_keeps_the_token_private_and_out_of_sight(desk: CannedDesk, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery staple\n")
    secret.chmod(0o600)
    state = tmp_path / "fresh"
    said = run(
        "--state",
        str(state),
        "desk",
        "sign-in",
        "http://127.0.0.1:1",
        "--person",
        "Helen Marsh",
        "--passphrase-file",
        str(secret),
        "--json",
    )
    assert "secret-token" not in said.output
    assert desk.sent[0][2] == {"person": "Helen Marsh", "passphrase": "correct horse battery staple"}
    assert stat.S_IMODE((state / "session.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert recall(state).token == "secret-token"
    assert "Helen Marsh" in run("--state", str(state), "desk", "who").stdout
    run("--state", str(state), "desk", "sign-out")
    with pytest.raises(SessionEnded):
        recall(state)


def test_a_desk_is_set_up_once_and_never_over_another(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    run("desk", "init", "home", "--hub", "http://127.0.0.1:8440")
    settings = (tmp_path / "home" / "desk.toml").read_text()
    assert "file_refused" in run("desk", "init", "home", "--hub", "http://elsewhere", status=2).stderr
    assert (tmp_path / "home" / "desk.toml").read_text() == settings


def test_a_desk_with_a_bad_setting_is_not_set_up(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    assert "settings_refused" in run("desk", "init", "home", "--hub", "not an address", status=2).stderr
    assert not (tmp_path / "home" / "desk.toml").exists()


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, exchange.cli\n"
        "try: exchange.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'aiohttp', 'sqlalchemy', 'cryptography', 'pydantic', 'structlog', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'imported: {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    for part in ("inbox", "hear-back", "hub", "keys", "desk", "demo", "verify"):
        assert part in done.stdout


def test_a_part_is_imported_when_it_is_called() -> None:
    assert "found" in run("keys", "--help").stdout
    assert "admit" in run("hub", "--help").stdout
    assert "--once" in run("demo", "--help").stdout


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["verify", "nowhere", "--unpinned"], "file_missing"),
        (["share", "nowhere"], "file_missing"),
        (["hub", "serve", "nowhere"], "hub_missing"),
        (["hub", "admit", "nowhere", "moorfield-primary", "1"], "hub_missing"),
        (["hub", "admit", "hub", "moorfield-primary", "abc"], "pin_malformed"),
        (["hub", "admit", "hub", "Moorfield!", "12345" * 12], "settings_refused"),
    ],
)
def test_what_is_not_there_is_named_as_what_it_is(desk: CannedDesk, command: list[str], code: str) -> None:
    run("hub", "init", "hub")
    assert f"Code: {code}\n" in run(*command, status=2).stderr


def test_a_missing_passphrase_file_is_not_taken_for_a_keystore(desk: CannedDesk) -> None:
    said = run(
        *("desk", "sign-in", "http://127.0.0.1:1", "--person", "Helen Marsh"),
        *("--passphrase-file", "nowhere"),
        status=2,
    )
    assert "Code: passphrase_file_missing" in said.stderr
    assert "keystore" not in said.stderr


def test_used_wrongly_is_status_two() -> None:
    run("accept", status=2)
    run("no-such-command", status=2)


def test_what_opens_a_thread_has_a_key_of_its_own_or_the_one_given(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "decision.toml").write_text('outcome = "do_not_share"\n')
    for more in ([], [], ["--key", "k1"]):
        run("decide", "decision.toml", *more)
    first, second, given = desk.keys
    assert first != second
    assert given == "k1"


def test_a_lost_answer_says_under_which_key_to_ask_again(desk: CannedDesk, tmp_path: Path) -> None:
    (tmp_path / "decision.toml").write_text('outcome = "do_not_share"\n')
    desk.refuse = AnswerLost("k1")
    said = run("decide", "decision.toml", status=3).stderr
    assert "(k1)" in said
    assert "--key" in said
    assert "Code: answer_lost" in said


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(desk: CannedDesk, tmp_path: Path) -> None:
    with (tmp_path / "film.mp4").open("wb") as stream:
        stream.truncate(limits.ATTACHMENT + 1)
    assert "Code: too_large" in run("attach", "film.mp4", status=2).stderr
    assert desk.sent == []


def test_what_is_read_stands_under_the_purpose_of_its_own_version(desk: CannedDesk) -> None:
    view = desk.answers[f"/api/v1/threads/{THREAD}"]
    first = view["steps"][0] | {"digest": "d" * 64, "purpose": "child-protection-plan"}
    view["steps"] = [first, view["steps"][0] | {"purpose": "safeguarding-child-at-risk"}]
    assert "Purpose: To protect a child" in run("read", "abcdefgh").stdout


def every_command() -> list[list[str]]:
    root: Any = get_command(app)
    found: list[list[str]] = [[]]
    for name in root.commands:
        _, command, _ = root.resolve_command(None, [name])
        below = [[name, one] for one in getattr(command, "commands", {})]
        found += [[name], *below]
        found += [
            [*part, one] for part in below for one in getattr(command.commands[part[1]], "commands", {})
        ]
    return found


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_help_says_what_to_type_and_not_how_it_is_read(command: list[str]) -> None:
    said = CliRunner().invoke(app, [*command, "--help"], prog_name="readback").stdout
    assert not re.search(r"[{}]|<(str|int|float|path|list)\b|x>=|<=x", said)
    takes = said.split("\n\n")[0].removeprefix(" ".join(["Usage: readback", *command]))
    assert takes.replace("[ARGS]...", "").isupper()
    assert max(map(len, said.splitlines())) <= 80


def test_help_names_an_argument_the_same_way_twice() -> None:
    said = run("hear-back", "--help").stdout
    assert "hear-back [OPTIONS] THREAD [FILE]" in said
    assert "  THREAD  The thread" in said
    assert "  --leg NUMBER" in said
    assert (
        "  --last NUMBER   How many of the newest entries.  [default: 50; 1 to 10000]"
        in run("desk", "audit", "--help").stdout
    )
