# SPDX-License-Identifier: ISC
"""The stored corpus holds every promise: each of its files is a test, and so is each crash that was ever found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import mutate
from tests.fuzz.__main__ import fuzz, main
from tests.fuzz.targets import CORPUS, TARGETS, stored


@pytest.mark.parametrize("target", list(TARGETS))
def test_what_is_stored_and_what_we_begin_with_holds_every_promise(target: str) -> None:
    inputs = {f"seed {number}": octets for number, octets in enumerate(TARGETS[target].seeds())}
    inputs |= {path.name: path.read_bytes() for path in stored(target)}
    for name, octets in inputs.items():
        try:
            TARGETS[target].judge(octets)
        except Exception as error:
            raise AssertionError(f"{target} {name}: {octets[:60].hex()} ...") from error


def test_the_corpus_is_small_and_of_targets_that_are_there() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 300 << 10
    assert {path.parent.name for path in files} <= TARGETS.keys()


def test_a_broken_promise_is_kept_and_the_command_that_repeats_it_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(octets: bytes) -> None:
        assert len(octets) % 2, "an even number of octets"

    monkeypatch.setattr("tests.fuzz.__main__.CORPUS", tmp_path)
    monkeypatch.setitem(TARGETS, "codec", TARGETS["codec"]._replace(seeds=lambda: [b"odd"], judge=breaks))
    monkeypatch.setattr("tests.fuzz.__main__.stored", lambda target: [])
    judged, broken = fuzz("codec", 5, seed=1)
    assert judged > broken > 0
    told = capsys.readouterr().err
    (path, *_) = (tmp_path / "codec").iterdir()
    assert "an even number of octets" in told
    assert f"--target codec --repeat {path.parent}" in told
    with pytest.raises(AssertionError, match="even number"):
        main(["--target", "codec", "--repeat", str(path)])


def test_the_same_seed_makes_the_same_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    def first(seed: int) -> list[bytes]:
        seen: list[bytes] = []

        def judge(octets: bytes) -> None:
            seen.append(octets)
            assert len(seen) < 60, "enough"

        monkeypatch.setitem(TARGETS, "codec", TARGETS["codec"]._replace(seeds=mutate.corpus, judge=judge))
        monkeypatch.setattr("tests.fuzz.__main__.stored", lambda target: [])
        monkeypatch.setattr("tests.fuzz.__main__.keep", lambda target, octets: Path("x"))
        fuzz("codec", 5, seed)
        return seen[:60]

    assert first(1) == first(1) != first(2)
