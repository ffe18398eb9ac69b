from triceras.engines.numbered import numbered


def test_the_second_of_a_name_is_told_apart():
    assert list(numbered(["a", "b", "a", "a"])) == ["a", "b", "a (2)", "a (3)"]
