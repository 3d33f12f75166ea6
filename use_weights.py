"""Put the weights of a training run to use, or take that back.

    python use_weights.py runs/1 --data fer2013 --votes ferplus_votes.csv
    python use_weights.py --undo

Measures them and those in use on the same validation pictures, says what it replaces, and refuses what is worse. The
programs use the new weights at their next start.
"""

import argparse
import shutil
import sys
from pathlib import Path

from evaluate import evaluate
from faces.errors import FacesError, SettingsError
from faces.files import whole_file
from faces.places import MODEL_JSON, MODEL_WEIGHTS, PROGRAM
from learn.compiled import compiled_form
from learn.reading import load_dataset

FILES = ("model.json", "model_weights.h5", "model.tflite", "model.sha256")
BEFORE = PROGRAM / "weights_before"
"""The weights that were replaced last."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("folder", nargs="?", type=Path, help="with the model.json and model_weights.h5 to use")
    add("--data", type=Path, help="to measure both on: folder, archive or fer2013.csv, as for train.py")
    add("--votes", type=Path, help="ferplus_votes.csv")
    add("--anyway", action="store_true", help="also where they are worse, or without --data")
    add("--undo", action="store_true", help="use the weights from before again")
    options = parser.parse_args(arguments)
    if options.undo == (options.folder is not None):
        parser.error("give either a folder or --undo")
    return options


def refuse_worse(folder: Path, data: Path, votes: Path | None, *, anyway: bool) -> None:
    """Print both sets of figures. Raises SettingsError where those of `folder` are worse, if not `anyway`.

    What counts is the mean of the joined answer's agreement with the labels and with people's majority."""
    loaded = load_dataset(data, votes)
    split = loaded.measured_on()
    worth = []
    for name, place in (("in use", PROGRAM), (str(folder), folder)):
        row = evaluate(loaded, split, place, None)["answers"]["joined"]
        shares = [share for share in (row["accuracy"], row["majority_accuracy"]) if share is not None]
        worth.append(sum(shares) / len(shares))
        said = [f"{shares[0]:.1%} of the labels"] + [f"{share:.1%} of people's majorities" for share in shares[1:]]
        print(f"{name}: agrees with {' and '.join(said)}")
    if worth[1] < worth[0] and not anyway:
        raise SettingsError(
            f"The weights in {folder} are worse on the same pictures ({worth[1]:.1%}, in use {worth[0]:.1%}): "
            "nothing was changed. Give --anyway to use them all the same."
        )


def use(folder: Path) -> None:
    """Copy what is in use to BEFORE, then the files of `folder` over it. Raises ModelError where they cannot be run."""
    compiled_form(folder / MODEL_JSON.name, folder / MODEL_WEIGHTS.name)
    BEFORE.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copy2(PROGRAM / name, BEFORE / name)
    _copy_over(folder)
    print(f"{folder} is in use from the next start on. What it replaces is kept in {BEFORE}: --undo brings it back.")


def undo() -> None:
    """Exchange what is in use and what was before. Raises SettingsError where nothing was replaced."""
    if not all((BEFORE / name).exists() for name in FILES):
        raise SettingsError("No weights were replaced, so there is nothing to undo.")
    replaced = {name: (PROGRAM / name).read_bytes() for name in FILES}
    _copy_over(BEFORE)
    for name, content in replaced.items():
        (BEFORE / name).write_bytes(content)
    print("The weights from before are in use again from the next start on. --undo once more takes that back.")


def _copy_over(folder: Path) -> None:
    """The checksums come last: until then the programs would compile anew and use no wrong form."""
    for name in FILES:
        with whole_file(PROGRAM / name) as part:
            shutil.copyfile(folder / name, part)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        if options.undo:
            undo()
            return 0
        if options.data is not None:
            refuse_worse(options.folder, options.data, options.votes, anyway=options.anyway)
        elif not options.anyway:
            raise SettingsError("Give --data (and --votes) to compare them with those in use, or --anyway.")
        use(options.folder)
    except FacesError as error:
        print(f"use_weights.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
