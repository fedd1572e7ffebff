import json

import pytest
from bonehold.files import json_bytes
from bonehold.modelling.inputs.analysis_table import read_analysis_table
from bonehold.modelling.inputs.dictionary import Dictionary
from bonehold.modelling.regression.model import NotFitted, linear_predictor, model_content, read_model, risk
from bonehold.problems import InputError
from modelling_examples import data_of, develop_on, small_cohort, small_specification, write_table


@pytest.fixture
def table(tmp_path):
    return read_analysis_table(write_table(tmp_path / "cohort.csv", small_cohort()))


@pytest.fixture
def model(table):
    return develop_on(small_specification(), table, Dictionary()).model


def test_what_is_stored_is_what_is_read(tmp_path, model):
    path = tmp_path / "model.json"
    path.write_bytes(json_bytes(model_content(model)))
    assert read_model(str(path)) == model
    assert json.loads(path.read_text())["status"] == "fitted"


def test_a_model_that_is_none_keeps_its_reasons(tmp_path):
    path = tmp_path / "model.json"
    none = NotFitted("primary", True, ("selects nobody",))
    path.write_bytes(json_bytes(model_content(none)))
    assert read_model(str(path)) == none


def test_another_schema_is_refused(tmp_path):
    path = tmp_path / "model.json"
    path.write_text('{"schema": "model/9"}')
    with pytest.raises(ValueError, match="model/9"):
        read_model(str(path))


def test_numbers_and_text_predict_alike(model):
    as_text = risk(model, {"age": ["71", "60"], "grade": ["3", "1"]})
    as_numbers = risk(model, {"age": [71.0, 60], "grade": [3.0, 1], "other": ["x", "y"]})
    assert (as_text == as_numbers).all()
    by_hand = model.intercept + 71 * model.coefficient("age") + model.coefficient("grade=3")
    assert linear_predictor(model, {"age": [71], "grade": [3]})[0] == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("patient", "message"),
    [
        ({"grade": ["1"]}, "predictors, age: the model needs this predictor; give a value"),
        (
            {"age": ["70"], "grade": ["5"]},
            "predictors, grade = '5': the model cannot use this value; expected one of 1, 2, 3",
        ),
        (
            {"age": [""], "grade": ["1"]},
            "age = '(empty)': the model cannot use this value; expected a number",
        ),
    ],
)
def test_values_that_the_model_has_not_seen_are_refused_by_name(model, patient, message):
    with pytest.raises(InputError) as error:
        risk(model, patient)
    assert message in str(error.value)


def test_the_cutoff_counts_are_those_of_the_patients(model, table):
    data = data_of(model, table)
    positive = risk(model, data.sets[0].cells) >= model.cutoff.cutoff
    assert (positive[data.y == 1].sum(), (~positive[data.y == 0]).sum()) == (model.cutoff.tp, model.cutoff.tn)


def test_another_table_than_the_models_is_refused(tmp_path, model):
    other = read_analysis_table(write_table(tmp_path / "other.csv", small_cohort(seed=7)))
    with pytest.raises(InputError, match=r"other\.csv: holds 160 patients and \d+ events"):
        data_of(model, other)
