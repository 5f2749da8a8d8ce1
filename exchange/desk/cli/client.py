"""The desk's JSON API, as a client sees it.

Promises: a refusal by the desk arrives as `DeskRefused` with the desk's own code, words and hint; no answer
at all as `DeskUnreachable`. Where the desk asks for a proof first, it is given, once, and the same is sent
again: nothing was done before. What is sent under a key is sent again if its answer was lost, and then
`AnswerLost` names the key. Files go up and come down in pieces, in constant memory.
Never: it retries by itself what has no key, or follows a redirection with the token in hand.
"""

from __future__ import annotations

import http
import http.client
import json
import ssl
import time
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote, urlsplit

from exchange.errors import (
    AddressInsecure,
    AnswerLost,
    DeskUnreachable,
    ExchangeProblem,
    ProofNeeded,
    SessionEnded,
)
from keys.errors import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TIMEOUT_SECONDS = 60
PAUSES_SECONDS = (0.5, 2.0)  # before something that has a key is sent again
PIECE = 256 * 1024
_OK = range(200, 300)
_UNDECIDED = frozenset(
    {http.HTTPStatus.BAD_GATEWAY, http.HTTPStatus.SERVICE_UNAVAILABLE, http.HTTPStatus.GATEWAY_TIMEOUT}
)
PROOF: Final = "/api/v1/session/proof"
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})

Json = Any  # what json.loads gives; the desk's models are its contract


class DeskRefused(ExchangeProblem, LocalProblem):
    """The desk refused this."""

    def __init__(self, status: int, problem: dict[str, Json]) -> None:
        """`problem` is the desk's problem document; what it lacks is filled in."""
        super().__init__()
        self.status = status
        self.problem_code = str(problem.get("code", "refused"))
        self.detail = str(problem.get("detail") or problem.get("title") or "The desk refused this.")
        self.advice = str(problem.get("hint") or "Nothing was changed.")
        whole = {"code": self.problem_code, "message": self.detail, "hint": self.advice, "where": ""}
        named = problem.get("problems")
        several = [one for one in named if isinstance(one, dict)] if isinstance(named, list) else []
        self.all = [{name: str(one.get(name) or whole[name]) for name in whole} for one in several] or [whole]


class DeskClient:
    """One desk, and optionally a session at it."""

    def __init__(
        self, address: str, token: str | None = None, prove: Callable[[], str] | None = None
    ) -> None:
        """`address` is `https://…`, or `http://` on this machine; `AddressInsecure` otherwise.

        `prove` gives the passphrase where the desk asks for it again.
        """
        self.address = address.rstrip("/")
        target = urlsplit(self.address)
        if target.scheme != "https" and (target.scheme, target.hostname in _THIS_MACHINE) != ("http", True):
            raise AddressInsecure
        self._token = token
        self._prove = prove

    def get(self, path: str, **query: str) -> Json:
        """Ask for `path`; the answer's JSON."""
        return self._json("GET", path, query, None)

    def post(self, path: str, body: Json) -> Json:
        """Send `body` as JSON; the answer's JSON."""
        return self._json("POST", path, {}, body)

    def post_once(self, path: str, body: Json, key: str) -> Json:
        """Send `body` as JSON under a key, so that the desk does it once however often it arrives.

        `AnswerLost` if it may have arrived and nobody says so; `DeskUnreachable` if it did not.
        """
        lost = False
        for pause in (*PAUSES_SECONDS, None):
            try:
                return self._json("POST", path, {}, body, {"Idempotency-Key": key})
            except _Unanswered:
                lost = True
            except DeskUnreachable:
                if not lost:
                    raise  # nobody listens, and nothing was sent
            except DeskRefused as refused:
                if refused.status in _UNDECIDED:
                    lost = True
                elif lost and refused.problem_code == SessionEnded.code:
                    break  # it was started anew: only its owner can ask again
                else:
                    raise
            if pause is not None:
                time.sleep(pause)
        raise AnswerLost(key)

    def delete(self, path: str) -> Json:
        """Remove what `path` names."""
        return self._json("DELETE", path, {}, None)

    def upload(self, path: str, stream: IO[bytes], size: int) -> Json:
        """Send a file's bytes; the answer's JSON."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with _Exchange(self, "POST", path, headers, _pieces(stream)) as answer:
            return _parsed(answer.read())

    def download(self, path: str) -> Iterator[bytes]:
        """Give the bytes that `path` names, piece by piece."""
        with _Exchange(self, "GET", path, {}, None) as answer:
            while piece := answer.read(PIECE):
                yield piece

    def fetch(self, path: str, **query: str) -> bytes:
        """Give the bytes that `path` names, whole."""
        with _Exchange(self, "GET", path + _query(query), {}, None) as answer:
            return answer.read()

    def _json(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: Json,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Json:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = headers if data is None else {"Content-Type": "application/json", **headers}
        ask = (method, path + _query(query), dict(sent), data)
        try:
            with _Exchange(self, *ask) as answer:
                return _parsed(answer.read())
        except DeskRefused as refused:
            if self._prove is None or refused.problem_code != ProofNeeded.code:
                raise
        self.post(PROOF, {"passphrase": self._prove()})
        with _Exchange(self, *ask) as answer:
            return _parsed(answer.read())

    def headers(self) -> dict[str, str]:
        """Say what every request carries."""
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}


class NotListening(DeskUnreachable):
    """Nobody listens at the desk's address, and nothing was sent."""


class _Exchange:
    """One request and its answer, on a connection of its own that is always closed."""

    def __init__(
        self, client: DeskClient, method: str, path: str, headers: dict[str, str], body: Any
    ) -> None:
        target = urlsplit(client.address)
        if target.scheme == "https":
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                target.netloc, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(target.netloc, timeout=TIMEOUT_SECONDS)
        self._ask = (method, path, body, client.headers() | headers)

    def __enter__(self) -> http.client.HTTPResponse:
        try:
            self._connection.connect()
        except ConnectionRefusedError:
            self._connection.close()
            raise NotListening from None
        except OSError:
            self._connection.close()
            raise DeskUnreachable from None
        try:
            self._connection.request(*self._ask)
            answer = self._connection.getresponse()
            if answer.status not in _OK:
                _refused(answer)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise _Unanswered from None
        except DeskRefused:
            self._connection.close()
            raise
        return answer

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        self._connection.close()
        if isinstance(problem, OSError | http.client.HTTPException):
            raise _Unanswered from None  # the answer broke off


class _Unanswered(DeskUnreachable):
    """The desk does not answer."""


def _refused(answer: http.client.HTTPResponse) -> NoReturn:
    body = answer.read()
    try:
        problem = json.loads(body)
    except ValueError:
        problem = {}
    raise DeskRefused(answer.status, problem if isinstance(problem, dict) else {})


def _parsed(body: bytes) -> Json:
    try:
        return json.loads(body) if body else None
    except ValueError:
        raise _Unanswered from None  # whatever answers there, it is no desk


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece


def _query(query: dict[str, str]) -> str:
    if not query:
        return ""
    return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
