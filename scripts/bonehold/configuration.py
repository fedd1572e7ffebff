"""The configuration, checked against its schema and completed with the schema's defaults."""

from __future__ import annotations

import copy
import difflib
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from bonehold.files import canonical_json
from bonehold.modelling.inputs.levels import level_text
from bonehold.modelling.inputs.where import WhereError, parse
from bonehold.modelling.variation.definitions import definition_columns
from bonehold.problems import InputError, Problem

SOURCE = "config.yaml"
GRADES = ("0", "1", "2", "3", "4")
STUDY_GRADES = (1, 2, 3, 4)
"""Goutallier's grades, and those that the study's patients had."""
RATIO_PARTS = ("hu_ratio", "st_hu", "b_hu")
"""The ratio of the cohort table and what it is made of, which is looked at wherever the ratio is."""
RESERVED_NAMES = frozenset(
    ["patients", "cohort", "manifests", "removed", "logs", "publication", "calculator", "report", "figures"]
)


def checked_configuration(given: Mapping[str, Any], schema_file: Path) -> dict[str, Any]:
    """The configuration with every default filled in.

    Args:
        given: as Snakemake merged it from config.yaml, --configfile and --config.
        schema_file: workflow/schemas/config.schema.yaml.

    Raises:
        InputError: all that is wrong, at once.
    """
    schema = yaml.safe_load(schema_file.read_text(encoding="utf-8"))
    # The round trip turns Snakemake's ordered mappings, tuples and numbers of other kinds into plain ones.
    try:
        plain = _typed(json.loads(json.dumps(given, default=str)), schema)
    except (ValueError, RecursionError):  # an alias that holds itself
        raise InputError([Problem(SOURCE, "holds itself", "write it without `&` and `*`")]) from None
    problems = [
        problem
        for error in sorted(
            Draft202012Validator(schema).iter_errors(plain), key=lambda e: [str(p) for p in e.path]
        )
        for problem in _problems(error)
    ]
    if problems:
        raise InputError(problems)
    complete: dict[str, Any] = _with_defaults(plain, schema)
    problems = [
        *_number_problems(complete),
        *_analysis_problems(complete["analyses"]),
        *_model_problems(complete["model"]),
    ]
    if complete["analysis_table"] and not Path(complete["analysis_table"]).is_file():
        problems.append(
            Problem(
                SOURCE,
                "there is no such file",
                "give the path of a CSV file",
                column="analysis_table",
                value=complete["analysis_table"],
            )
        )
    if problems:
        raise InputError(problems)
    return {**complete, "model": _with_grades(complete), "results": _one_spelling(complete["results"])}


def options(configuration: Mapping[str, Any], *keys: str, **more: Any) -> str:
    """The options of one rule as one line of JSON: just the keys it uses, so that no other change reruns it."""
    return canonical_json({**{key: configuration[key] for key in keys}, **more})


def columns_asked_for(configuration: Mapping[str, Any]) -> frozenset[str]:
    """Columns of a finished table that the configuration speaks of; no other column need be looked at."""
    model, analyses = configuration["model"], configuration["analyses"]
    named = [
        column for one in analyses if one["where"] is not None for column in parse(one["where"]).columns()
    ]
    factors = [factor["column"] for factor in model["categorical"]]
    follow_up = [configuration["survival"][key] for key in ("time", "event", "last_clean", "first_loose")]
    lists = ("correlation", "association", "collinearity")
    related = [*(one for key in lists for one in configuration[key]), *configuration["incremental"]["models"]]
    columns = [*follow_up, *(column for one in related for column in one)]
    parts = RATIO_PARTS if RATIO_PARTS[0] in columns else ()
    defined = definition_columns(configuration["sensitivity"]["factor"])
    return frozenset(
        ["included", model["outcome"], *model["continuous"], *factors, *named, *columns, *parts, *defined]
    )


def _with_grades(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """`model` with the grades that the factor `goutallier` may have, where they are not listed.

    They are those of the study, 1 to 4, the reference, and those that grades are merged into: a grade that nobody
    spoke of must not become a level of its own unnoticed. A group with levels of its own (its reference is no grade)
    is left alone.
    """
    merged = (min(group) for group in configuration["goutallier"]["collapse"])
    declared = {str(grade) for grade in (*STUDY_GRADES, *merged)}

    def with_levels(factor: Mapping[str, Any]) -> dict[str, Any]:
        reference = level_text(factor["reference"])
        if factor["column"] != "goutallier" or "levels" in factor or reference not in GRADES:
            return dict(factor)
        return {**factor, "levels": sorted(declared | {reference})}

    model = configuration["model"]
    return {**model, "categorical": [with_levels(factor) for factor in model["categorical"]]}


def _one_spelling(folder: str) -> str:
    """The same text for every way to spell a folder: Snakemake keeps what it knows of a file by its path."""
    here = Path.cwd()
    place = Path(os.path.normpath(here / folder))
    return str(place.relative_to(here)) if place.is_relative_to(here) and place != here else str(place)


def _typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """Give back their kind to numbers and nulls that arrive as text, as those inside `--config 'a={"b": 1}'` do."""
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        return {key: _typed(item, known.get(key, {})) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item, schema.get("items", {})) for item in value]
    if not isinstance(value, str):
        return value
    kind = schema.get("type", ())
    kinds = {kind} if isinstance(kind, str) else set(kind)
    if "null" in kinds and value in ("null", "~", ""):
        return None
    if kinds & {"number", "integer"} and "string" not in kinds:
        try:
            return int(value) if re.fullmatch(r"[+-]?\d+", value) else float(value)
        except ValueError:
            return value
    return value


def _number_problems(configuration: Mapping[str, Any]) -> list[Problem]:
    """What a schema cannot say of numbers: that they are finite, and in order."""
    series = configuration["series"]
    pairs = {
        "hu_ratio_range": configuration["hu_ratio_range"],
        "series.thickness_mm": series["thickness_mm"],
        **{f"series.t1.{key}": series["t1"][key] for key in ("tr_ms", "flair_ti_ms", "stir_ti_ms")},
        "outcome.horizon_window": configuration["outcome"]["horizon_window"],
    }
    problems = [
        Problem(SOURCE, "is not in order", "write the lower limit first", column=key, value=str(pair))
        for key, pair in pairs.items()
        if not pair[0] < pair[1]
    ]
    merged = [grade for group in configuration["goutallier"]["collapse"] for grade in group]
    if len(set(merged)) < len(merged):
        remedy = "name each grade in one group"
        problems.append(Problem(SOURCE, "a grade stands twice", remedy, column="goutallier.collapse"))
    problems += [
        Problem(SOURCE, "is not finite", "write a number", column=place, value=str(number))
        for place, number in _numbers(configuration)
        if not math.isfinite(number)
    ]
    return problems


def _numbers(value: Any, place: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _numbers(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _numbers(item, f"{place}.{number}")
    elif isinstance(value, float):
        yield place, value


def _with_defaults(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        absent = {
            key: copy.deepcopy(part["default"])
            for key, part in known.items()
            if key not in value and "default" in part
        }
        return {key: _with_defaults(item, known.get(key, {})) for key, item in {**value, **absent}.items()}
    if isinstance(value, list):
        return [_with_defaults(item, schema.get("items", {})) for item in value]
    return value


def _problems(error: ValidationError) -> list[Problem]:
    place = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        return [
            Problem(
                SOURCE,
                "unknown key",
                _did_you_mean(key, known),
                column=f"{place}.{key}" if place else str(key),
            )
            for key in sorted(set(error.instance) - set(known))
        ]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [Problem(SOURCE, f"{place} has no {key}", "add it", column=place) for key in missing]
    remedies: dict[str, Callable[[], str]] = {
        "enum": lambda: f"must be one of {', '.join(map(str, error.validator_value))}",
        "type": lambda: f"must be {_kinds(error.validator_value)}",
        "pattern": lambda: f"must match {error.validator_value}",
        "anyOf": lambda: "must be `auto` or a list of columns",
        "uniqueItems": lambda: "must not name anything twice",
    }
    remedy = remedies.get(str(error.validator), lambda: str(error.message))()
    value = error.instance if isinstance(error.instance, str) else canonical_json(error.instance)
    return [Problem(SOURCE, "is not valid", remedy, column=place or "the file", value=value)]


def _kinds(kinds: Any) -> str:
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def _did_you_mean(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(str(key), known, n=1)
    return f"did you mean {close[0]}?" if close else f"known keys are {', '.join(known)}"


def _analysis_problems(analyses: list[dict[str, Any]]) -> list[Problem]:
    problems = []
    names = [analysis["name"] for analysis in analyses]
    for number, analysis in enumerate(analyses):
        column = f"analyses.{number}"
        if names.index(analysis["name"]) != number:
            problems.append(
                Problem(
                    SOURCE,
                    "the name stands twice",
                    "give each analysis its own",
                    column=column,
                    value=analysis["name"],
                )
            )
        if analysis["name"] in RESERVED_NAMES:
            problems.append(
                Problem(
                    SOURCE,
                    "the name is taken by another folder of results",
                    "choose another",
                    column=column,
                    value=analysis["name"],
                )
            )
        try:
            if analysis["where"] is not None:
                parse(analysis["where"])
        except WhereError as error:
            problems.append(
                Problem(
                    SOURCE,
                    str(error),
                    "write e.g. ads == 0 and age >= 65",
                    column=f"{column}.where",
                    value=analysis["where"],
                )
            )
    return problems


def _model_problems(model: Mapping[str, Any]) -> list[Problem]:
    """Columns that are named as predictors but are no candidates, or stand in both lists.

    What steers the selection is not asked of a model that is fixed by a list.
    """
    factors = [factor["column"] for factor in model["categorical"]]
    candidates = [*model["continuous"], *factors]
    problems = [
        Problem(
            SOURCE,
            "stands in the list of candidates twice",
            "keep it in continuous or in categorical",
            column="model",
            value=name,
        )
        for name in sorted({name for name in candidates if candidates.count(name) > 1})
    ]
    fixed = isinstance(model["final"], list)
    named = {"final": model["final"]} if fixed else {"a_priori": model["a_priori"]}
    for key, columns in named.items():
        problems += [
            Problem(
                SOURCE,
                "is no candidate",
                "add it to model.continuous or model.categorical",
                column=f"model.{key}",
                value=name,
            )
            for name in columns
            if name not in candidates
        ]
    if model["outcome"] in candidates:
        problems.append(
            Problem(
                SOURCE,
                "the outcome is also a predictor",
                "remove it from the predictors",
                column="model",
                value=model["outcome"],
            )
        )
    return problems
