"""Tokens: kept sealed, found again by every process, renewed by one at a time.

    cachekey   what makes two sign-ins different
    vault      seal and open one record
    vaultkey   where the vault's key lies: OS keyring, else a key file
    oskeyring  the keyring, asked so that it cannot hang us
    record     a grant as bytes, and back
    store      the vault's folder: grants, clients, pointers
    lock       one process at a time, by the operating system
    pause      after a renewal that failed
    renewal    the stored grant made good, once for all processes
    daemon     a slow deed that no exit waits for
    source     one valid access token for every caller

Read `source` first, then `renewal`: the rest serves them.
"""
