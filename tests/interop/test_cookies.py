# SPDX-License-Identifier: ISC
"""RFC 9018: BIND and Knot DNS take the cookies that we make of a shared secret for their own, and we theirs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.edns
import dns.message
import dns.query
import dns.rcode
import pytest

from tests.interop.authorities import running, write
from tests.live.serving import PATIENCE, Serving
from tests.ports import free_port

Program = Callable[[str], str]

SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf"
MINE = b"8 octets"


def _named(folder: Path, port: int) -> list[str]:
    config = f"""\
options {{
  directory "{folder}"; pid-file none; session-keyfile none; listen-on-v6 {{ none; }};
  listen-on port {port} {{ 127.0.0.1; }}; recursion no; allow-transfer {{ none; }}; dnssec-validation no;
  answer-cookie yes; require-server-cookie yes; cookie-algorithm siphash24; cookie-secret "{SECRET}";
}};
controls {{ }};
"""
    return ["-g", "-n", "1", "-c", str(write(folder, "named.conf", config))]


def _knotd(folder: Path, port: int) -> list[str]:
    config = f"""\
server:
    rundir: "{folder}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}/db"
mod-cookies:
  - id: shared
    secret: 0x{SECRET}
    badcookie-slip: 1
template:
  - id: default
    global-module: mod-cookies/shared
"""
    return ["-c", str(write(folder, "knot.conf", config))]


@contextlib.contextmanager
def peer(name: str, program: Program, folder: Path) -> Iterator[int]:
    """A server that insists on cookies made with the secret; its port."""
    port, path = free_port(), program(name)
    command = {"named": _named, "knotd": _knotd}[name](folder, port)
    with running([path, *command], folder, "127.0.0.1", port):
        yield port


def asked(port: int, cookie: bytes) -> tuple[str, bytes]:
    """The response code to a question with that cookie, and the cookie that comes back."""
    query = dns.message.make_query("version.bind.", "TXT", "CH", use_edns=0)
    query.use_edns(0, options=[dns.edns.GenericOption(10, cookie)])
    response = dns.query.udp(query, "127.0.0.1", port=port, timeout=PATIENCE)
    cookies = [option.to_wire() for option in response.options if int(option.otype) == 10]
    return dns.rcode.to_text(response.rcode()), cookies[0] or b""


@pytest.mark.parametrize("name", ["named", "knotd"])
def test_rfc9018_servers_of_two_makes_at_one_address(name: str, program: Program, tmp_path: Path) -> None:
    ours = f'[server]\ncookies = true\ncookie_secrets = ["{SECRET}"]\n'
    with peer(name, program, tmp_path) as port, Serving(tmp_path / "ours", ours) as resolver:
        rcode, of_theirs = asked(port, MINE)
        assert rcode == "BADCOOKIE"
        assert asked(port, MINE + bytes(16))[0] == "BADCOOKIE"
        assert asked(resolver.port, of_theirs)[1] == of_theirs  # it is good, and young enough to be kept
        of_ours = asked(resolver.port, MINE)[1]
        assert asked(port, of_ours)[0] != "BADCOOKIE"
        another = bytes([of_ours[0] ^ 1]) + of_ours[1:]
        assert asked(port, another)[0] == "BADCOOKIE"
        assert asked(resolver.port, another)[1][8:] != another[8:]
