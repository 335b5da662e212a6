# SPDX-License-Identifier: ISC
"""The story of one question: why the cache holds what it holds, or why it holds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from resolver.control.commands.command import Command, Inside, View
from resolver.control.commands.turns import turn
from resolver.control.explaining import Explaining, Present
from resolver.control.parameters import BadRequest, Parameters, given_name, read_flag, read_type
from resolver.policy import Policy
from resolver.policy.presets import load_policy, preset_names

_presets: dict[str, Policy] = {}  # read once: they ship with the package


class CacheExplain(Command, frozen=True, tag="cache_explain"):
    """Explain `name` and `rtype`; with `others`, beside what every preset would have made of each link."""

    path: ClassVar[str] = "cache/explain"
    keys: ClassVar[tuple[str, ...]] = ("name", "type", "others")
    shows_names: ClassVar[bool] = True
    beside: ClassVar[bool] = True

    name: bytes
    rtype: int
    others: bool = True

    @classmethod
    def read(cls, given: Parameters) -> Self:
        """Read the question."""
        name = given_name(given)
        if name is None:
            raise BadRequest("nothing to explain; give a name")
        return cls(name, read_type(given.get("type", "A")), read_flag({"others": True, **given}, "others"))

    async def run(self, inside: Inside) -> View:
        """Tell what this process knows: one story, in a list, for several workers have several."""
        others = []
        for preset in preset_names() if self.others else ():
            if preset not in _presets:
                _presets[preset] = load_policy(preset)
                await turn(inside.world)
            others.append(_presets[preset])
        present = Present(inside.world.now(), inside.world.wall())
        rebinding = inside.service().rebinding
        explaining = Explaining(inside.caches, inside.images, inside.policy(), others, rebinding, present)
        return {"policy": inside.policy().name, "caches": [explaining.story(self.name, self.rtype)]}

    def combine(self, answers: Sequence[tuple[int, View]]) -> View:
        """Put the stories of all workers into one list, each with the worker's number."""
        stories = [{"worker": worker, **story} for worker, view in answers for story in view["caches"]]
        policy = answers[0][1]["policy"] if answers else ""
        return {"policy": policy, "caches": stories}
