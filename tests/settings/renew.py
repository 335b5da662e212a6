# SPDX-License-Identifier: ISC
"""Writes config/resolver.toml anew from the code: `python -m tests.settings.renew`, after a change."""

from resolver.settings.render import default_file
from resolver.shipped import shipped

if __name__ == "__main__":
    shipped("resolver.toml").write_text(default_file(), "utf-8")
