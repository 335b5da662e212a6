# SPDX-License-Identifier: ISC
"""A caching recursive DNS resolver. Only the version lives here; import the packages themselves."""

__version__ = "0.1.0.dev0"
