# SPDX-License-Identifier: ISC
"""Over a restart: whole or not at all, aged, within the budget; foreign and broken files start the cache cold."""

from __future__ import annotations

import asyncio
import os
import stat

import pytest

from resolver.cache import RecordCache
from resolver.events import nobody
from resolver.persistence.keeping import SLICE, CacheFile, Persistence, PersistError, restore, save
from tests.cache.making import HUGE, POLICY, alias, denial, entry, k

NOW, WALL = 100.0, 1_800_000_000.0


class Scene:
    """Clocks, and how often others had their turn."""

    def __init__(self, now=NOW, wall=WALL):
        self.now, self.wall, self.turns = now, wall, 0

    def clocks(self):
        return self.now, self.wall

    async def turn(self):
        self.turns += 1

    async def aside(self, work):
        work()


def filled(count=3):
    records = RecordCache(HUGE, nobody)
    for number in range(count):
        records.store(entry(f"n{number}.example.", now=NOW), NOW)
    records.store(alias("alias.example.", "n1.example.", now=NOW), NOW)
    records.store(denial("no.example.", now=NOW), NOW)
    return records


def saved(path, records, scene=None, worker=0):
    scene = scene or Scene()
    file = CacheFile(str(path), worker)
    return asyncio.run(save(file, records, scene.clocks, scene.turn, scene.aside)), file.path


def read(path, scene, records=None, budget=HUGE):
    records = RecordCache(HUGE, nobody) if records is None else records
    return asyncio.run(restore(path, records, budget, lambda: POLICY, scene.clocks, scene.turn)), records


def test_what_was_saved_comes_back_with_its_age(tmp_path):
    count, path = saved(tmp_path / "cache", filled())
    assert count == 5
    later = Scene(now=7000.0, wall=WALL + 60)  # another machine, a minute later
    counts, records = read(path, later)
    assert counts == {"loaded": 5, "died": 0, "older": 0, "no_room": 0, "bad": 0}
    life = records.peek(k("n1.example."), 1).lifetime
    assert life.fresh_until - later.now == pytest.approx(240.0)
    assert records.peek(k("no.example."), 0) is not None


def test_what_died_meanwhile_stays_out(tmp_path):
    _, path = saved(tmp_path / "cache", filled())
    assert read(path, Scene(wall=WALL + 10 * 86400))[0]["died"] == 5


def test_a_file_is_private_and_replaced_in_one_step(tmp_path):
    _, path = saved(tmp_path / "cache", filled())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    (tmp_path / "cache.new").write_bytes(b"of a process that was killed")

    async def killed(work):
        raise OSError(28, "No space left on device")

    scene = Scene()
    with pytest.raises(PersistError, match=r"No space left on device - make its directory writable"):
        asyncio.run(save(CacheFile(str(path), 0), filled(9), scene.clocks, scene.turn, killed))
    assert path.read_bytes() == before
    assert saved(path, filled(9))[0] == 11
    assert os.listdir(tmp_path) == ["cache"]


def test_a_symbolic_link_in_the_way_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "cache.new").symlink_to(victim)
    saved(tmp_path / "cache", filled())
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data[: len(data) // 2], "cut short"),
        (lambda data: data[:-5], "cut short"),
        (lambda data: b"", "no header"),
        (lambda data: os.urandom(500), "no header"),
        (lambda data: data.replace(b"resolver-cache", b"other-thing", 1), "other-thing"),
    ],
)
def test_foreign_and_half_written_files_start_the_cache_cold(tmp_path, spoil, says):
    _, path = saved(tmp_path / "cache", filled())
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(PersistError, match=f"{says}.* - remove the file"):
        read(path, Scene())


def test_a_bad_line_costs_its_entry_alone(tmp_path):
    _, path = saved(tmp_path / "cache", filled())
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = b'{"name":"x"}\n'
    lines[2] = lines[2].replace(b'"zone":"example."', b'"zone":"other."')
    path.write_bytes(b"".join(lines))
    assert read(path, Scene())[0] == {"loaded": 3, "died": 0, "older": 0, "no_room": 0, "bad": 2}


def test_reading_ends_when_the_cache_is_full_and_lets_others_go_first(tmp_path):
    _, path = saved(tmp_path / "cache", filled(5 * SLICE))
    scene = Scene()
    counts, records = read(path, scene, budget=10_000)
    assert 20 < counts["loaded"] < 100
    assert records.size_bytes < 11_000
    assert read(path, scene)[0]["loaded"] == 5 * SLICE + 2
    assert scene.turns >= 5


def test_workers_have_files_of_their_own_and_read_those_of_others(tmp_path):
    base = tmp_path / "cache"
    for worker in (0, 1, 2, 12):
        saved(base, filled(), worker=worker)
    (tmp_path / "cache.2.bak").write_text("not ours")
    assert [path.name for path in CacheFile(str(base), 2).others()] == ["cache", "cache.1", "cache.12"]
    assert [path.name for path in CacheFile(str(base), 0).others()] == ["cache.1", "cache.12", "cache.2"]


def test_what_was_written_in_the_future_is_of_unknown_age(tmp_path):
    """A machine without a battery starts in 1970: a month old file must not pass for new."""
    _, path = saved(tmp_path / "cache", filled())
    with pytest.raises(PersistError, match="ahead of this machine's clock"):
        read(path, Scene(wall=WALL - 86400))
    assert read(path, Scene(wall=WALL - 60))[0]["loaded"] == 5


def test_no_file_is_no_error(tmp_path):
    assert read(tmp_path / "none", Scene())[0] is None
    assert CacheFile(str(tmp_path / "no" / "where"), 0).others() == []
    with pytest.raises(PersistError, match="cannot be written"):
        saved(tmp_path / "no" / "where", filled())


def keeping(path, records, scene, said, sleep):
    return Persistence(
        CacheFile(str(path), 0),
        records,
        HUGE,
        lambda: POLICY,
        scene.clocks,
        sleep,
        scene.aside,
        lambda text, fields: said.append((text, fields)),
        lambda text: said.append((text, {})),
    )


def test_it_restores_then_saves_every_so_often(tmp_path):
    path, said, naps = tmp_path / "cache", [], []

    async def sleep(seconds):
        naps.append(seconds)
        if naps.count(30.0) > 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(keeping(path, filled(), Scene(), said, sleep).run(30.0))
    assert [text for text, _ in said] == ["cache written", "cache written"]
    assert said[-1][1] == {"file": str(path), "entries": 5}
    said.clear()
    asyncio.run(keeping(path, RecordCache(HUGE, nobody), Scene(), said, sleep).run(0))
    assert said[0][1]["loaded"] == 5


def test_a_cache_that_was_still_being_read_does_not_take_the_place_of_its_file(tmp_path):
    _, path = saved(tmp_path / "cache", filled())
    before, said, scene = path.read_bytes(), [], Scene()
    asyncio.run(keeping(path, RecordCache(HUGE, nobody), scene, said, scene.turn).save())
    assert path.read_bytes() == before
    assert "still being read" in said[0][0]


def test_errors_are_said_and_cost_nothing_else(tmp_path):
    path, said = tmp_path / "cache", []
    path.write_text("not ours")

    async def sleep(seconds):
        pass

    whole = keeping(path, filled(), Scene(), said, sleep)
    asyncio.run(whole.run(0))
    assert "no header" in said[0][0]
    assert "starts cold" in said[0][0]
    asyncio.run(whole.save())
    assert said[1][0] == "cache written"
