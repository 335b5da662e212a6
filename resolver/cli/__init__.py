# SPDX-License-Identifier: ISC
"""The commands: thin clients of the control API, or of `app`. No DNS logic lives here.

    main ─► (lazy) one module a command ─► control_client ─► the running resolver
                                      └──► stub ─► any DNS server        (query)
                                      └──► app                           (serve)

A client command must start in under 150 ms, so everything heavy is imported inside the command that needs it.
"""
