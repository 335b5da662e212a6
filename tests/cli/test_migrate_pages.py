# SPDX-License-Identifier: ISC
"""The page of a plan: instants, records to publish, commands to type, what caches make of it."""

from __future__ import annotations

import json

from resolver.cli.authorities import Authority
from resolver.cli.migrate_pages import Held, Proposal, print_plan
from resolver.cli.published import Published
from resolver.lab.migration.keeping import Caches
from resolver.lab.migration.plan import Facts, Move, Wishes, plan
from resolver.wire import Rtype, from_text
from tests.lab.migration.making import BROWSER, DAY, NAME, PLAIN, policy

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
CACHES = Caches({"plain": PLAIN, "plain-1.2": PLAIN, "stale": policy(stale=DAY)}, BROWSER)
PUBLISHED = Published(
    zone=from_text("alpha."),
    authorities=(
        Authority("ns1.alpha.", "192.0.2.53", ("192.0.2.53", 53)),
        Authority("ns1.alpha.", "2001:db8::53", ("2001:db8::53", 53)),
    ),
    values=("192.0.2.1",),
    ttl=3600,
    answering=2,
    agreeing=2,
    negative_ttl=300,
    refresh=7200,
    ns_ttl=86400,
    parent_ttl=172800,
)


def proposal(move=Move.RECORD, *, rtype=1, new=("192.0.2.2",), published=PUBLISHED, held=(), is_lab=False):
    facts = Facts(NAME, rtype, move, 3600)
    return Proposal(
        plan(facts, Wishes(60, 3600), CACHES, NOW), NAME, rtype, new, published, held, is_lab, NOW
    )


def page(capsys, *arguments, style="auto", **more):
    print_plan(proposal(*arguments, **more), style)
    return capsys.readouterr().out


def test_the_page_of_a_record(capsys):
    out = page(capsys)
    assert out.startswith("Moving www.alpha. A  192.0.2.1 -> 192.0.2.2\n  TTL 1h\n")
    assert "2 of 2 authorities of alpha. say so" in out
    assert "NS TTL 1d, NS TTL at the parent 2d, negative TTL 5m, SOA refresh 2h" in out
    assert "1. lower    2027-01-15T08:00:00Z  publish the old value with the lower TTL" in out
    assert "     www.alpha.  60  IN  A  192.0.2.1\n" in out
    assert "     $ resolver query www.alpha. A @192.0.2.53:53 +norec --fail 'ttl>60'\n" in out
    assert "2. wait     until 2027-01-15T09:00:00Z (1h)  " in out
    assert "     $ resolver watch www.alpha. A --servers @public --until 192.0.2.2 --timeout 3m\n" in out
    assert "The old value is over 2m after the change, by 2027-01-15T09:02:00Z.\n" in out
    assert "Changed without lowering first, it would live on for 1h1m.\n" in out
    assert "Caches that serve stale data and cannot reach the authorities: until 2027-01-16T09:02:00Z" in out


def test_caches_that_answer_stale_first_are_named(capsys):
    optimistic = Caches({"plain": PLAIN, "optimist": policy(stale=3600, client_timeout=0)}, BROWSER)
    found = plan(Facts(NAME, 1, Move.RECORD, 3600), Wishes(60, 3600), optimistic, NOW)
    print_plan(Proposal(found, NAME, 1, (), None, (), is_lab=False, now=NOW), "auto")
    out = capsys.readouterr().out
    assert "may give it to one more client, until 2027-01-15T10:02:00Z: optimist." in out


def test_presets_that_do_the_same_share_a_row_and_a_version_its_name(capsys):
    rows = page(capsys).splitlines()[-4:]
    assert [row.split() for row in rows[:3]] == [
        ["TTL", "3600", "TTL", "60", "+", "STALE", "KEPT", "SO", "BY"],
        ["1h", "1m", "-", "plain"],
        ["1h", "1m", "1d", "stale"],
    ]
    assert rows[3] == "A browser in front of them may add 1m, whatever the TTL."


def test_a_lab_is_changed_by_its_own_command(capsys):
    out = page(capsys, is_lab=True)
    assert "$ resolver lab set www.alpha. A 60 192.0.2.1\n" in out
    assert "$ resolver lab set www.alpha. A 3600 192.0.2.2\n" in out
    assert "@public" not in out


def test_values_with_spaces_are_quoted_for_the_shell(capsys):
    out = page(capsys, rtype=int(Rtype.MX), new=("10 mail.alpha.",))
    assert "--until '10 mail.alpha.'" in out


def test_a_creation_is_told_as_one(capsys):
    out = page(capsys, Move.CREATION)
    assert "1. lower    2027-01-15T08:00:00Z  lower the negative TTL" in out
    assert "Its absence is over " in out
    assert "retire" not in out


def test_disagreeing_authorities_are_to_be_mended_first(capsys):
    import dataclasses

    out = page(capsys, published=dataclasses.replace(PUBLISHED, agreeing=1))
    assert "1 of 2 authorities of alpha. say so; others say otherwise: mend that first" in out
    out = page(capsys, published=dataclasses.replace(PUBLISHED, answering=1, agreeing=1))
    assert "1 of 1 authorities of alpha. say so; 1 more do not answer\n" in out


def test_a_copy_in_the_running_cache_is_shown_with_its_rules(capsys):
    held = Held(("192.0.2.1",), 3600, 600.0, 30.0, NOW + 570, NOW + 570 + DAY, ("policy.max_ttl",))
    out = page(capsys, published=None, held=(held,))
    assert (
        "in this cache: 192.0.2.1, 30 s old, TTL 3600 -> 600 (policy.max_ttl): until 2027-01-15T08:09:30Z,"
        " as stale data until 2027-01-16T08:09:30Z"
    ) in out


def test_without_values_the_places_are_named(capsys):
    out = page(capsys, published=None, new=())
    assert "www.alpha.  60  IN  A  (the old value)" in out
    assert "www.alpha.  60  IN  A  (the new value)" in out
    assert "watch" not in out


def test_jsonl_is_a_line_per_step(capsys):
    lines = [json.loads(line) for line in page(capsys, style="jsonl").splitlines()]
    assert [line["step"] for line in lines] == ["lower", "wait", "change", "verify", "raise", "retire"]
    assert lines[2]["publish"] == ["www.alpha.  60  IN  A  192.0.2.2"]
