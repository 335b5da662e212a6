# SPDX-License-Identifier: ISC
"""The root of every error of ours. Nothing else lives here."""


class ResolverError(Exception):
    """Base of all errors this package raises on purpose."""
