"""Where a request comes from: the connection, or the proxy's last word where one is declared."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from exchange.desk.whence import source_of


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxied", "source"),
    [
        ("192.0.2.1", "203.0.113.9", False, "192.0.2.1"),  # the header is anybody's word
        (
            "192.0.2.1",
            "198.51.100.7, 203.0.113.9",
            True,
            "203.0.113.9",
        ),  # only the last was added by our proxy
        ("192.0.2.1", None, True, "192.0.2.1"),
        ("192.0.2.1", "nonsense", True, ""),
        ("2001:db8::1", None, False, "2001:db8::/64"),
        ("2001:db8::ffff:2", None, False, "2001:db8::/64"),
    ],
)
def test_where_it_comes_from(remote: str, forwarded: str | None, proxied: bool, source: str) -> None:
    headers = CIMultiDict({} if forwarded is None else {"X-Forwarded-For": forwarded})
    request = make_mocked_request("GET", "/", headers=headers)
    assert source_of(request.clone(remote=remote), proxied) == source
