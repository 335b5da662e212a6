# SPDX-License-Identifier: ISC
"""What is written out reads back, and tells where it came from."""

import tomllib
from pathlib import Path

from resolver.policy import Policy
from resolver.settings import Configuration, load
from resolver.settings.render import default_file, difference, effective


def test_effective_reads_back_as_the_same_configuration(tmp_path: Path) -> None:
    flags = [
        'zone=[{name="corp.example", stub=["192.0.2.1", "2001:db8::1#5353"]}]',
        "cache.size=1GiB",
        "stale.recheck=90s",
    ]
    loaded = load(flags=flags)
    file = tmp_path / "effective.toml"
    file.write_text(effective(loaded))
    assert load(file).configuration == loaded.configuration


def test_secrets_are_not_shown() -> None:
    cookies = f'server.cookie_secrets=["{"ab" * 16}"]'
    loaded = load(flags=['notify.key=[{name="k", secret="c2VjcmV0"}]', cookies])
    for text in (effective(loaded), difference(loaded)):
        assert 'secret = "(hidden)"' in text
        assert 'cookie_secrets = "(hidden)"' in text
        assert "c2VjcmV0" not in text
        assert "abab" not in text


def test_effective_tells_origins() -> None:
    text = effective(load(environment={"RESOLVER_CACHE__SIZE": "1GiB"}))
    assert 'size = "1GiB"  # $RESOLVER_CACHE__SIZE' in text
    assert "port = 53  # default" in text


def test_difference_of_the_default_is_nothing() -> None:
    assert difference(load()) == ""


def test_difference_is_what_was_changed_and_nothing_else() -> None:
    loaded = load(flags=["cache.size=1GiB", "upstream.port=53"])
    assert tomllib.loads(difference(loaded)) == {"cache": {"size": "1GiB"}}


def test_default_file_bounds_are_said_in_units() -> None:
    assert "[100ms to 1m]" in default_file()
    assert "[4KiB to 64MiB]" in default_file()


def test_default_file_says_which_words_are_allowed_and_what_has_no_choice_yet() -> None:
    assert '["fixed", "cyclic"]' in default_file()
    assert "[only true in this version]\nminimal_responses = true" in default_file()


def test_repeated_tables_are_shown_commented_out() -> None:
    assert "# [[zone]]\n# # the zone's name" in default_file()
    assert "zone" not in tomllib.loads(default_file())


def test_rules_are_the_three_lifetime_tables() -> None:
    configuration = load(flags=["policy.max_ttl=1h", "policy.negative_max_ttl=2m", "stale.enabled=false"])
    rules = configuration.configuration.rules
    assert (rules.positive.max, rules.nxdomain.max, rules.nodata.max) == (3600, 120, 120)
    assert not rules.stale.enabled
    assert Configuration().rules == Policy()
