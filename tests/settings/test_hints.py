# SPDX-License-Identifier: ISC
"""Root hints: RFC 9609 section 2."""

from pathlib import Path

import pytest

from resolver.settings import SettingsError, hints, read_hints
from resolver.shipped import shipped
from resolver.wire import to_text


def test_shipped_hints_name_thirteen_letters_with_both_families() -> None:
    servers = read_hints()
    assert [to_text(server.name) for server in servers] == [
        f"{letter}.root-servers.net." for letter in "abcdefghijklm"
    ]
    for server in servers:
        assert sorted(":" in address for address in server.addresses) == [False, True]


def test_case_of_names_does_not_part_server_and_address(tmp_path: Path) -> None:
    file = tmp_path / "hints"
    file.write_text(". NS A.Root.Lab.\na.root.lab. A 127.0.0.1\n.\tNS b.root.lab.\n")
    (server,) = read_hints(file)
    assert to_text(server.name) == "A.Root.Lab."
    assert server.addresses == ("127.0.0.1",)


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"", "names no root server"),
        (b". NS a.root.lab.\n", "names no root server"),
        (b"lab. NS a.lab.\na.lab. A 127.0.0.1\n", "names no root server"),
        (b". NS a b c\n", "not a zone file"),
        (b"\xff\xfe", "not a zone file"),
    ],
)
def test_a_file_without_hints_is_refused(tmp_path: Path, content: bytes, remedy: str) -> None:
    file = tmp_path / "hints"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=remedy) as error:
        read_hints(file)
    assert error.value.key == "upstream.root_hints"


PLAIN = [
    ".   3600000  NS  A.ROOT-SERVERS.NET.\nA.ROOT-SERVERS.NET.  3600000  A  198.41.0.4 ; a comment\n",
    "; nothing\n\n. 1 IN NS a.lab.\na.lab. 1 IN AAAA 2001:0DB8:0::1\nA.LAB. 1 A 192.0.2.1\n",
    ". 1 NS b.\n. 1 NS a.\nb. 1 A 192.0.2.2\na. 1 A 192.0.2.1\n",
]


@pytest.mark.parametrize("text", [*PLAIN, shipped("root.hints").read_text("ascii")])
def test_the_plain_form_reads_as_the_library_reads_it(text: str) -> None:
    plain = hints._read_plain(text)
    assert plain is not None
    assert plain == hints._read_zone_file(text, Path("hints"))


@pytest.mark.parametrize(
    "line",
    [
        ". NS a.lab.",
        ". 1 NS a",
        "lab. 1 NS a.lab.",
        "a.lab. 1 A 192.0.2.256",
        "a.lab. 1 A 2001:db8::1",
        "a 1 A 192.0.2.1",
        "$TTL 5",
        "a\\.b.lab. 1 A 192.0.2.1",
        "a.lab. 1 CH A 192.0.2.1",
    ],
)
def test_whatever_is_not_plain_is_left_to_the_library(line: str) -> None:
    assert hints._read_plain(PLAIN[0] + line + "\n") is None


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere.* cannot be read: No such file"):
        read_hints(tmp_path / "nowhere")
