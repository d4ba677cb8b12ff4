"""Signing in and out, and where a profile stands.

    sign_in   have a grant: the stored one, or a new one by a way in
    browser   the way in by a page and a redirect to this machine
    attempts  a note about the last failure, so that windows do not pile up
    sign_out  end a grant here, and at the server where it offers that
    standing  who is signed in, until when, and what was last seen

A way in takes a profile and brings a grant; `sign_in` chooses it, and holds the
lock that keeps all processes to one sign-in at a time.
"""
