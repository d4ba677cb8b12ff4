"""Catalogs: what a gateway offered when it was last asked, readable without it.

`model` is one snapshot, `store` keeps one file per identity. A snapshot is the whole
list, before any local rule, with every entry as the gateway wrote it: rules may change,
and what they are judged by must not. It shows; it never permits. `era` remembers which eras
of MCP a gateway speaks.

`facts` keeps what else was learnt of an identity, and none of it permits anything either: its
rights (`matrix`), what needs what (`register`, the gateway's own), what was refused lately.
"""
