"""The audit: one JSON line for each call that was judged, and what became of it.

    row       pure: what a line says; names of arguments and a keyed hash, never values
    log       the file: whole lines from many processes, rotated by size
    history   the lines read again, over the rotated files
    question  pure: which of them somebody wants to see

What was asked for, what the rules said and what came of it. All in ASCII: whatever a
client puts into a name, a terminal that shows the file sees plain letters.
"""
