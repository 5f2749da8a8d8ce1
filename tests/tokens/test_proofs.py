"""A proof fits one request, for a minute, in one spelling."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import tokens
from exchange.errors import ProofRefused
from exchange.tokens import LIFETIME, LIFETIME_MAX, SKEW, Proof
from keys.errors import KeyRevoked, KeyUnknown
from keys.record import digest
from keys.suite import TransportKey, TransportPublic

NOW = 1_795_273_445
KEY = TransportKey.from_seed(b"transport".ljust(32, b"."))
OTHER = TransportKey.from_seed(b"other".ljust(32, b"."))
AGENCY, JTI = "northshire-childrens", "j" * 26
REQUEST = {
    "audience": "hub.example",
    "method": "POST",
    "target": "/v1/envelopes?x=1",
    "body_digest": digest(b"body"),
}


def keys(agency: str, kid: str) -> TransportPublic:
    if (agency, kid) != (AGENCY, KEY.public.key_id):
        raise KeyUnknown
    return KEY.public


def mint(**changes: Any) -> str:
    return tokens.mint(KEY, **(REQUEST | {"agency": AGENCY, "now": NOW, "jti": JTI} | changes))


def verify(token: str, **changes: Any) -> Proof:
    return tokens.verify(token, **({"keys": keys, "now": NOW} | REQUEST | changes))


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _forge(header: bytes, claims: bytes, key: TransportKey = KEY) -> str:
    """Any header and claims at all, truly signed by the agency's own key."""
    signed = f"{_encode(header)}.{_encode(claims)}"
    return f"{signed}.{_encode(key.raw.sign(signed.encode()))}"


HEADER = _decode(mint().split(".")[0])
CLAIMS = _decode(mint().split(".")[1])


def _json(base: bytes, **changes: Any) -> bytes:
    return json.dumps(json.loads(base) | changes, separators=(",", ":")).encode()


def test_a_proof_of_the_request_it_came_with_is_taken() -> None:
    assert verify(mint()) == Proof(AGENCY, JTI, NOW, NOW + LIFETIME)
    assert _forge(HEADER, CLAIMS) == mint()  # so what is forged below is refused for what is wrong with it


def test_another_library_reads_our_proofs() -> None:
    claims = jwt.decode(
        mint(),
        KEY.public.raw,
        algorithms=["EdDSA"],
        audience="hub.example",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["bh"] == REQUEST["body_digest"]
    assert jwt.get_unverified_header(mint()) == {
        "alg": "EdDSA",
        "kid": KEY.public.key_id,
        "typ": "readback-proof+jwt",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "hub.example.evil"},
        {"audience": "Hub.example"},
        {"method": "GET"},
        {"target": "/v1/envelopes"},
        {"target": "/v1/envelopes?x=2"},
        {"target": "/v1/envelopes?x=1&"},
        {"target": "/V1/envelopes?x=1"},
        {"body_digest": digest(b"Body")},
    ],
)
def test_a_proof_of_another_request_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ProofRefused, match="request"):
        verify(mint(), **changes)


@pytest.mark.parametrize("drift", [-SKEW, -1, 0, 1, LIFETIME, LIFETIME + SKEW])
def test_clocks_may_differ_a_little(drift: int) -> None:
    assert verify(mint(), now=NOW + drift).issued == NOW


@pytest.mark.parametrize("drift", [-SKEW - 1, LIFETIME + SKEW + 1, 10**6, -NOW])
def test_but_not_more(drift: int) -> None:
    with pytest.raises(ProofRefused, match="time"):
        verify(mint(), now=NOW + drift)


@pytest.mark.parametrize(
    ("lifetime", "taken"),
    [(1, True), (LIFETIME_MAX, True), (LIFETIME_MAX + 1, False), (0, False), (-5, False), (10**6, False)],
)
def test_a_proof_that_would_live_longer_than_a_minute_is_refused(lifetime: int, taken: bool) -> None:
    token = _forge(HEADER, _json(CLAIMS, exp=NOW + lifetime))
    if taken:
        verify(token)
    else:
        with pytest.raises(ProofRefused, match="lifetime"):
            verify(token)


def test_an_unknown_or_revoked_key_is_refused_like_anything_else() -> None:
    def revoked(_: str, __: str) -> TransportPublic:
        raise KeyRevoked

    for token, lookup in ((mint(agency="harbour-clinic"), keys), (mint(), revoked)):
        with pytest.raises(ProofRefused, match="key"):
            verify(token, keys=lookup)


def test_another_agencys_key_does_not_prove() -> None:
    with pytest.raises(ProofRefused, match="signature"):
        verify(mint(), keys=lambda _agency, _kid: OTHER.public)
    with pytest.raises(ProofRefused, match="signature"):
        verify(_forge(HEADER, CLAIMS, OTHER))


@pytest.mark.parametrize(
    "header",
    [
        _json(HEADER, alg="none"),
        _json(HEADER, alg="None"),
        _json(HEADER, alg="HS256"),
        _json(HEADER, alg="ES256"),
        _json(HEADER, alg="RS256"),
        _json(HEADER, alg="Ed25519"),
        _json(HEADER, alg="eddsa"),
        _json(HEADER, alg=["EdDSA"]),
        _json(HEADER, alg=None),
        _json(HEADER, typ="JWT"),
        _json(HEADER, typ=None),
        _json(HEADER, kid=None),
        _json(HEADER, kid="../../etc/passwd"),
        _json(HEADER, kid=1),
        _json(HEADER, crit=["exp"]),
        _json(HEADER, crit=[]),
        _json(HEADER, b64=False),
        _json(HEADER, zip="DEF"),
        _json(HEADER, cty="JWT"),
        _json(HEADER, x5c=["MIIB"]),
        _json(HEADER, x5u="https://evil.example/key"),
        _json(HEADER, jku="https://evil.example/keys"),
        _json(HEADER, jwk={"kty": "OKP", "crv": "Ed25519", "x": _encode(OTHER.public.to_bytes())}),
        b"",
        b"{}",
        b"null",
        b"[]",
        HEADER[:-1],
        HEADER + b" ",
        b" " + HEADER,
        b"\xef\xbb\xbf" + HEADER,
        HEADER.replace(b"{", b'{"alg":"EdDSA",'),
        HEADER.replace(b"EdDSA", b"Ed\\u0044SA"),
        HEADER.replace(b'"alg":"EdDSA",', b"").replace(b"}", b',"alg":"EdDSA"}'),
    ],
)
def test_no_other_header_is_taken_though_truly_signed(header: bytes) -> None:
    with pytest.raises(ProofRefused):
        verify(_forge(header, CLAIMS))


@pytest.mark.parametrize(
    "claims",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        CLAIMS + b"\n",
        CLAIMS.replace(b'"aud"', b'"aud":"evil","aud"'),
        CLAIMS.replace(b"/v1", b"\\/v1"),
        CLAIMS.replace(str(NOW).encode(), str(NOW).encode() + b".0"),
        _json(CLAIMS, aud=["hub.example"]),
        _json(CLAIMS, iat=str(NOW)),
        _json(CLAIMS, iat=-1),
        _json(CLAIMS, iat=2**60, exp=2**60 + 30),
        _json(CLAIMS, iat=True),
        _json(CLAIMS, nbf=NOW),
        _json(CLAIMS, sub="x"),
        _json(CLAIMS, jti="short"),
        _json(CLAIMS, jti=JTI.upper()),
        _json(CLAIMS, iss="Northshire"),
        _json(CLAIMS, htm="post"),
        _json(CLAIMS, htm="DELETE"),
        _json(CLAIMS, htu="https://hub.example/v1/envelopes?x=1"),
        _json(CLAIMS, bh=digest(b"body").upper()),
        json.dumps(dict(reversed(json.loads(CLAIMS).items())), separators=(",", ":")).encode(),
        json.dumps(json.loads(CLAIMS)).encode(),
        b"[" * 2000,
    ],
)
def test_no_other_spelling_of_the_claims_is_taken_though_truly_signed(claims: bytes) -> None:
    with pytest.raises(ProofRefused):
        verify(_forge(HEADER, claims))


def test_an_hmac_under_the_public_key_is_refused() -> None:
    """The classic confusion: the verifier's public key used as a shared secret."""
    for secret in (KEY.public.to_bytes(), KEY.public.to_bytes().hex().encode()):
        for header in ({"kid": KEY.public.key_id, "typ": "readback-proof+jwt"}, {"kid": KEY.public.key_id}):
            token = jwt.PyJWS().encode(CLAIMS, secret, algorithm="HS256", headers=header)
            with pytest.raises(ProofRefused):
                verify(token)


def test_every_flipped_character_and_every_cut_is_refused() -> None:
    token = mint()
    for at in range(len(token)):
        for other in {"A", "-", "=", ".", "é", " ", chr(ord(token[at]) ^ 1)} - {token[at]}:
            with pytest.raises(ProofRefused):
                verify(token[:at] + other + token[at + 1 :])
        with pytest.raises(ProofRefused):
            verify(token[:at])
    for more in ("=", ".", ".x", "A", "\n", " ", "\0", "AAAA"):
        with pytest.raises(ProofRefused):
            verify(token + more)
        with pytest.raises(ProofRefused):
            verify(more + token)


def test_spare_bits_of_base64_are_refused() -> None:
    """86 characters hold 516 bits, the signature 512: the last character has 16 spellings but one is ours."""
    token = mint()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    taken = []
    for last in alphabet:
        try:
            verify(token[:-1] + last)
        except ProofRefused:
            continue
        taken.append(last)
    assert taken == [token[-1]]


@given(st.text(max_size=300) | st.text("abcABC.-_=09", max_size=300))
def test_any_text_at_all_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(ProofRefused):
        verify(text)


def test_an_enormous_proof_is_refused_unread() -> None:
    with pytest.raises(ProofRefused, match="form"):
        verify(mint() + "." * 10**6)


@pytest.mark.parametrize(
    "changes",
    [
        {"agency": "Not An Agency"},
        {"method": "TRACE"},
        {"target": "v1/envelopes"},
        {"target": "/v1/ümlaut"},
        {"target": "/" + "x" * 512},
        {"body_digest": "x"},
        {"jti": "again"},
        {"now": -1},
    ],
)
def test_a_proof_that_could_never_be_taken_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="_Claims"):
        mint(**changes)


def test_the_reason_never_reaches_the_peers_words() -> None:
    """One code and one sentence for all; `where` names a step of the check, nothing of the token."""
    with pytest.raises(ProofRefused) as refusal:
        verify(_forge(HEADER, _json(CLAIMS, iss="jayden")))
    assert refusal.value.code == "proof_refused"
    assert "jayden" not in str(refusal.value)
    assert refusal.value.__suppress_context__
