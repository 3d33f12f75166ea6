"""How results are named and laid out in their folder."""

TABLE, DATA, ANNOTATED, REPORT = "timeline.csv", "timeline.json", "annotated.mp4", "report.html"
MANIFEST = "manifest.json"
"""It tells a later run what is finished."""

PICTURES_FOLDER = "pictures"
PICTURES_TABLE, PICTURES_DATA = "pictures.csv", "pictures.json"
CACHE = ".parts"
"""In the pictures' folder: what was seen in each one."""
