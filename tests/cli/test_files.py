# SPDX-License-Identifier: ISC
"""Files that commands write appear whole, or not at all."""

from __future__ import annotations

import pytest

from resolver.cli.exits import CommandFailed
from resolver.cli.files import appearing


def test_a_file_appears_when_all_of_it_is_written(tmp_path):
    file = tmp_path / "a.jsonl.gz"
    with appearing(str(file), force=False) as path:
        path.write_text("all")
        assert not file.exists()
        assert path.name.endswith(".jsonl.gz")
    assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl.gz"]
    assert file.read_text() == "all"


def test_what_fails_half_way_leaves_the_file_as_it_was(tmp_path):
    file = tmp_path / "a"
    file.write_text("before")

    def write_half():
        with appearing(str(file), force=True) as path:
            path.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert file.read_text() == "before"


def test_a_file_can_be_read_while_it_is_replaced_and_a_link_stays_a_link(tmp_path):
    file, link = tmp_path / "a", tmp_path / "link"
    file.write_text("before")
    link.symlink_to(file)
    with appearing(str(link), force=True) as path:
        path.write_text(file.read_text() + " and after")
    assert link.is_symlink()
    assert file.read_text() == "before and after"


def test_a_file_that_exists_a_folder_and_a_place_out_of_reach_are_one_line(tmp_path):
    (tmp_path / "a").touch()
    for name, text in (("a", "exists - "), ("", "is a folder - "), ("no/b", "No such file or directory - ")):
        with (
            pytest.raises(CommandFailed, match=text),
            appearing(str(tmp_path / name), force=False) as path,
        ):
            path.write_text("x")


def test_a_device_is_written_to_and_never_replaced():
    with appearing("/dev/null", force=True) as path:
        path.write_text("x")
        assert str(path) == "/dev/null"
