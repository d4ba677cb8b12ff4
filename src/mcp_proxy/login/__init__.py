"""Signing in and out, and where a profile stands.

    sign_in     have a grant: the stored one, or a new one by a way in
    terms       what is asked for, and of whom
    client      as whom, and the proof of it
    proof       tokens bound to a key, where the gateway wants such
    browser     the way in by a page and a redirect to this machine, or a paste
    device      the way in by a code that is entered elsewhere
    unattended  the ways in without a person
    given       a token that somebody brings
    person      who is asked, and the page to open

    renew       new tokens for a grant that there is
    dispatch    the same, done by a short-lived process that outlives this one
    errand      what that process is told, and what it reports
    runner      that process
    attempts    a note about the last failure, so that windows do not pile up
    sign_out    end a grant here, and at the server where it offers that
    standing    who is signed in, until when, and what was last seen
    attention   what about it wants a person's attention

A way in takes a profile and brings tokens; `sign_in` chooses it, and holds the
lock that keeps all processes to one sign-in at a time.
"""
