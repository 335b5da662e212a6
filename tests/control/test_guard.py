# SPDX-License-Identifier: ISC
"""What the TCP listener refuses: foreign Host headers (DNS rebinding), writes, wrong tokens."""

from __future__ import annotations

import pytest

from resolver.control.guard import host_is_known


@pytest.mark.parametrize(
    "host", ["127.0.0.1:5380", "localhost", "LOCALHOST.:80", "[::1]:5380", "192.0.2.7", "mine:80"]
)
def test_addresses_and_our_own_names_are_known_hosts(host):
    assert host_is_known(host, frozenset({"localhost", "mine"}))


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:5380", "127.0.0.1.evil.example", "localhost.evil", "[x]"]
)
def test_a_name_that_anybody_may_point_at_us_is_not_a_known_host(host):
    assert not host_is_known(host, frozenset({"localhost"}))


def test_dns_rebinding_gets_a_403(over_tcp):
    assert over_tcp("GET", "/metrics")[0] == 200
    status, reply = over_tcp("GET", "/metrics", headers={"Host": "evil.example"})
    assert status == 403
    assert "http.hosts" in reply["error"]
    assert over_tcp("GET", "/metrics", hosts=("metrics.lan",), headers={"Host": "metrics.lan:5380"})[0] == 200


def test_tcp_only_reads_without_a_token(over_tcp, operations):
    status, reply = over_tcp("POST", "/api/v1/stop", headers={"Authorization": "Bearer "})
    assert status == 403
    assert "control socket" in reply["error"]
    assert over_tcp("GET", "/api/v1/cache/entries")[0] == 404
    assert operations.asked == []


def test_with_a_token_only_its_bearer_writes(over_tcp, operations):
    assert over_tcp("POST", "/api/v1/stop", token="s3cret", headers={"Authorization": "Bearer no"})[0] == 401
    assert operations.asked == []
    assert (
        over_tcp("POST", "/api/v1/stop", token="s3cret", headers={"Authorization": "Bearer s3cret"})[0] == 200
    )
    assert operations.asked == ["stop"]
