# SPDX-License-Identifier: ISC
"""Signs zone files with BIND's own tools, offline. No server is started here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.live.serving import run

Program = Callable[[str], str]

ALGORITHM = "ECDSAP256SHA256"


def sign(program: Program, folder: Path, origin: str, text: str, *, nsec3: bool = False) -> Path:
    """Write the zone and its signed form into `folder`, with keys of its own; the path of the signed file."""
    source = folder / f"{origin}zone"
    signed = folder / f"{origin}signed"
    source.write_text(text, "utf-8")
    for flags in ((), ("-f", "KSK")):
        _do(program("dnssec-keygen"), "-q", "-a", ALGORITHM, "-K", str(folder), *flags, origin)
    chain = ("-3", "-", "-H", "0") if nsec3 else ()
    _do(
        program("dnssec-signzone"),
        *("-S", "-Q", "-O", "full", "-K", str(folder), "-d", str(folder), "-o", origin, "-f", str(signed)),
        *chain,
        str(source),
    )
    return signed


def ds_of(folder: Path, origin: str) -> str:
    """The DS records that `sign` left for the parent of `origin`."""
    return (folder / f"dsset-{origin}").read_text("utf-8")


def key_of(folder: Path, origin: str) -> str:
    """The key-signing DNSKEY of `origin`, as one record in presentation format."""
    for path in folder.glob(f"K{origin}+*.key"):
        record = next(line for line in path.read_text("utf-8").splitlines() if not line.startswith(";"))
        if " 257 " in record:
            return record
    raise AssertionError(f"no key-signing key of {origin}")


def break_signatures(signed: Path) -> None:
    """Change the first character of every signature over an A RRset; all else stays valid."""
    text = signed.read_text("utf-8")
    broken = _SIGNATURE_OF_A.sub(lambda found: found[1] + ("B" if found[2] == "A" else "A"), text)
    assert broken != text, "no signature over an A RRset was found"
    signed.write_text(broken, "utf-8")


# RRSIG A algorithm labels TTL expiration inception tag signer signature (RFC 4034 section 3.2)
_SIGNATURE_OF_A = re.compile(r"(RRSIG\s+A\s+(?:\d+ ){6}\S+ )(\S)")


def _do(*command: str) -> None:
    done = run(*command)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
