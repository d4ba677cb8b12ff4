"""The deeds of the crossings: what `proxy.eras` decides is done here.

legacy_host    a legacy host at a modern gateway
modern_host    a modern host at a modern gateway
modern_ways    both, loaded when there is a modern gateway, or may be one
subscription   what a modern gateway tells unasked, for a legacy host
listening      a subscription over as many streams as it takes
sessions       a modern host at a legacy gateway
host_session   one session there, in the name of that host
run            one exchange under way: its request, its stream, its deeds
"""
