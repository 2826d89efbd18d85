"""The frame of every page: one file that holds all that it shows, and works without any network.

A page's words stand in ``templates``, one file for each section; its style, its program and its words are put together
here. Whatever comes from outside (names, labels, questions, what models said) is escaped: by Jinja2 in the text, and by
``as_script`` in the data that the page's program reads.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from types import ModuleType
from typing import Any

from earwitness.errors import import_extra
from earwitness.report.pieces import PALETTES

__all__ = ["as_script", "rendered"]


def rendered(
    template: str,
    words: Mapping[str, Any],
    *,
    sections: Sequence[tuple[str, str]],
    scripts: Sequence[str],
    data: Mapping[str, Mapping[str, Any]],
    filters: Sequence[Callable[..., str]] = (),
    prefix: str = "",
) -> str:
    """Return a page.

    Parameters
    ----------
    template
        The template that extends ``frame.html``.
    words
        What the templates say.
    sections
        The name of each section and its title.
    scripts
        The page's programs, which run one after the other.
    data
        What they read, by the element's id.
    filters
        How templates show numbers, by the functions' names.
    prefix
        What the name of a section's template begins with, before the section's own.

    Raises
    ------
    MissingExtra
        When a package of the extra ``report`` is not installed.
    """
    jinja2 = import_extra("jinja2", extra="report", feature="The report")
    vega = _bundle(import_extra("vl_convert", extra="report", feature="The report"))
    folder = resources.files("earwitness.report") / "templates"
    sources = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.DictLoader(sources),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for shows in filters:
        environment.filters[shows.__name__] = shows
    environment.filters["whole"] = lambda number: f"{number:,}"
    environment.globals["m"] = environment.get_template("macros.html").module
    safe = environment.filters["safe"]
    page: str = environment.get_template(template).render(
        **words,
        sections=sections,
        prefix=prefix,
        palettes=PALETTES,
        style=safe(sources["page.css"]),
        scripts=[safe(sources[name]) for name in scripts],
        # Only this would end the script element.
        vega=safe(vega.replace("</script", "<\\/script")),
        data={name: safe(as_script(value)) for name, value in data.items()},
    )
    return page


@functools.cache
def _bundle(vl_convert: ModuleType) -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, which takes a second to put together."""
    bundle: str = vl_convert.javascript_bundle()
    return bundle


def as_script(value: Mapping[str, Any]) -> str:
    """Return JSON that can stand in a script element: no text in it can end the element or open a comment."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
