# SPDX-License-Identifier: ISC
"""Each preset beside the server it is named after: same zone, same questions, same TTLs seen by a client."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest

from tests.conftest import IN_CI
from tests.interop.presets.clocks import faketime_library
from tests.interop.presets.comparing import Row, compared, unexplained
from tests.interop.presets.known import KNOWN
from tests.interop.presets.peers import PEERS, Peer
from tests.live.serving import FORCED

EACH_PEER = pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.preset)


@pytest.fixture(scope="module")
def rows(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """What was seen of every step, ours and theirs. All peers run at once, so all of them have to be there."""
    if FORCED:
        pytest.skip("no socket of ours is in this comparison: one pass is enough")
    library = faketime_library()
    if library is None:
        (pytest.fail if IN_CI else pytest.skip)("faketime is not installed; .ci/run names the packages")
    return compared(PEERS, program, tmp_path_factory.mktemp("presets"), library)


@EACH_PEER
@pytest.mark.xdist_group("presets")
def test_a_client_sees_the_same_ttls_of_preset_and_peer(rows: dict[str, list[Row]], peer: Peer) -> None:
    differing = [
        f"{row.key}: {peer.title} {row.theirs}, we {row.ours}"
        for row in unexplained(peer.program, rows[peer.program])
    ]
    assert differing == []


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.jumps], ids=lambda peer: peer.preset)
@pytest.mark.xdist_group("presets")
def test_what_is_said_to_differ_does(rows: dict[str, list[Row]], peer: Peer) -> None:
    """A list of differences that nobody checks grows old. A real clock may hide one, a clock that jumps may not."""
    differing = [row.key for row in rows[peer.program] if row.theirs != row.ours]
    patterns = [pattern for known in KNOWN[peer.program] for pattern in known.steps]
    assert [one for one in patterns if not any(fnmatchcase(key, one) for key in differing)] == []


@EACH_PEER
@pytest.mark.xdist_group("presets")
def test_a_virtual_hour_passes_or_a_real_half_minute(rows: dict[str, list[Row]], peer: Peer) -> None:
    """The comparison is of something: every part was gone through as far as the peer's clock goes."""
    assert max(row.step.at for row in rows[peer.program]) >= (3600 if peer.jumps else 30)
    assert len(rows[peer.program]) >= 80
