import pytest


def test_rows_that_are_not_as_many_on_each_device_lie_whole_on_all(backend):
    if backend != "jax":
        pytest.skip("the engine of another backend")
    from triceras.engines.jax_devices import RowsApart

    distribution = RowsApart(devices=["cpu:0", "cpu:1"])
    assert distribution.get_data_layout((6, 3)).axes == ("batch", None)
    assert distribution.get_data_layout((5, 3)).axes == (None, None)
