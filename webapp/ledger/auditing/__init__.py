"""The books of a running system, checked from outside: read every table of every region, and say what is not right.

One run (``run.audit``) goes through six rooms. ``reading`` scans all tables in parallel; ``facts`` keeps of each
row and entry what can be checked; ``spool`` sorts that into files, so that memory is bounded. ``ids`` and
``accounts`` decide, purely, what is not right with one journal id or one account. ``looking`` reads again whatever
looked wrong, as often as ``observing`` says, and ``findings`` believes only what stays so. ``confirming`` makes sure
that no index is to blame. ``report`` gives the verdict.

Nothing is written to any table.
"""
