# SPDX-License-Identifier: ISC
"""Where the running resolver is: its control socket and its DNS address. Reads the configuration the light way.

The whole configuration with all its checks takes longer to import than a client command may take to start, so only the
one key that is asked for is read here; `serve` and `config check` are who judge a file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Final

from resolver.cli.exits import CommandFailed, Exit

DEFAULT_LISTEN: Final = "127.0.0.1:5300"  # the first of server.listen's default; a test compares them
_ANY_TO_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def config_path(given: str | None) -> Path | None:
    """Return the configuration file: `--config`, else $RESOLVER_CONFIG, else none."""
    path = given or os.environ.get("RESOLVER_CONFIG")
    return Path(path) if path else None


def control_socket(config: str | None, given: str | None = None) -> Path:
    """Return the control socket's path: `--socket`, environment, file, else the default."""
    path = given or os.environ.get("RESOLVER_CONTROL__SOCKET") or _value(config, "control", "socket")
    return Path(path) if isinstance(path, str) and path else runtime_directory() / "control.sock"


def runtime_directory() -> Path:
    """Return the directory for sockets, by the rule of `control.settings.runtime_directory` (a test compares)."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "resolver" if base else Path(f"/tmp/resolver-{os.getuid()}")


def dns_server(config: str | None) -> tuple[str, int]:
    """Return the address and port to ask when no @server is given: where the configured resolver listens."""
    listen = _first(os.environ.get("RESOLVER_SERVER__LISTEN")) or _first(_value(config, "server", "listen"))
    address, port = split_address(listen or DEFAULT_LISTEN, 53)
    return _ANY_TO_LOOPBACK.get(address, address), port


def _first(listen: object) -> str:
    """The first listener of a list, of TOML text of one, or of `a,b`; empty when there is none."""
    if isinstance(listen, str):
        try:
            listen = tomllib.loads(f"listen = {listen}")["listen"]
        except tomllib.TOMLDecodeError:
            listen = str(listen).split(",")
    return str(listen[0]).strip() if isinstance(listen, list) and listen else ""


def split_address(text: str, port: int) -> tuple[str, int]:
    """Split `ADDR`, `ADDR:PORT`, `ADDR#PORT`, `[ADDR6]:PORT`. Raises CommandFailed on a bad port."""
    address, number = text, ""
    if text.startswith("["):
        address, _, number = text[1:].partition("]")
        number = number.lstrip(":#")
    elif "#" in text:
        address, _, number = text.partition("#")
    elif text.count(":") == 1:
        address, _, number = text.partition(":")
    if number and not (number.isdecimal() and 0 < int(number) < 65536):
        raise CommandFailed(f"bad port {number!r} in {text!r} - write it as ADDR:PORT", Exit.USAGE)
    return address, int(number) if number else port


def _value(config: str | None, table: str, key: str) -> object:
    path = config_path(config)
    if path is None:
        return None
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CommandFailed(f"{path}: cannot be read: {error.strerror} - give a readable file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{path}: not TOML: {error} - mend that line") from None
    section = values.get(table)
    return section.get(key) if isinstance(section, dict) else None
