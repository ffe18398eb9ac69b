import random
import threading
import time

import numpy as np
import pytest

from triceras.together.turns import clock, take_turns, turn

pytestmark = pytest.mark.once


def test_each_goes_on_until_it_asks_and_all_are_answered_at_once():
    told = []

    def work(name):
        told.append(f"{name} begins")
        got = turn().ask(name)
        told.append(f"{name} got {got}")
        return name + got

    def answer(questions):
        told.append(f"asked {questions}")
        return [question.upper() for question in questions]

    turns = take_turns([lambda: work("a"), lambda: work("b")], answer)
    assert [each.result for each in turns] == ["aA", "bB"]
    assert told == ["a begins", "b begins", "asked ['a', 'b']", "a got A", "b got B"]


def test_who_is_over_is_not_waited_for():
    asked = []

    def work(times):
        return [turn().ask(times) for _ in range(times)]

    def answer(questions):
        asked.append(list(questions))
        return questions

    turns = take_turns([lambda: work(1), lambda: work(0), lambda: work(3)], answer)
    assert [each.result for each in turns] == [[1], [], [3, 3, 3]]
    assert asked == [[1, 3], [3], [3]]


def test_only_one_of_them_runs_at_any_time():
    running, most = [], []

    def work():
        for _ in range(5):
            running.append(threading.get_ident())
            most.append(len(running))
            running.pop()
            turn().ask(None)

    take_turns([work] * 4, lambda questions: questions)
    assert max(most) == 1


def test_an_error_ends_one_and_the_others_go_on():
    def work(place):
        turn().ask(None)
        if place == 1:
            raise ValueError("one")
        return turn().ask(place)

    turns = take_turns([lambda i=i: work(i) for i in range(3)], lambda questions: questions)
    assert [each.result for each in turns] == [0, None, 2]
    assert str(turns[1].error) == "one"


def test_where_the_first_fails_before_it_asks_the_others_do_not_begin():
    begun = []

    def work(place):
        begun.append(place)
        raise ValueError("wrong from the start")

    turns = take_turns([lambda: work(0), lambda: work(1)], lambda questions: questions)
    assert begun == [0]
    assert len(turns) == 1
    assert str(turns[0].error) == "wrong from the start"


def test_what_answering_raises_is_raised_where_it_was_asked():
    def work():
        try:
            turn().ask(None)
        except ZeroDivisionError:
            return "told"

    turns = take_turns([work, work], lambda questions: 1 / 0)
    assert [each.result for each in turns] == ["told", "told"]


def test_each_is_told_by_an_exception_of_its_own():
    def work(place):
        try:
            turn().ask(None)
        except ValueError as error:
            error.add_note(f"in {place}")
            return error

    def answer(questions):
        raise ValueError("for all") from KeyError("why")

    for place, each in enumerate(take_turns([lambda i=i: work(i) for i in range(2)], answer)):
        assert str(each.result) == "for all"
        assert each.result.__notes__ == [f"in {place}"]
        assert isinstance(each.result.__cause__, KeyError)


def test_an_answer_may_be_an_error_for_one_of_them():
    def work():
        return turn().ask(None)

    turns = take_turns([work, work], lambda questions: [1, KeyError("mine")])
    assert turns[0].result == 1
    assert isinstance(turns[1].error, KeyError)


def test_each_has_random_generators_of_its_own():
    def work(seed):
        random.seed(seed)
        np.random.seed(seed)
        drawn = []
        for _ in range(3):
            drawn.append((random.random(), np.random.random()))
            turn().ask(None)
        return drawn

    random.seed(7)
    np.random.seed(7)
    outside = random.random(), np.random.random()
    random.seed(7)
    np.random.seed(7)
    turns = take_turns([lambda i=i: work(i) for i in range(2)], lambda questions: questions)
    assert (random.random(), np.random.random()) == outside
    for seed, each in enumerate(turns):
        random.seed(seed)
        np.random.seed(seed)
        assert each.result == [(random.random(), np.random.random()) for _ in range(3)]


def test_the_clock_of_each_stands_while_the_others_go_on():
    def work(place):
        began = clock()
        turn().ask(None)
        time.sleep(0.05 * (1 + place))
        turn().ask(None)
        return clock() - began

    def answer(questions):
        time.sleep(0.01)
        return questions

    seconds = [each.result for each in take_turns([lambda i=i: work(i) for i in range(3)], answer)]
    for place, each in enumerate(seconds):
        assert 0.02 + 0.05 * (1 + place) <= each < 0.1 + 0.05 * (1 + place)
    assert clock() == pytest.approx(time.perf_counter(), abs=0.01)


def test_an_error_of_the_first_alone_is_no_end_of_the_others():
    def work(place):
        if place == 0:
            raise ValueError("mine")
        return turn().ask(place)

    ended, heard = [], []
    turns = take_turns(
        [lambda i=i: work(i) for i in range(3)],
        lambda questions: questions,
        ends_all=lambda error: not isinstance(error, ValueError),
        ended=lambda one: ended.append((one.place, one.result)),
        heard=lambda one: heard.append(one.place),
    )
    assert str(turns[0].error) == "mine"
    assert ended == [(0, None), (1, 1), (2, 2)]
    assert heard == [1]


def test_the_first_that_is_not_over_is_heard(capsys):
    def work(times):
        for _ in range(times):
            turn().ask(None)
            print(f"of {times}")

    take_turns([lambda i=i: work(i) for i in (1, 2, 4)], lambda questions: questions)
    assert capsys.readouterr().out == "of 1\nof 2\nof 4\nof 4\n"


def test_the_first_alone_is_heard(capsys):
    def work(place):
        print(f"said by {place}")
        turn().ask(None)
        print(f"and again by {place}")

    take_turns([lambda i=i: work(i) for i in range(3)], lambda questions: questions)
    assert capsys.readouterr().out == "said by 0\nand again by 0\n"


def test_they_have_something_in_common():
    def work(place):
        turn().common.setdefault("first", place)
        return turn().common["first"]

    turns = take_turns([lambda i=i: work(i) for i in range(2)], lambda questions: questions)
    assert [each.result for each in turns] == [0, 0]


def test_elsewhere_nobody_takes_turns():
    assert turn() is None
