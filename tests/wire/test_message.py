# SPDX-License-Identifier: ISC
"""The flag word and the immutability of a message."""

from dataclasses import FrozenInstanceError, replace

import pytest

from resolver.wire import codes
from resolver.wire.message import Message

FLAGS = ["qr", "aa", "tc", "rd", "ra", "ad", "cd"]


@pytest.mark.parametrize("flag", FLAGS)
def test_each_flag_is_its_own_bit(flag: str) -> None:
    message = Message(flags=getattr(codes, flag.upper()))
    assert [name for name in FLAGS if getattr(message, name)] == [flag]
    assert message.opcode == 0


@pytest.mark.parametrize("opcode", range(16))
def test_opcode_is_four_bits_of_the_word(opcode: int) -> None:
    message = Message(flags=opcode << 11)
    assert message.opcode == opcode
    assert not any(getattr(message, name) for name in FLAGS)


def test_messages_change_by_replacement() -> None:
    message = Message(id=1)
    assert replace(message, id=2) == Message(id=2)
    with pytest.raises(FrozenInstanceError):
        message.id = 3  # type: ignore[misc] # the point of the test
