"""How results are called and laid out in their folder."""

TABLE, DATA, ANNOTATED, REPORT = "timeline.csv", "timeline.json", "annotated.mp4", "report.html"
MANIFEST = "manifest.json"
"""By which a later run knows what is finished."""

PICTURES_FOLDER = "pictures"
PICTURES_TABLE, PICTURES_DATA = "pictures.csv", "pictures.json"
CACHE = ".parts"
"""In the folder of the pictures: what was seen in each."""
