# SPDX-License-Identifier: ISC
"""The whole configuration: composed, loaded, checked, shown.

    rooms' Settings classes ─► model.Configuration ─► keys (one table of every key)
                                                        │
         file < environment < flags ─► load ─► check ─► Loaded        render ─► default file, effective, difference
                                                                      schema ─► JSON Schema

No room below imports this package; they are handed their own part. No key, default or bound is written here.
"""

from resolver.settings.errors import SettingsError
from resolver.settings.hints import RootServer, read_hints
from resolver.settings.load import Loaded, faults, load
from resolver.settings.model import Configuration

__all__ = ["Configuration", "Loaded", "RootServer", "SettingsError", "faults", "load", "read_hints"]
