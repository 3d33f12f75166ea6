"""The routes about rules, incidents, webhooks, mood and tension; their code is loaded with the first question."""

from web.lazy import lazy_routes

watch_routes = lazy_routes(
    "watch",
    "web.watch_views",
    (
        ("GET", "/api/rules", "list_rules"),
        ("POST", "/api/rules", "add_rule"),
        ("GET", "/api/rules.toml", "export_rules"),
        ("PATCH", "/api/rules/<rule>", "change_rule"),
        ("DELETE", "/api/rules/<rule>", "delete_rule"),
        ("POST", "/api/rules/<rule>/test", "test_rule"),
        ("POST", "/api/rules/<rule>/dry-run", "dry_run"),
        ("GET", "/api/incidents", "list_incidents"),
        ("GET", "/api/webhooks", "list_webhooks"),
        ("POST", "/api/webhooks", "add_webhook"),
        ("DELETE", "/api/webhooks/<webhook>", "delete_webhook"),
        ("POST", "/api/webhooks/<webhook>/test", "test_webhook"),
        ("GET", "/api/deliveries", "list_deliveries"),
    ),
)

mood_routes = lazy_routes(
    "mood",
    "web.mood_views",
    (
        ("GET", "/api/mood", "mood"),
        ("GET", "/api/mood.csv", "mood_table"),
        ("GET", "/mood", "mood_report"),
        ("POST", "/api/notes", "add_note"),
    ),
)

tension_routes = lazy_routes(
    "tension",
    "web.tension_views",
    (
        ("GET", "/api/self-reports", "list_self_reports"),
        ("POST", "/api/self-reports", "add_self_report"),
        ("GET", "/api/reminder", "get_reminder"),
        ("PUT", "/api/reminder", "set_reminder"),
    ),
)
