# SPDX-License-Identifier: ISC
"""The [lab] block of settings. What an internet is like stands in its own file (world_file), not here."""

from __future__ import annotations

from typing import Annotated

from msgspec import field

from resolver.endpoints import read_server
from resolver.engine.ports import Server
from resolver.units import Bounded, DecodeError, Doc, Settings

__all__ = ["LabSettings"]


class LabSettings(Settings, frozen=True):
    """[lab]: which internet to live in, and where its servers are."""

    internet: Annotated[
        str, Doc('simulated internet to start with the server: "default", "tiny" or a path; empty for none')
    ] = ""
    map: Annotated[
        dict[str, str],
        Doc(
            'server address -> "address#port" that is used in its place; filled in by itself with `internet`'
        ),
    ] = field(default_factory=dict)
    port: Annotated[int, Doc("port of all lab servers, UDP and TCP, on 127.53.0.0/16"), Bounded(1, 65535)] = (
        5399
    )
    seed: Annotated[int, Doc("seed of jitter and loss"), Bounded(0)] = 0

    def endpoints(self) -> dict[str, Server]:
        """`map` with its values taken apart. Raises DecodeError on one that is no address#port."""
        return {server: _read(text, f"lab.map.{server}") for server, text in self.map.items()}


def _read(text: str, path: str) -> Server:
    try:
        return Server(*read_server(text, port=None))
    except ValueError as error:
        raise DecodeError(path, text, f"{error}, such as 127.53.0.1#5399") from None
