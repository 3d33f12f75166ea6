"""The routes about sessions, uses and the description of the API; their code is loaded with the first question."""

from web.lazy import lazy_routes

FILES = (
    "timeline.csv",
    "timeline.json",
    "timeline.parquet",
    "seconds.csv",
    "markers.csv",
    "segments.csv",
    "elan.txt",
    "captions.vtt",
)
"""What a session can be downloaded as."""

_SESSION = "/api/sessions/<session>"
_FILE = f"{_SESSION}/<any({', '.join(repr(name) for name in FILES)}):file>"

session_routes = lazy_routes(
    "sessions",
    "web.session_views",
    (
        ("GET", "/api/sessions", "list_sessions"),
        ("POST", "/api/sessions", "start_session"),
        ("POST", f"{_SESSION}/stop", "stop_session"),
        ("GET", _SESSION, "get_session"),
        ("PATCH", _SESSION, "change_session"),
        ("DELETE", _SESSION, "delete_session"),
        ("GET", _FILE, "download"),
        ("GET", f"{_SESSION}/markers", "list_markers"),
        ("POST", f"{_SESSION}/markers", "add_marker"),
        ("PATCH", f"{_SESSION}/markers/<marker>", "change_marker"),
        ("DELETE", f"{_SESSION}/markers/<marker>", "delete_marker"),
    ),
)

use_routes = lazy_routes(
    "uses",
    "web.use_views",
    (
        ("GET", f"{_SESSION}/summary", "summary"),
        ("GET", f"{_SESSION}/uses/<use>", "answer_use"),
        ("GET", "/api/uses", "list_uses"),
        ("GET", "/api/uses/<use>", "answer_live"),
        ("GET", "/api/compare", "compare"),
        ("GET", "/api/join", "join"),
    ),
)

api_routes = lazy_routes(
    "api",
    "web.api_views",
    (
        ("GET", "/api/openapi.json", "openapi"),
        ("GET", "/api/docs", "docs"),
        ("GET", "/metrics", "metrics"),
    ),
)
