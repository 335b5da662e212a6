# SPDX-License-Identifier: ISC
"""The blocks `[http]` and `[control]`. Values and default paths only; nothing is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from resolver.units import Doc, Settings


class HttpSettings(Settings, frozen=True):
    """The HTTP listener over TCP: status page, metrics, health. The block `[http]`."""

    listen: Annotated[str, Doc("address:port of the status page and /metrics; empty: no HTTP over TCP")] = (
        "127.0.0.1:5380"
    )
    hosts: Annotated[
        tuple[str, ...],
        Doc("names accepted in Host besides localhost and IP addresses (against DNS rebinding)"),
    ] = ()
    token_file: Annotated[
        str,
        Doc("file holding a token; requests that bear it may also write. Empty: HTTP over TCP only reads"),
    ] = ""


class ControlSettings(Settings, frozen=True):
    """The Unix socket of the client commands. The block `[control]`."""

    socket: Annotated[
        str, Doc("path of the control socket; empty: resolver/control.sock in the runtime directory")
    ] = ""


def runtime_directory(environment: Mapping[str, str], uid: int) -> Path:
    """Return the directory for sockets: $XDG_RUNTIME_DIR/resolver, else /tmp/resolver-UID."""
    base = environment.get("XDG_RUNTIME_DIR")
    return Path(base) / "resolver" if base else Path(f"/tmp/resolver-{uid}")


def socket_path(settings: ControlSettings, environment: Mapping[str, str] | None = None) -> Path:
    """Return where the control socket is, for the server and its client commands alike."""
    if settings.socket:
        return Path(settings.socket)
    return runtime_directory(os.environ if environment is None else environment, os.getuid()) / "control.sock"
