from triceras.runs.summary import last_numbers


def test_what_a_callback_adds_that_is_no_number_is_left_out_and_named(caplog):
    history = {"loss": [2.0, 1.0], "note": ["a", "b"], "empty": [], "parts": [[1, 2]]}
    assert last_numbers(history) == {"loss": 1.0}
    said = "\n".join(r.message for r in caplog.records)
    assert all(f"leaves out {name}, which a callback" in said for name in ("note", "parts"))
