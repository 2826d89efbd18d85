"""Reads a page as strictly as no browser does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input", "br", "hr"}


class Element:
    """One element of a page."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element] = []
        self.words: list[str] = []

    def all(self, *tags: str) -> Iterator[Element]:
        for child in self.children:
            if not tags or child.tag in tags:
                yield child
            yield from child.all(*tags)

    @property
    def text(self) -> str:
        return " ".join([*self.words, *(child.text for child in self.children)])


class Tree(HTMLParser):
    """Reads a page strictly: every element that is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = self.here = Element("", {}, None)
        self.feed(text)
        self.close()
        assert self.here is self.root, f"<{self.here.tag}> is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.words.append(data)

    def by_id(self, name: str) -> Element:
        (found,) = [each for each in self.root.all() if each.attributes.get("id") == name]
        return found


def data_of(tree: Tree) -> dict[str, object]:
    value: dict[str, object] = json.loads(tree.by_id("page-data").text)
    return value
