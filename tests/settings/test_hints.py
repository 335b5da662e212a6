# SPDX-License-Identifier: ISC
"""Root hints: RFC 9609 section 2."""

from pathlib import Path

import pytest

from resolver.settings import SettingsError, read_hints
from resolver.wire import to_text


def test_shipped_hints_name_thirteen_letters_with_both_families() -> None:
    hints = read_hints()
    assert [to_text(server.name) for server in hints] == [
        f"{letter}.root-servers.net." for letter in "abcdefghijklm"
    ]
    for server in hints:
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


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere.* cannot be read: No such file"):
        read_hints(tmp_path / "nowhere")
