# SPDX-License-Identifier: ISC
"""Scenario files: the real resolver among scripted servers, under a virtual clock."""
