import pytest
from bonehold.modelling.inputs.analysis_table import patients_of, read_analysis_table
from bonehold.problems import InputError


def test_semicolon_and_decimal_comma(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_bytes("\ufeffage;site;note\n63,5;L5;a, b\n\n70;;NA\n".encode())
    table = read_analysis_table(path)
    assert table.columns == ("age", "site", "note")
    assert table.column("age") == ("63.5", "70")
    assert table.column("site") == ("L5", "")
    assert table.column("note") == ("a, b", "")
    assert list(table.cells.index) == [2, 4]  # as a spreadsheet counts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a table"),
        (b"age,sex\n63,m\xe4nnlich\n", "ours.csv: is not UTF-8; save it as CSV UTF-8"),
        (b"age,sex\n63,F,1\n", "ours.csv: is not a table"),
        (b"age\tsex\n63\tF\n", "ours.csv: is separated by tabs; save it with commas"),
        (b"age,age\n1,2\n", "ours.csv, row 1, age: the column stands twice; keep one"),
    ],
)
def test_an_unusable_file_is_one_line(tmp_path, content, message):
    path = tmp_path / "ours.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_analysis_table(path)
    assert message in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_analysis_table(tmp_path / "none.csv")


def test_condition_and_inclusion_select_rows(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("id,ads,included\na,0,1\nb,1,1\nc,0,0\nd,,1\n")
    table = read_analysis_table(path)
    assert patients_of(table, "ads == 0").column("id") == ("a",)
    assert patients_of(table, None).column("id") == ("a", "b", "d")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("ads == 7", "where 'ads == 7': selects nobody"),
        ("adss == 0", "ours.csv has no column 'adss'"),
        ("ads = 0", "write == for equal"),
    ],
)
def test_a_condition_that_cannot_serve_is_one_line(tmp_path, where, message):
    path = tmp_path / "ours.csv"
    path.write_text("id,ads\na,0\n")
    with pytest.raises(InputError) as error:
        patients_of(read_analysis_table(path), where)
    assert message in str(error.value)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(
    ("rows", "where", "message"),
    [
        (
            "a,0,yes\nb,1,no\n",
            None,
            "ours.csv, row 2, included = 'yes': neither 0 nor 1 (the first of 2 such cells); 1 = included, 0 = not",
        ),
        (
            "a,0,1\nb,1,\n",
            None,
            "ours.csv, row 3, included: neither 0 nor 1 (1 such cell); 1 = included, 0 = not",
        ),
    ],
)
def test_cells_that_leave_the_choice_of_patients_open(tmp_path, rows, where, message):
    path = tmp_path / "ours.csv"
    path.write_text("id,ads,included\n" + rows)
    with pytest.raises(InputError) as error:
        patients_of(read_analysis_table(path), where)
    assert str(error.value) == message


def test_a_condition_may_name_any_column(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_text("id,T-score (hip)\na,-2.7\nb,-1.0\n")
    assert patients_of(read_analysis_table(path), "`T-score (hip)` < -2.5").column("id") == ("a",)


@pytest.mark.parametrize("word", ["", "NA", "n/a", "NULL", "nan"])
def test_what_other_programs_write_for_a_missing_value_is_one(tmp_path, word):
    path = tmp_path / "ours.csv"
    path.write_text(f"id,ads\na,0\nb,{word}\n")
    table = read_analysis_table(path)
    assert table.column("ads") == ("0", "")
    assert patients_of(table, "ads != 1").column("id") == ("a",)
