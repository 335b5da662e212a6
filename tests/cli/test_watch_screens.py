# SPDX-License-Identifier: ISC
"""The layouts of a watch: the table drawn over itself, the state of each server, the sum of it all."""

from __future__ import annotations

from resolver.cli.polling import Target
from resolver.cli.watch_screens import WatchPlan, screen_for
from resolver.lab.watching import Reading, Role, Watch, Watched
from resolver.wire import from_text

NAME = from_text("www.alpha.")
AUTHORITY, RESOLVER = Watched("ns1 192.0.2.1", Role.AUTHORITY), Watched("@a", Role.RESOLVER)
NOW = 1_800_000_000.0


def plan(*awaited, once=False):
    targets = tuple(Target(w, ("192.0.2.1", 53), NAME) for w in (AUTHORITY, RESOLVER))
    return WatchPlan(NAME, 1, awaited, targets, 5.0, None, once)


def watching(published, cached, **reading):
    watch = Watch([AUTHORITY, RESOLVER], ["192.0.2.2"])
    changes = [
        watch.observe(AUTHORITY, Reading(NOW, (published,), 60)),
        watch.observe(RESOLVER, Reading(NOW, (cached,), 40, **reading)),
    ]
    return watch, changes


def shown(capsys, style, plan, watch, changes, *, rounds=1):
    screen = screen_for(plan, style)
    for _ in range(rounds):
        screen.show(watch, changes)
    screen.end(watch)
    return capsys.readouterr().out


def test_the_table_says_by_when_a_cache_must_switch(capsys):
    out = shown(capsys, "table", plan("192.0.2.2"), *watching("192.0.2.2", "192.0.2.1"))
    assert "@a             resolver   192.0.2.1  40   08:00:00Z  must switch by 08:00:40Z (in 40.0 s)" in out
    assert out.splitlines()[-1] == "1 of 2 have it; the last one must switch by 08:00:40Z"


def test_while_an_authority_publishes_the_old_value_nobody_has_to_switch(capsys):
    out = shown(capsys, "auto", plan("192.0.2.2"), *watching("192.0.2.1", "192.0.2.1"))
    assert "still publishes it" in out
    assert "@a  192.0.2.1  its copy ends 08:00:40Z (in 40.0 s)" in out
    assert "no cache has to switch" in out


def test_stale_answers_are_marked(capsys):
    out = shown(capsys, "auto", plan("192.0.2.2"), *watching("192.0.2.2", "192.0.2.1", stale=True))
    assert "@a  192.0.2.1  stale" in out


def test_without_a_value_the_different_answers_are_counted(capsys):
    out = shown(capsys, "table", plan(), *watching("192.0.2.2", "192.0.2.1"))
    assert out.splitlines()[-1] == "2 servers, 2 different answers"


def test_on_a_terminal_the_table_is_drawn_over_itself(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    out = shown(capsys, "auto", plan("192.0.2.2"), *watching("192.0.2.2", "192.0.2.1"), rounds=2)
    assert out.count("SERVER") == 2
    assert out.count("\x1b[5A") == 1
