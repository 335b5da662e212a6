# SPDX-License-Identifier: ISC
"""A lab internet for tests of the running process: the tiny one, a slow zone and a zone whose servers are dead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.live.serving import Serving
from tests.ports import free_port

MORE_ZONES = """
# One server, and time enough for a thousand clients to ask the same before it answers.
[[server]]
name = "ns.slow.net0."
addresses = ["203.0.113.2"]
latency = "300ms"

[[server]]
name = "ns.dead.net0."
addresses = ["203.0.113.3"]
behaviours = ["dead"]

[[zone]]
name = "slow.net0."
servers = ["ns.slow.net0."]
text = \"\"\"
first   300  A  198.18.9.1
same    300  A  198.18.9.2
\"\"\"

[[zone]]
name = "dead.net0."
servers = ["ns.dead.net0."]
text = \"\"\"
www  300  A  198.18.9.9
\"\"\"
"""


@pytest.fixture(scope="session")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of that internet."""
    path = tmp_path_factory.mktemp("internet") / "live.toml"
    tiny = (ROOT / "config" / "lab" / "tiny.toml").read_text("utf-8")
    path.write_text(tiny + MORE_ZONES, "utf-8")
    return path


@pytest.fixture
def config(internet: Path) -> str:
    """A configuration that lives in it; a small cache, so that it fills."""
    lab = f'[lab]\ninternet = "{internet}"\nport = {free_port(("127.53.0.1", "127.53.0.2"))}\n'
    return lab + '[cache]\nsize = "4MiB"\n'


@pytest.fixture
def resolver(config: str, tmp_path: Path) -> Iterator[Serving]:
    """One running resolver, for one test."""
    with Serving(tmp_path / "resolver", config) as serving:
        yield serving
