# SPDX-License-Identifier: ISC
"""Moving a record: the timetable of doing it well, and the curve of who still sees the old value under each way.

    TTLs, presets ──► keeping ──► plan       lower ─► wait ─► change ─► verify ─► raise ─► retire
                         │
                         └──────► simulate   resolvers, browsers, stubs ──► curve over time, 95 % intervals

Every lifetime is judged by the policy code of the server. Nobody is asked here and no clock is read: TTLs, instants and
seeds are arguments.
"""
