# SPDX-License-Identifier: ISC
"""All caches in one value."""

from resolver.cache import CacheSettings, build, build_images
from resolver.events import nobody
from tests.cache.making import POLICY, cut, entry, k


def test_one_flush_reaches_everything_known_of_a_name_but_not_the_servers() -> None:
    caches = build(CacheSettings(), nobody)
    images = build_images(CacheSettings(), caches.records)
    caches.records.store(entry("a.example."), 0.0)
    caches.records.store(entry("a.other."), 0.0)
    caches.delegations.store(cut("example."), 0.0)
    caches.failures.record(
        k("b.example."),
        1,
        False,
        0.0,
        structural=True,
        unreachable=False,
        ede=0,
        text="",
        zone=k("."),
        policy=POLICY,
    )
    caches.servers.get(("192.0.2.1", 53))
    assert caches.flush(k("example."), subtree=True, dry_run=True) == 3
    assert caches.flush(k("example."), subtree=True) == 3
    assert (len(caches.records), len(caches.delegations), len(caches.failures)) == (1, 0, 0)
    assert caches.flush() == 1
    assert len(caches.servers) == 1
    assert len(images) == 0


def test_one_epoch_fences_records_and_delegations() -> None:
    caches = build(CacheSettings(), nobody)
    asked = caches.epoch
    caches.flush(k("example."), subtree=True)
    assert not caches.records.store(entry("a.example."), 0.0, asked)
    assert not caches.delegations.store(cut("a.example."), 0.0, asked)
    assert caches.records.store(entry("a.other."), 0.0, asked)
