import sys

import numpy as np
import pytest

from triceras.data.tables import read
from triceras.errors import UserError

pytestmark = pytest.mark.once

CSV = "age,bmi,city,sick\n30,21.5,Rome,True\n40,22.5,NA,False\n50,23.25,Rome,True\n"


@pytest.fixture
def table(tmp_path):
    def write(text=CSV, columns=None, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path, columns, "here")

    return write


def test_each_column_is_a_part(table):
    found, content = table()
    assert content == CSV.encode()
    assert list(found) == ["age", "bmi", "city", "sick"]
    assert found["age"].tolist() == [30, 40, 50]
    assert found["bmi"].tolist() == [21.5, 22.5, 23.25]
    assert found["city"].tolist() == ["Rome", "NA", "Rome"]
    assert found["sick"].tolist() == [1, 0, 1]
    assert [array.dtype.kind for array in found.values()] == list("ifUi")


def test_columns_that_are_put_together(table):
    found, _ = table(columns={"features": ["bmi", "age"], "label": "sick"})
    assert list(found) == ["features", "label"]
    np.testing.assert_array_equal(found["features"], [[21.5, 30], [22.5, 40], [23.25, 50]])


def test_a_table_with_tabs(table):
    found, _ = table(CSV.replace(",", "\t"), name="table.tsv")
    assert found["age"].tolist() == [30, 40, 50]


def test_a_parquet_table(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    path = tmp_path / "table.parquet"
    pandas.DataFrame({"age": [1, 2], "city": ["a", "b"]}).to_parquet(path)
    found, content = read(path, None, "here")
    assert content == path.read_bytes()
    assert found["age"].tolist() == [1, 2]
    assert found["city"].tolist() == ["a", "b"]
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(UserError, match="here cannot be read as a table"):
        read(path, None, "here")


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (CSV.replace("40,", ","), None, "the column 'age' has 1 empty cells of 3: fill them"),
        (CSV.replace("NA", ""), None, "the column 'city' has 1 empty cells of 3"),
        (CSV, {"x": ["age", "weight"]}, "no column 'weight', but age, bmi, city, sick"),
        (
            CSV.replace("40,", "NA,"),
            None,
            r"'age' holds numbers, and 1 cells of 3 .*\('NA'\): fill",
        ),
        (CSV.replace("40,", "nan,"), None, r"'age' holds numbers, and 1 cells of 3 .*\('nan'\)"),
        (CSV.replace("40,", "1_000,"), None, r"and 1 cells of 3 that are none \('1_000'\)"),
        ('x\n"1,5"\n"2,25"\n3\n', None, r"2 cells of 3 that are none \('1,5', '2,25'\): .* comma"),
        (CSV, {"x": ["age", "city"]}, "data.parts.x puts columns of texts beside"),
        (CSV, "age", "data.parts=age is no group of parts: use data.parts={features"),
        (CSV, {"x": 3}, "data.parts.x=3 is no column, and no list of columns"),
        (CSV, {"x": []}, "data.parts.x is an empty list"),
        ("a,b\n1,2\n1,2,3,4\n", None, r"cannot be read as a table \(.*\): mend it, or save it"),
        (b"\xff\xfe\x00", None, "here is no UTF-8 .*: save it as UTF-8"),
        ("Gr\u00f6\u00dfe\n1\n".encode("latin-1"), None, "here is no UTF-8 .*: save it as UTF-8"),
        (CSV.replace(",", ";"), None, "here has one column, 'age;.*separated by ';': save it with"),
        (
            "age;price\n1,5;2,5\n",
            None,
            "here has one column, 'age;price', .* separated by ';': save",
        ),
        (CSV.replace(",", "\t"), None, "are separated by .*: save it with commas as .csv, or with"),
        ("", None, "here is empty"),
    ],
)
def test_what_is_no_table(table, text, columns, message):
    with pytest.raises(UserError, match=message) as told:
        table(text, columns)
    assert "\n" not in str(told.value)


def test_without_pandas(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UserError, match="here is read with pandas: pip install pandas"):
        table()


def test_without_pyarrow(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match="here is read with pyarrow: pip install pyarrow"):
        table(name="table.parquet")


def test_a_number_is_the_one_that_is_written(table):
    texts = [repr(x) for x in np.random.default_rng(0).normal(size=500).tolist()]
    found, _ = table("x\n" + "\n".join(texts) + "\n")
    assert found["x"].tolist() == [float(text) for text in texts]


def test_texts_may_hold_a_number(table):
    found, _ = table("room\n12\n12a\nhall\n")
    assert found["room"].tolist() == ["12", "12a", "hall"]


def test_a_long_column_is_of_one_kind(table):
    # For itself, pandas takes so many rows of so many columns apart, and finds numbers in a part.
    header = ",".join(["room", *map(str, range(255))])
    lines = [f"{room}{',0' * 255}" for room in ["hall"] * 2048 + ["12"] * 1000]
    found, _ = table("\n".join([header, *lines, ""]), {"room": "room"})
    assert found["room"].dtype.kind == "U"
    assert found["room"][-1] == "12"


def test_a_comma_at_the_end_of_each_row_shifts_no_column(table):
    found, _ = table("age,label\n0,2,\n1,4,\n")
    assert found["age"].tolist() == [0, 1]
    assert found["label"].tolist() == [2, 4]


def test_rows_with_a_cell_more_than_there_are_names_are_refused(table):
    with pytest.raises(UserError, match="has 3 cells in its first row, and 2 names"):
        table("age,label\n0,2,5\n1,4,6\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,label\n1,2,0,\n1,5,2,0\n", r"has 4 cells in row 3, and 3 names above them"),
        ("a,a,label\n1,2,0\n", r"has the column 'a' twice: rename one"),
        ("a\n1\n\n2\n", r"empty cell"),
    ],
)
def test_what_pandas_would_leave_out_is_refused(tmp_path, text, message):
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        read(path, None, "own.csv")


def test_lines_at_the_end_are_no_rows(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("a\n1\n2\n\n\n")
    assert read(path, None, "own.csv")[0]["a"].tolist() == [1, 2]


def test_a_quotation_mark_that_joins_rows_is_refused(table):
    rows = 'text\tlabel\n"Rome" said\t0\n"Paris\t1\nLondon"\t2\n'
    with pytest.raises(UserError, match="the column 'text' of row 3 has several lines in it"):
        table(rows, name="table.tsv")
    quoted = 'text\tlabel\n"two\nlines"\t0\n'
    assert table(quoted, name="table.tsv")[0]["text"].tolist() == ["two\nlines"]


def test_codes_that_would_be_one_number_are_refused(table):
    with pytest.raises(UserError, match="the column 'code' has '01' and '1', which are one number"):
        table("code,size\n01,1\n02,1\n1,1\n")
    found, _ = table("code,size,day\n01,0.5,01.02.2020\n02,00.5,1.2.2020\n")
    assert found["code"].tolist() == [1, 2]
    assert found["size"].tolist() == [0.5, 0.5]


def test_zeros_that_were_rounded_are_one_number(table):
    found, _ = table("code,size\n-0,01\n0,02\n3,03\n")
    assert found["code"].tolist() == [0, 0, 3]
