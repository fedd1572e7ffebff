import subprocess
import sys

import pytest
from bonehold.modelling.inputs.where import Comparison, WhereError, parse
from project import ROOT

ROW = {"ads": "0.0", "age": "70", "sex": "F", "grade": "4.0", "bmi": "", "site": "L5"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("ads == 0", True),
        ("age >= 70", True),
        ("age > 70", False),
        ("sex == 'F' and age < 65", False),
        ("sex == 'F' or age < 65 and ads == 1", True),
        ("(sex == 'F' or age < 65) and ads == 1", False),
        ('grade == "4"', True),
        ("grade != 4", False),
        ("bmi != 30", False),
        ("bmi == 30", False),
        ("site != 5", True),
        ("site < 5", False),
        ("age == 7e1", True),
        ("age > -1.5", True),
    ],
)
def test_conditions_hold_as_read(text, holds):
    assert parse(text).holds(ROW) is holds


def test_columns_are_those_compared():
    assert parse("a == 1 and (b > 2 or a < 3)").columns() == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ads = 0", "at character 5 '=' is not understood; write == for equal"),
        ("ads ==", "at character 7 the text ends; expected a number or quoted text after =="),
        ("(ads == 0", "expected and, or, or )"),
        ("ads == 0 0", "expected and, or, or the end"),
        ('sex == "F', "the quotation mark is never closed"),
        ("`T-score == 1", "the quotation mark is never closed"),
        ("or == 1", "expected a column name or ("),
        ("", "expected a column name or ("),
        ("ads == 0 or and age > 1", "stands 'and'"),
        ("__import__('os')", "expected == != < <= > or >= after __import__"),
        ("(" * 5000 + "a == 1" + ")" * 5000, "at most 50 nested parentheses"),
    ],
)
def test_bad_syntax_gives_one_line_with_the_place(text, message):
    with pytest.raises(WhereError) as error:
        parse(text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_comparison_prints_as_it_is_written():
    assert str(Comparison("sex", "==", 'a"b')) == "sex == 'a\"b'"


def test_the_parser_needs_no_pandas():
    code = "import sys; import bonehold.modelling.inputs.where; sys.exit('pandas' in sys.modules)"
    environment = {"PYTHONPATH": str(ROOT / "scripts")}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
