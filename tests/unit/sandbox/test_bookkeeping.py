"""What the engine keeps about resolvers."""

from sandbox.bookkeeping import DEAD_LETTERS_KEPT, MAPPED_TABLES, Resolver, Sweep


def test_a_sweep_is_due_at_first_then_after_its_interval_or_when_asked_for() -> None:
    sweep = Sweep()
    assert sweep.due(5.0, now=100.0)
    sweep.start(change=7, now=100.0)
    assert not sweep.due(5.0, now=104.9)
    assert sweep.due(5.0, now=105.0)
    sweep.wanted = True
    assert sweep.due(5.0, now=101.0)
    sweep.start(change=7, now=101.0)
    assert not sweep.due(5.0, now=102.0)


def test_only_a_sweep_that_mended_nothing_and_did_not_fail_vouches_for_the_changes_before_it() -> None:
    sweep = Sweep()
    for mended, error, clean_through in ((0, None, 7), (1, None, None), (0, None, 7), (0, "Unreachable", None)):
        sweep.start(change=7, now=100.0)
        assert sweep.running
        sweep.finish(mended, error, now=101.0)
        assert not sweep.running
        assert sweep.clean_through == clean_through


def test_new_tables_start_new_books_but_a_process_stays_busy() -> None:
    resolver = Resolver("eu-central-1", stopped=True)
    mapping = resolver.mappings[MAPPED_TABLES[0]]
    mapping.after, mapping.position, mapping.busy = "111", 3, True
    resolver.give_up({"letter": 1})
    resolver.forget()
    assert resolver.mappings[MAPPED_TABLES[0]].after is None
    assert resolver.mappings[MAPPED_TABLES[0]].position == 0
    assert resolver.busy
    assert resolver.stopped
    assert resolver.given_up == 0


def test_dead_letters_are_all_counted_and_the_latest_kept() -> None:
    resolver = Resolver("eu-central-1")
    for number in range(DEAD_LETTERS_KEPT + 1):
        resolver.give_up({"number": number})
    assert resolver.given_up == DEAD_LETTERS_KEPT + 1
    assert len(resolver.dead_letters) == DEAD_LETTERS_KEPT
    assert resolver.dead_letters[-1] == {"number": DEAD_LETTERS_KEPT}
