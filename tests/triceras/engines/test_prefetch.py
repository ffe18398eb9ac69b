import threading

import pytest

from triceras.engines.prefetch import prefetched


def test_results_come_in_order():
    assert list(prefetched(lambda item: item * 2, iter(range(5)))) == [0, 2, 4, 6, 8]
    assert list(prefetched(lambda item: item * 2, [])) == []


def test_the_next_item_is_fetched_while_one_is_in_use():
    begun = {item: threading.Event() for item in range(3)}

    def fetch(item):
        begun[item].set()
        return item

    results = prefetched(fetch, range(3))
    assert next(results) == 0
    assert begun[1].wait(10)
    assert not begun[2].is_set()


def test_an_error_is_raised_where_its_result_would_come():
    results = prefetched(lambda item: 1 // item, [1, 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
