"""What the rules share. Functions only; what is worth testing stands in the library."""

from bonehold.cohort.cohort_file import read_cohort_file
from bonehold.cohort.patients import patient_folders
from bonehold.configuration import checked_configuration, columns_asked_for, options
from bonehold.fingerprint import fingerprint
from bonehold.problems import InputError
from bonehold.publishing.closing import closing_lines
from bonehold.publishing.tables.composition import PRINTED
from bonehold.script import parsing
from bonehold.tracking import (
    imaged,
    run_in_progress,
    track_analysis_table,
    track_cohort,
)


def in_repository(path):
    return Path(workflow.basedir, path)


def checked_config():
    with parsing():
        checked = checked_configuration(
            config, in_repository("workflow/schemas/config.schema.yaml")
        )
    return checked


def cohort_patients():
    """Everyone in the cohort; nobody while there is no cohort folder, so that the workflow can be linted."""
    if config["analysis_table"]:
        return ()
    with parsing():
        return patient_folders(Path(config["cohort"]))


def synthetic_cohort():
    """Whether the patients are made up; a cohort.yaml that cannot be read is reported when the cohort is built."""
    if config["analysis_table"]:
        return False
    with parsing():
        try:
            return read_cohort_file(Path(config["cohort"])).synthetic
        except (InputError, OSError):
            return False


def bring_manifests_up_to_date():
    with parsing():
        if config["analysis_table"]:
            track_analysis_table(
                Path(config["analysis_table"]),
                columns_asked_for(config),
                Path(MANIFESTS),
            )
        else:
            track_cohort(Path(config["cohort"]), PATIENTS, Path(MANIFESTS))


def manifest_of_tables(name):
    """Input function: the state of the cohort's tables, or one line if there is no cohort."""

    def find(wildcards):
        if not Path(config["cohort"], "patients.csv").is_file():
            sys.exit(
                f"{config['cohort']}: no cohort folder with patients.csv; run `make sample` or set `cohort` in config.yaml"
            )
        return f"{MANIFESTS}/{name}.json"

    return find


def code(script, *data):
    """Hash of the code that a job runs, with all it imports from the library and the schemas it reads."""
    return fingerprint(in_repository(f"scripts/{script}.py"), *map(in_repository, data))


def web(*names):
    """Styles and scripts of a page, which are part of the code that writes it."""
    shared = ("common.css", "rating.js")
    return [f"scripts/bonehold/publishing/web/{name}" for name in (*shared, *names)]


def schemas(*tables):
    return [f"workflow/schemas/{table}.schema.yaml" for table in tables]


def recorded_options():
    """All that was configured, but for the places of files, as one line of JSON."""
    places = ("cohort", "results", "analysis_table", "synthetic")
    return options(config, *[key for key in config if key not in places])


def analysis_options(*keys):
    """Params function: the options of an analysis, as one line of JSON."""
    return lambda wildcards: options(
        config, *keys, analysis=ANALYSES[wildcards.analysis]
    )


def analysis_input(wildcards):
    """Input function: the table of patients and, where it comes from a cohort, its dictionary."""
    if config["analysis_table"]:
        return {"table": f"{MANIFESTS}/analysis_table.csv"}
    return {
        "table": f"{RESULTS}/cohort/cohort.csv",
        "dictionary": f"{RESULTS}/cohort/cohort.json",
    }


def survival_input(wildcards):
    """Input function: the patients with any follow-up; of a finished table, the table itself."""
    if config["analysis_table"]:
        return {"table": f"{MANIFESTS}/analysis_table.csv"}
    return {"table": f"{RESULTS}/cohort/time_to_loosening.csv"}


def definitions_input(wildcards):
    """Input function: the patients under other definitions; a finished table serves as that itself."""
    if config["analysis_table"]:
        return {}
    return {"variants": f"{RESULTS}/cohort/variants.csv"}


def dictionary_input():
    """What the columns of a cohort mean; nothing is known of those of a finished table."""
    return (
        {}
        if config["analysis_table"]
        else {"dictionary": f"{RESULTS}/cohort/cohort.json"}
    )


def status_input():
    """What the status of patients is read from; nothing when a finished table is analysed."""
    if config["analysis_table"]:
        return {}
    return {
        "statuses": f"{RESULTS}/cohort/measured.json",
        "exclusions": f"{RESULTS}/cohort/exclusions.csv",
        "cohort": f"{RESULTS}/cohort/cohort.csv",
        "ratings": f"{RESULTS}/cohort/ratings.csv",
        "measurements": f"{RESULTS}/cohort/measurements.csv",
        "readers": f"{RESULTS}/cohort/readers.csv",
    }


def run_input():
    """What the record of a run counts; nothing of a cohort when a finished table is analysed."""
    if config["analysis_table"]:
        return {"table": f"{MANIFESTS}/analysis_table.csv"}
    return {
        "dictionary": f"{RESULTS}/cohort/cohort.json",
        "flow": f"{RESULTS}/cohort/flow.csv",
    }
