"""The command line of a training run."""

import argparse
from pathlib import Path

from faces.errors import SettingsError
from learn.recipe import Recipe


class Defaults(argparse.ArgumentDefaultsHelpFormatter):
    """Help that names the default of an option where there is one to name, once."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if not action.default or "(default: " in (action.help or ""):
            return action.help
        return super()._get_help_string(action)


def parse(arguments: list[str] | None = None, *, description: str | None = None) -> argparse.Namespace:
    """The options as `recipe_of` takes them; what makes no sense is told, and the program ends with status 2."""
    parser = argparse.ArgumentParser(
        prog="train.py",
        description=description,
        epilog="KERAS_BACKEND=torch (pip install torch) trains about 1.7 times faster than TensorFlow on a processor "
        "with bfloat16, and like KERAS_BACKEND=jax on a GPU. The files that come out are the same.",
        formatter_class=Defaults,
    )
    _add_data(parser.add_argument_group("the pictures, and what comes out"))
    _add_network(parser.add_argument_group("what is trained, and by whom it is taught"))
    _add_schedule(parser.add_argument_group("how it is trained"))
    return parser.parse_args(arguments)


def _add_data(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--data",
        required=True,
        type=Path,
        help="folder with train/ and validation/ (or test/), an archive, or fer2013.csv",
    )
    add("--votes", type=Path, help="ferplus_votes.csv: ten people's votes per picture, as soft targets")
    add(
        "--out",
        type=Path,
        help="folder for everything that is written (default: a new one, runs/1, runs/2 and so on; with --resume the "
        "newest of them)",
    )
    add("--look", action="store_true", help="only look at the data: counts, unreadable pictures, twins")


def _add_network(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--arch",
        choices=("compact", "classic", "small", "vgg", "half_resnet"),
        default="compact",
        help="compact: the shipped one; classic: the Stanford report's; small: a student of several teachers; vgg and "
        "half_resnet: teachers, too slow for the live page",
    )
    add(
        "--start",
        type=Path,
        help="folder whose model.json and model_weights.h5 to begin with, instead of from chance "
        "(with --resume only where no epoch was finished)",
    )
    add(
        "--heads-only",
        action="store_true",
        help="leave the trunk of --start as it is: a head for other targets in a few quick epochs, as a start for all",
    )
    add(
        "--teachers",
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders of finished networks whose answers are learned as well; DIR:labels or DIR:people for one head",
    )
    add("--teachers-share", type=float, default=0.6, help="weight of the teachers' answers in the targets, 0 to 1")
    add("--rounds", type=int, default=40, help="of varied copies that the teachers are asked about, used in turn")
    add("--cache", type=Path, help="folder for the teachers' answers (default: answers in --out)")


def _add_schedule(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--epochs",
        type=int,
        default=60,
        help="rounds through all pictures; the learning rate falls to nothing over them",
    )
    add("--batch", type=int, default=64, help="pictures per step")
    add("--rate", type=float, default=2e-3, help="highest learning rate")
    add("--votes-share", type=float, default=0.25, help="weight of people's votes against the original label, 0 to 1")
    add("--webcam-share", type=float, default=0.25, help="share of the pictures spoiled as bad webcams do, 0 to 1")
    add("--smoothing", type=float, default=0.05, help="label smoothing of the original label")
    add("--patience", type=int, default=15, help="stop after this many epochs without a better one")
    add("--seed", type=int, default=0, help="the same seed, data and machine give the same run")
    add(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="bfloat16 is faster where the processor has it",
    )
    add(
        "--resume",
        action="store_true",
        help="go on from the last checkpoint in --out: exactly where it stopped if all options are the same; "
        "--arch, --batch, --seed, --precision and --votes must be",
    )


def recipe_of(options: argparse.Namespace) -> Recipe:
    """What the options ask for; SettingsError where a value makes no sense."""
    if options.epochs < 1 or options.batch < 2 or not options.rate > 0 or not 0 <= options.votes_share <= 1:
        raise SettingsError("--epochs must be 1 or more, --batch 2 or more, --rate above 0, --votes-share from 0 to 1.")
    shares = (options.teachers_share, options.webcam_share)
    if options.rounds < 1 or not all(0 <= share <= 1 for share in shares):
        raise SettingsError("--rounds must be 1 or more, --teachers-share and --webcam-share from 0 to 1.")
    if options.heads_only and options.start is None and not options.resume:
        raise SettingsError("--heads-only leaves the trunk as it is: give the folder to take it from with --start.")
    if not 0 <= options.seed < 2**32:
        raise SettingsError("--seed must be from 0 to 4294967295.")
    return Recipe(
        arch=options.arch,
        epochs=options.epochs,
        batch=options.batch,
        rate=options.rate,
        warmup=min(4, options.epochs // 4),
        votes_share=options.votes_share if options.votes else 0.0,
        smoothing=options.smoothing,
        teachers=tuple(options.teachers),
        teachers_share=options.teachers_share,
        rounds=options.rounds,
        webcam_share=options.webcam_share,
        patience=options.patience,
        seed=options.seed,
        precision=options.precision,
        votes=options.votes is not None,
        heads_only=options.heads_only,
    )
