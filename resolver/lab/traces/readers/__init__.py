# SPDX-License-Identifier: ISC
"""One small reader for each format of traces; each is a function of one stream (see `reading.Reader`).

A reader knows its format and nothing of files, compression or the other formats: `formats` is the table of them.
"""
