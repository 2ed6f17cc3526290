"""Where a store is known to differ from DynamoDB, by test: it must fail there, or this list is wrong.

The tests say what is right. Who says so, besides DynamoDB Local, which is AWS's own:

================================ ==================================================================================
two missing attributes           Not equal. The Developer Guide is silent ("Condition and filter expressions"); so
                                 DynamoDB Local answers, and so the authors of Alternator recorded of DynamoDB.
a token used again               API Reference, TransactWriteItems, ClientRequestToken: the same request is done once;
                                 with other parameters: IdempotentParameterMismatchException.
form of a number                 Developer Guide, "Naming rules and data types": leading and trailing zeroes are
                                 trimmed. DynamoDB Local trims attributes, but neither what is inside of maps and lists
                                 nor sums. The ledger compares and seals numbers by their value.
38 digits, 9.9…E+125             The same page: exceeding precision or magnitude is an exception, also in a sum.
paths below what is no map       API Reference, UpdateItem: ValidationException ("document path … invalid for update").
sums of what are no numbers      The same: "incorrect operand type".
keys of tables and of indexes    Developer Guide, "Global secondary indexes": an index key has the type that the schema
                                 says; API Reference, PutItem: all key attributes; UpdateItem: cannot change them.
length of a key                  "Constraints in Amazon DynamoDB": 2,048 bytes of a partition key, 1,024 of a sort
                                 key. In an index, too (DynamoDB Local), also where the item would not be in the index.
values that are not used         Developer Guide, "Using expression attribute values": ValidationException.
================================ ==================================================================================
"""

_MISFIT = "test_an_update_that_does_not_fit_the_row_is_malformed: "
_WRONG = "test_a_request_that_no_row_could_make_right_is_refused: "
_LONE = "test_a_lone_write_whose_condition_does_not_hold_gives_the_row: "
_TOGETHER = "test_in_a_transaction_it_gives_the_row_in_its_place: "
_FORM = "test_a_number_has_one_form: "
_KEPT = ("9.0", "0.10", "1E+3", "0E-2", "-0", "-0.50")

# Without a balance to compare, a debit and a grant fail on the funds.
_MISSING_ARE_EQUAL = {
    f"{test}{write}: without both": "takes two missing attributes for equal"
    for test in (_LONE, _TOGETHER)
    for write in ("credit", "accept", "shift")
}

DIFFERENCES: dict[str, dict[str, str]] = {
    "moto": {
        **_MISSING_ARE_EQUAL,
        **{f"{_FORM}{text}": "keeps numbers as they were written" for text in _KEPT},
        "test_a_sum_has_one_form": "keeps the zeros of a sum",
        "test_a_sum_of_38_digits_is_exact": "rounds sums to 28 digits",
        f"{_MISFIT}*-more digits than 38": "rounds sums to 28 digits",
        f"{_MISFIT}*-more than the largest": "knows no largest number",
        f"{_MISFIT}*-a counter below a number": "answers as if it had put a counter where no map is",
        f"{_MISFIT}*-a counter below a list": "answers as if it had put a counter where no map is",
        f"{_WRONG}*-a number too large": "knows no largest number",
        f"{_WRONG}*-an index key that is a number": "does not check the types of index keys",
        f"{_WRONG}False-no key": "cancels a transaction for KeyError, which is no reason of DynamoDB's",
        f"{_WRONG}False-a value that is not used": "allows values that are not used in a transaction",
        "test_a_key_that_is_too_long_cannot_be_read: *": "measures keys only where it puts them",
        "test_a_key_that_is_too_long_cannot_be_changed_or_checked": "measures keys only where it puts them",
        "test_the_same_writes_with_the_same_token_are_carried_out_once": "ignores ClientRequestToken",
        "test_a_repeat_is_answered_as_done_also_when_the_rows_have_changed": "ignores ClientRequestToken",
        "test_other_writes_with_the_same_token_are_refused": "ignores ClientRequestToken",
        "test_beside_a_check_of_nothing_a_write_has_a_token": "ignores ClientRequestToken",
    },
    "ministack": {
        **_MISSING_ARE_EQUAL,
        "test_a_sum_of_38_digits_is_exact": "rounds sums to 28 digits",
        f"{_MISFIT}*-more digits than 38": "rounds sums to 28 digits",
        f"{_MISFIT}*-a counter that is a text": "adds to a text that looks like a number",
        f"{_MISFIT}*-a balance that is a text": "adds to a text that looks like a number",
        f"{_MISFIT}False-a counter below a number": "carries out a transaction without what does not fit",
        f"{_MISFIT}False-a counter below a list": "carries out a transaction without what does not fit",
        f"{_WRONG}False-no key": "puts a row without a key in a transaction",
        "test_a_key_that_is_too_long_cannot_be_put: *-one for the index": "does not measure the keys of indexes",
        "test_a_key_that_is_too_long_cannot_be_changed_or_checked": "measures no keys of what it only checks",
        "test_a_key_of_an_index_is_as_long_at_most: *": "does not measure the keys of indexes",
        f"{_WRONG}False-a change of the key": "lets a transaction change a key",
    },
    "dynamodb-local": {
        **{f"{_FORM}{text}": "keeps numbers inside of maps as they were written" for text in _KEPT},
        "test_a_sum_has_one_form": "keeps the zeros of a sum",
    },
}
