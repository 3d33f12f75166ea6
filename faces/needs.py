"""Say in one sentence what to install for something that the light list leaves out."""

from importlib.util import find_spec

from faces.errors import SettingsError


def need(*modules: str, purpose: str, requirements: str) -> None:
    """Raise SettingsError, before any work, where one of the modules is not installed; none of them is imported.

    `purpose` opens the sentence ("Training"); `requirements` is the file that lists what it needs.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise SettingsError(
            f"{purpose} needs {' and '.join(missing)}, which this installation lacks. "
            f"Run `pip install -r {requirements}`."
        )
