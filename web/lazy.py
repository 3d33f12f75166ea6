"""Routes whose code is loaded when somebody first asks for them, so that the page is served at once.

The pattern is Flask's own ("Lazily Loading Views").
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from importlib import import_module
from typing import Any

from flask import Blueprint

Route = tuple[str, str, str]
"""Method, rule, and the name of the view in the module."""


class LazyView:
    """A view known by its module and name."""

    def __init__(self, module: str, name: str) -> None:
        self.__name__, self.__module__ = name, module

    @cached_property
    def view(self) -> Callable[..., Any]:
        """The function itself."""
        view: Callable[..., Any] = getattr(import_module(self.__module__), self.__name__)
        return view

    def __call__(self, **arguments: Any) -> Any:
        return self.view(**arguments)


def lazy_routes(name: str, module: str, routes: Iterable[Route]) -> Blueprint:
    """A blueprint of routes whose views are in that module."""
    blueprint = Blueprint(name, __name__)
    for method, rule, view in routes:
        blueprint.add_url_rule(rule, f"{view}", LazyView(module, view), methods=[method])
    return blueprint
