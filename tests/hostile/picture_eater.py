"""Reads pictures from a folder as /api/analyze would, in a process that may not have much memory; prints how it went.

python picture_eater.py FOLDER: one line of JSON for each file, {"name", "said", "megabytes", "seconds"}.
"""

import json
import resource
import sys
import time
from pathlib import Path

from analysis.stills import PictureReader
from faces.errors import InputError
from model import FacialExpressionModel

ADDRESS_SPACE = 3 * 1024**3
"""Far more than is to be taken, and far less than would hurt the machine."""


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main(folder: Path) -> None:
    reader = PictureReader(FacialExpressionModel())
    reader.answer((folder / "idle.png").read_bytes())
    idle = peak_megabytes()
    for file in sorted(folder.iterdir()):
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
        began = time.monotonic()
        try:
            said = f"{reader.answer(file.read_bytes(), file.name).width} wide"
        except InputError as error:
            said = str(error)
        used = peak_megabytes() - idle
        print(json.dumps({"name": file.name, "said": said, "megabytes": used, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    main(Path(sys.argv[1]))
