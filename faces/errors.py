"""Everything that can go wrong, as one small tree; a message says what was tried, what happened, what to do next."""


class FacesError(Exception):
    """The root of the tree: code that shows messages to a person catches this one."""


class SourceError(FacesError):
    """A camera, video, picture or address did not open, or stopped giving frames."""


class NoCameraError(SourceError):
    """No camera of that number is plugged in."""


class ModelError(FacesError):
    """The model's files are missing, damaged, of another shape, or bring something that must not run."""


class DetectorError(FacesError):
    """The face detector cannot run: its model is missing or damaged, or it failed on a picture."""


class DatasetError(FacesError):
    """Training or evaluation pictures cannot be used as they are."""


class InputError(FacesError):
    """A picture or a request is not what was asked for."""


class NotFoundError(FacesError):
    """What was asked for by its id or name is not there, or not any more."""


class BusyError(FacesError):
    """Too much at once: all places are taken, or somebody sends faster than it can be worked on."""


class EndingError(FacesError):
    """The program is being ended: nothing new begins, and whoever asks may ask again when it was started anew."""


class SettingsError(FacesError):
    """Options that do not fit together, or that would be unsafe."""


class StoreError(FacesError):
    """The database of sessions does not open, does not take what is written, or holds what cannot be read."""


class ConflictError(FacesError):
    """What was asked for does not fit what is going on, such as a second recording of one camera."""
