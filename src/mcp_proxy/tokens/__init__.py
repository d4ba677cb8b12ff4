"""Tokens: kept sealed, found again by every process, renewed by one at a time.

    cachekey    what makes two sign-ins different
    record      a grant as bytes, and back
    store       grants, clients and pointers of all profiles
    safe        sealed records by name, on the disk or in memory

    vault       seal and open one record
    sealed      the sealed records in a folder
    vaultkey    the vault's key: found, made, changed
    choice      what is remembered of it
    place       where it can lie: OS keyring, key file, passphrase
    oskeyring   the keyring, asked so that it cannot hang us
    passphrase  a key behind words
    rekeying    a new key for all records, whatever happens meanwhile

    lock        one process at a time, by the operating system
    note        a renewal that has begun, in case that it is cut off
    pause       after a renewal that failed
    renewal     the stored grant made good, once for all processes
    redemption  a refresh token spent, and its successor kept, under a lock
    daemon      a slow deed that no exit waits for
    source      one valid access token for every caller
    static      the same for a configured token, or none
    proofs      what goes with a token that is bound to a key
    usage       when a credential was last used

Read `source` first, then `renewal`: the rest serves them.
"""
