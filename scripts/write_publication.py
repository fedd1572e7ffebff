"""Print the tables of all analyses as a Word document and as an Excel workbook.

Writes `publication/tables.docx` (native tables in the three-line style, with repeated heads and notes) and
`publication/tables.xlsx` (one sheet per table). The tables of the first analysis are numbered as those of a paper,
all others as those of its supplement. The unrounded numbers are in the CSV files of each analysis.
"""

from pathlib import Path
from typing import Any

from bonehold.files import read_json, write_whole
from bonehold.publishing.tables.composition import composed, read_results
from bonehold.publishing.tables.numbering import chapters
from bonehold.publishing.tables.word_document import word_document
from bonehold.publishing.tables.workbook import workbook
from bonehold.script import logged

TITLE = "Pedicle screw loosening: tables"


def main(smk: Any) -> None:
    """Print the tables of all analyses."""
    dictionary = smk.input.get("dictionary")
    warnings = read_json(dictionary)["warnings"] if dictionary else {}
    results = [read_results(Path(model).parent) for model in smk.input.models]
    printed = chapters([composed(one, warnings) for one in results])
    synthetic = any(one.model["synthetic"] for one in results)
    write_whole(
        {
            smk.output.document: word_document(TITLE, printed, synthetic),
            smk.output.workbook: workbook(TITLE, printed, synthetic),
        }
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(snakemake)
