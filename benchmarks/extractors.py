"""What each extractor takes a text for, over every choice of every item of MMAR, in many forms that models answer in.

Each form is rendered for the gold answer and for every other choice. A text is *credited* when it is taken for the
choice that it was rendered from, *mistaken* when it is taken for another, and UNPARSED else. Texts that hold no answer
must be taken for nothing. ``python benchmarks/extractors.py --items ../shared/data/mmar`` prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from earwitness.mmar.answers import EXTRACTORS, extract
from earwitness.mmar.items import Item, Items, read_items
from response_forms import ANSWERS, STUDY, UNANSWERED

Form = Callable[[Item, int], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", default="../shared/data/mmar")
    parser.add_argument("--missed", default="", help="print what robust does not credit of this form, and no table")
    options = parser.parse_args()
    items = read_items(options.items)
    if options.missed:
        print(missed(items, options.missed))
        return
    print(table("The study's forms", items.rows, STUDY), "\n")
    print(table("Further forms, every fourth item", items.rows[::4], ANSWERS), "\n")
    print(unanswered(items, UNANSWERED), "\n")
    folder = Path(options.items) / "predictions"
    if folder.is_dir():
        print(recorded(items, folder), "\n")
    print(agreement(items.rows[::4], {**STUDY, **ANSWERS}), "\n")
    print(seconds(items.rows[::4], {**STUDY, **ANSWERS}))


def shares(items: Iterable[Item], form: Form, name: str) -> tuple[float, float, float]:
    """Return % credited of golds, % credited of all choices, % of all taken for another choice than was rendered."""
    golds = every = credited = gold_credited = mistaken = 0
    for item in items:
        for place, choice in enumerate(item.choices):
            if not choice.strip():
                continue
            found = extract(name, form(item, place), item.choices)
            right = found == (place,) or (name == "official" and place in found)
            every += 1
            credited += right
            mistaken += any(other != place for other in found)
            if place == item.gold:
                golds += 1
                gold_credited += right
    return 100 * gold_credited / golds, 100 * credited / every, 100 * mistaken / every


def table(title: str, items: Sequence[Item], forms: Mapping[str, Form]) -> str:
    """Return the shares of each form by each extractor as a Markdown table."""
    rows = [f"**{title}**: % of golds credited / % of all choices credited / % taken for another choice", ""]
    rows += ["| form | " + " | ".join(EXTRACTORS) + " |", "|---|" + "---|" * len(EXTRACTORS)]
    for label, form in forms.items():
        cells = ["{:.1f} / {:.1f} / {:.1f}".format(*shares(items, form, name)) for name in EXTRACTORS]
        rows.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def unanswered(items: Items, texts: Mapping[str, Callable[[Item], str]]) -> str:
    """Return how many texts without an answer are taken for one."""
    rows = ["**No answer**: % of 1,000 items where the text is taken for a choice", ""]
    rows += ["| text | " + " | ".join(EXTRACTORS) + " |", "|---|" + "---|" * len(EXTRACTORS)]
    for label, form in texts.items():
        cells = []
        for name in EXTRACTORS:
            taken = sum(bool(extract(name, form(item), item.choices)) for item in items)
            cells.append(f"{100 * taken / len(items):.1f}")
        rows.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def recorded(items: Items, folder: Path) -> str:
    """Return how the recorded predictions come out: verdicts as recorded, and choices as intended."""
    rows = ["**Recorded predictions**: % of verdicts of `official` as recorded, % resolved to the intended choice", ""]
    rows += ["| file | official as recorded | official-fixed | letter | robust |", "|---|---|---|---|---|"]
    for path in sorted(folder.glob("*.jsonl")):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        same, meant = 0, dict.fromkeys(EXTRACTORS, 0)
        for line in lines:
            item, text = items.by_id[line["id"]], line["answer_prediction"]
            same += (item.gold in extract("official", text, item.choices)) == bool(line["official_match"])
            for name in EXTRACTORS:
                meant[name] += [item.choices[place] for place in extract(name, text, item.choices)] == [
                    line["intended"]
                ]
        cells = [f"{100 * count / len(lines):.1f}" for count in (same, *list(meant.values())[1:])]
        rows.append(f"| {path.stem} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def agreement(items: Sequence[Item], forms: Mapping[str, Form]) -> str:
    """Return in how many of the texts two extractors agree, over every form rendered for the gold answers."""
    names = list(EXTRACTORS)
    found = {
        name: [extract(name, form(item, item.gold), item.choices) for form in forms.values() for item in items]
        for name in names
    }
    rows = ["**Agreement** over all forms of the gold answers of every fourth item, %", ""]
    rows += ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for first in names:
        cells = [
            f"{100 * sum(a == b for a, b in zip(found[first], found[second], strict=True)) / len(found[first]):.1f}"
            for second in names
        ]
        rows.append(f"| {first} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def seconds(items: Sequence[Item], forms: Mapping[str, Form]) -> str:
    """Return how long a thousand answers take, mean over the forms and the slowest form, and a text of 1 MB."""
    rows = [
        "**Seconds** of a processor per 1,000 answers, mean of the forms and the slowest; and for one text of 1 MB",
        "",
    ]
    rows += ["| extractor | mean | slowest | 1 MB |", "|---|---|---|---|"]
    long = "The speaker is near, so it may be A or B, and then again it may not be. " * 14_000 + "\nANSWER: B"
    for name in EXTRACTORS:
        spent = []
        for form in forms.values():
            texts = [(form(item, item.gold), item.choices) for item in items]
            start = time.process_time()
            for text, choices in texts:
                extract(name, text, choices)
            spent.append(1000 * (time.process_time() - start) / len(texts))
        start = time.process_time()
        extract(name, long, items[0].choices)
        rows.append(
            f"| {name} | {sum(spent) / len(spent):.3f} | {max(spent):.3f} | {time.process_time() - start:.2f} |"
        )
    return "\n".join(rows)


def missed(items: Items, label: str) -> str:
    """Return the texts of one form that robust does not take for what they were rendered from."""
    form = {**STUDY, **ANSWERS}[label]
    rows = []
    for item in items:
        for place, choice in enumerate(item.choices):
            if choice.strip() and (found := extract("robust", form(item, place), item.choices)) != (place,):
                rows.append(f"{item.choices!r}\n    {place} {form(item, place)!r}\n    -> {found}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
