# SPDX-License-Identifier: ISC
"""What owners publish, as a trace's questions tell it, instant by instant."""

from __future__ import annotations

from resolver.lab.fullworld.owners import Owners
from resolver.lab.fullworld.questions import Asked
from resolver.policy import AnswerClass
from resolver.wire import Rtype, from_text
from tests.lab.fullworld.traces import ask

A = int(Rtype.A)
POSITIVE, NODATA, NXDOMAIN, FAILURE = (
    AnswerClass.POSITIVE, AnswerClass.NODATA, AnswerClass.NXDOMAIN, AnswerClass.FAILURE,
)  # fmt: skip
WWW = from_text("www.shop.lab.")


def told(*questions: Asked) -> Owners:
    owners = Owners()
    for question in questions:
        owners.take(question)
    return owners


def test_the_latest_question_tells() -> None:
    owner = told(ask(0, "www.shop.lab.", ttl=100), ask(5, "www.shop.lab.", ttl=7)).find(WWW, A)
    assert owner is not None
    assert (owner.answer, owner.ttl) == (POSITIVE, 7)


def test_versions_count_changes_and_say_since_when_data_are_wrong() -> None:
    owners = told(ask(0, "www.shop.lab.", changes_at=10))
    assert owners.wrong_for(WWW, A, POSITIVE, 0, 9.5) is None
    assert owners.wrong_for(WWW, A, POSITIVE, 0, 12) == 2
    assert owners.wrong_for(WWW, A, POSITIVE, 1, 12) is None
    owners.take(ask(13, "www.shop.lab.", changes_at=20))
    assert owners.wrong_for(WWW, A, POSITIVE, 0, 21) == 11
    assert owners.wrong_for(WWW, A, POSITIVE, 1, 21) == 1


def test_a_name_that_is_gone_denies_all_its_types_and_makes_its_data_wrong() -> None:
    owners = told(ask(0, "www.shop.lab."), ask(4, "www.shop.lab.", answer=NXDOMAIN, rtype=int(Rtype.AAAA)))
    owner = owners.find(WWW, A)
    assert owner is not None
    assert owner.answer is NXDOMAIN
    assert not owners.exists(WWW)
    assert owners.wrong_for(WWW, A, POSITIVE, 0, 10) == 6
    owners.take(ask(11, "www.shop.lab."))
    assert owners.exists(WWW)
    assert owners.wrong_for(WWW, A, POSITIVE, 0, 12) is None


def test_a_name_with_others_below_it_exists_whatever_is_said() -> None:
    shop = from_text("shop.lab.")
    owners = told(ask(0, "shop.lab.", answer=NXDOMAIN))
    assert not owners.exists(shop)
    owners.take(ask(1, "x.shop.lab.", answer=NXDOMAIN))
    assert not owners.exists(shop)
    owners.take(ask(2, "a.b.shop.lab.", answer=NODATA))
    assert owners.exists(shop)
    assert owners.exists(from_text("b.shop.lab."))


def test_a_failure_is_the_servers_and_changes_no_data() -> None:
    owners = told(ask(0, "www.shop.lab.", ttl=9), ask(1, "www.shop.lab.", answer=FAILURE))
    owner = owners.find(WWW, A)
    assert owner is not None
    assert (owner.answer, owner.ttl, owner.failing) == (POSITIVE, 9, True)
    owners.take(ask(2, "www.shop.lab.", ttl=9))
    assert not owner.failing


def test_any_is_asked_as_addresses() -> None:
    owners = told(ask(0, "www.shop.lab.", rtype=int(Rtype.ANY)))
    assert owners.find(WWW, A) is owners.find(WWW, int(Rtype.ANY)) is not None


def test_of_what_nobody_asked_about_nothing_is_known() -> None:
    owners = Owners()
    assert owners.find(WWW, A) is None
    assert owners.exists(WWW)
    assert owners.wrong_for(WWW, A, POSITIVE, 0, 1) is None
