"""The style of the source, held by the source's own syntax: reading order, budgets, public names, signatures."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import earwitness

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# The order in which the package is read, room by room, which is the order in which it may import: a module sees only
# those above it. A room's own __init__ comes after its files, for it may gather their names.
ROOMS: dict[str, list[str]] = {
    "": ["errors", "rng", "records", "cache", "parallel"],
    "logic": [
        *("intervals", "events", "constraint", "parsing"),
        *("judge", "plan", "soft", "margins", "wording", "reading"),
    ],
    "sounds": [
        *("truncation", "containers", "audio", "bank", "labels"),
        *("builtin.blocks", "builtin.ranges"),
        *("builtin.tonal", "builtin.noisy", "builtin.struck", "builtin.composite"),
        *("builtin.signals", "builtin.percussion", "builtin.instruments", "builtin.sustained", "builtin.motors"),
        *("builtin.flows", "builtin.calls", "builtin.bodies", "builtin.contacts", "builtin.chips", "builtin.entry"),
        *("builtin.families.alarms", "builtin.families.telephony", "builtin.families.bells"),
        *("builtin.families.drums", "builtin.families.strings", "builtin.families.winds"),
        *("builtin.families.machines", "builtin.families.tools"),
        *("builtin.families.water", "builtin.families.fire", "builtin.families.noises"),
        *("builtin.families.insects", "builtin.families.birds", "builtin.families.mammals"),
        *("builtin.families.people", "builtin.families.footsteps", "builtin.families.impacts"),
        *("builtin.families.household", "builtin.families.games", "builtin.families"),
        *("builtin.table", "builtin"),
        *("layouts", "steady", "cutting", "atoms", "spectrogram", "sheet", "writing"),
    ],
    "scenes": ["spec", "render", "demands", "pantry", "arrange", "compose"],
    "reasonaudio": [
        *("recipe", "families", "questions", "supply", "plan"),
        *("folder", "card", "build"),
        *("audit", "hearing", "verify"),
        *("lanes", "picture", "labels", "shards", "export"),
    ],
    "listen": [
        *(
            "base",
            "framing",
            "logmel",
            "shared_rows",
            "yamnet",
            "windows",
            "pretrained",
            "transformer",
            "clap",
            "models",
        ),
        *(
            "scenes",
            "head",
            "networks",
            "learning",
            "logistic",
            "tracks",
            "relations",
            "evidence",
            "stretches",
            "boxes",
        ),
        *("fitted", "hearing", "fit"),
        *("ontology", "words", "grounding", "sentences", "zero_shot", "vocabulary"),
    ],
    "systems": [
        *("base", "references", "captions", "two_stage", "supplied", "embedding", "callables", "listening"),
        "registry",
        *("answerer", "addresses", "deadlines", "servers", "chat", "gemini", "fakes", "local", "answerers"),
    ],
    "scores": [
        *("design", "judged", "measures", "search", "stats"),
        *("runs", "evaluate"),
        *("diagnosis", "alignment", "published", "results"),
    ],
    "mmar": [
        *("items", "orders", "prompts"),
        *("official", "words", "refusals", "final_part"),
        *("naming", "reading", "phrases", "commitments", "robust", "answers"),
        *("marking", "formats", "inspect_logs", "predictions"),
        *("chance", "paired", "board", "claims"),
        *("scorecard", "tables"),
        *("recordings", "arms", "probe", "downloads", "archives", "fetch"),
        *("ledger", "budget", "sending", "preparing", "asked", "asking", "estimating"),
        *("effects",),
        *(
            "heuristics",
            "priors",
            "audit",
            "cues",
            "agreement",
            "judging",
            "raters",
            "rubrics",
            "errormap",
            "rubriccard",
        ),
        *("inspecting",),
    ],
    "report": [
        *("tables", "pieces", "charts", "clips", "findings", "frame", "page"),
        *("choice_charts", "choice_findings", "choice_maps", "choice_items", "choice_page"),
    ],
    "library": [
        *("moments", "walking", "accounts", "quoting", "frames", "store", "indexing", "watching"),
        *("cues", "exports", "pairing", "imports", "labelled"),
        *("grammar", "names", "classes", "chips", "clauses", "joining", "question", "contradiction", "asking"),
        *("chat", "fallback"),
        *("sqlplan", "sql", "ranking", "search", "excerpts", "playing"),
    ],
    "cli": [
        "talk",
        "build",
        "verify",
        "show",
        "export",
        "sounds",
        "fit",
        "listen",
        "index",
        "search",
        "ground",
        "score",
        "compare",
        "answered",
        "answering",
        "evaluate",
        "report",
        "leaderboard",
        "audit",
        "check",
        "probe",
        "fetch",
        "rubrics",
        "app",
    ],
}
READING_ORDER = ["earwitness"]
for room, names in ROOMS.items():
    READING_ORDER += [".".join(filter(None, ("earwitness", room, name))) for name in names]
    READING_ORDER += [f"earwitness.{room}"] if room else []
READING_ORDER += ["earwitness.__main__"]

# (importer, imported): why this one import may go against the order. It must then stand inside a function.
AGAINST_THE_ORDER: dict[tuple[str, str], str] = {}

# What the pure room takes from the standard library: nothing that knows of files, clock, chance or environment.
PURE = {"__future__", "bisect", "collections", "dataclasses", "enum", "fractions", "functools", "heapq", "itertools"}
PURE |= {"json", "math", "operator", "re", "string", "types", "typing"}

# Functions whose data are more than two values that only make sense together, in an order that everyone knows.
BY_POSITION: dict[str, str] = {
    "earwitness.logic.intervals.share": "two intervals, each an onset and an offset",
    "earwitness.logic.intervals.share_at_least": "two intervals, each an onset and an offset",
    "earwitness.logic.intervals.inside": "two intervals, each an onset and an offset",
}

FILE_LINES, FUNCTION_LINES, PARAMETERS, POSITIONAL = 500, 60, 8, 3

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _module_name(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = sorted(SRC.rglob("*.py"))
MODULES = {_module_name(path): path for path in FILES}
EVERY_FILE = FILES + sorted(path for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))

each_module = pytest.mark.parametrize("name", sorted(MODULES))
each_file = pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: str(path.relative_to(ROOT)))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every imported module, inside functions too; for ``from a import b`` it is a.b when that is a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield (deeper if deeper in MODULES else str(node.module)), node.lineno


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield a module's statements, those under ``if``, ``try`` and ``with`` too."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, part, []))


def _defined(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module makes itself; imported names are another module's."""
    for node in _top_level(tree.body):
        if isinstance(node, Function | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if node.value is None or not ast.unparse(node.value).startswith(("TypeVar(", "ParamSpec(")):
                yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def _listed(tree: ast.Module) -> list[str] | None:
    """Return a module's ``__all__``, None where it has none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return ast.literal_eval(node.value)
    return None


def _public_definitions(tree: ast.Module) -> Iterator[tuple[str, ast.ClassDef | Function, bool]]:
    """Yield name, definition and whether it takes self or cls, of public classes, functions and their methods."""
    for node in _top_level(tree.body):
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node, False
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, Function) and not inner.name.startswith("_"):
                    static = any(ast.unparse(decorator) == "staticmethod" for decorator in inner.decorator_list)
                    yield f"{node.name}.{inner.name}", inner, not static


def _code_lines(path: Path) -> set[int]:
    """Return the numbers of the lines that hold code: not blank, not comment, not docstring."""
    idle = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    source = path.read_text(encoding="utf-8")
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in idle:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _is_record(node: ast.ClassDef) -> bool:
    marks = [ast.unparse(mark) for mark in (*node.decorator_list, *node.bases)]
    return any(mark.partition("(")[0] in {"dataclass", "dataclasses.dataclass", "NamedTuple"} for mark in marks)


def test_every_module_has_its_place_in_the_reading_order() -> None:
    unplaced = sorted(set(MODULES) - set(READING_ORDER))
    gone = sorted(set(READING_ORDER) - set(MODULES))
    assert not unplaced, f"put these into ROOMS in {Path(__file__).name}, where a reader should meet them: {unplaced}"
    assert not gone, f"no such files; take these out of ROOMS in {Path(__file__).name}: {gone}"
    assert len(READING_ORDER) == len(set(READING_ORDER))


@each_module
def test_a_module_imports_only_what_was_read_before_it(name: str) -> None:
    tree = _tree(MODULES[name])
    at_top = {node.lineno for node in _top_level(tree.body)}
    before = READING_ORDER[: READING_ORDER.index(name)] if name in READING_ORDER else READING_ORDER
    wrong = {
        f"line {line}: {imported}"
        for imported, line in _imports(tree)
        if imported.partition(".")[0] == "earwitness"
        and imported not in before
        and ((name, imported) not in AGAINST_THE_ORDER or line in at_top)
    }
    assert not wrong, f"{name} is read before what it imports: {sorted(wrong)}"


def test_exceptions_to_the_order_are_in_use() -> None:
    used = {(name, imported) for name, path in MODULES.items() for imported, _ in _imports(_tree(path))}
    assert set(AGAINST_THE_ORDER) <= used


@pytest.mark.parametrize("name", sorted(name for name in MODULES if name.startswith("earwitness.logic")))
def test_logic_is_pure(name: str) -> None:
    tree = _tree(MODULES[name])
    wrong = [
        f"line {line}: imports {imported}"
        for imported, line in _imports(tree)
        if not (
            imported.partition(".")[0] in PURE
            or imported in {"numpy", "numpy.typing", "earwitness.errors"}
            or imported.startswith("earwitness.logic")
        )
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"open", "input", "__import__"}:
            wrong.append(f"line {node.lineno}: calls {ast.unparse(node.func)}")
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"np.random", "numpy.random"}:
            # A generator may be given; none may be made.
            wrong += [] if node.attr == "Generator" else [f"line {node.lineno}: makes its own chance"]
    assert not wrong, f"{name} belongs to the pure room (standard library, numpy, earwitness.errors): {wrong}"


@each_module
def test_all_is_the_public_names(name: str) -> None:
    tree = _tree(MODULES[name])
    listed = _listed(tree)
    public = {defined for defined in _defined(tree) if not defined.startswith("_")}
    if listed is None:
        assert not public, f"{name} has no __all__, and defines {sorted(public)}"
        return
    assert len(listed) == len(set(listed)), f"__all__ of {name} repeats a name"
    own = {entry for entry in listed if not entry.startswith("__")}
    if MODULES[name].name == "__init__.py":
        # A room may gather names of its files.
        gathered = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{name}.")
            for alias in node.names
        }
        assert public <= own <= public | gathered, sorted(own ^ (public | gathered))
    else:
        assert own == public, f"in __all__ or public, not both: {sorted(own ^ public)}; underscore what is private"


@each_module
def test_options_are_keyword_only(name: str) -> None:
    wrong = []
    for title, node, bound in _public_definitions(_tree(MODULES[name])):
        if isinstance(node, ast.ClassDef):
            continue
        positional = [*node.args.posonlyargs, *node.args.args][bound:]
        if len(positional) > POSITIONAL and f"{name}.{title}" not in BY_POSITION:
            wrong.append(f"{title} (line {node.lineno}) takes {len(positional)} arguments by position")
        if node.args.defaults:
            wrong.append(f"{title} (line {node.lineno}) takes an option by position")
    assert not wrong, f"put a * after the data of {wrong}; at most {POSITIONAL} by position, none with a default"


@each_module
def test_what_is_public_is_documented(name: str) -> None:
    tree = _tree(MODULES[name])
    bare = [] if ast.get_docstring(tree) else [f"the file {name}"]
    for title, node, _ in _public_definitions(tree):
        if not ast.get_docstring(node):
            bare.append(title)
        if isinstance(node, ast.ClassDef) and _is_record(node):
            for field, after in zip(node.body, [*node.body[1:], None], strict=True):
                if isinstance(field, ast.AnnAssign) and "ClassVar" not in ast.unparse(field.annotation):
                    told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                    bare += [] if told else [f"{title}.{ast.unparse(field.target)}"]
    assert not bare, f"without docstring (a field's stands under it): {bare}"


@each_module
def test_nothing_prints(name: str) -> None:
    calls = [node for node in ast.walk(_tree(MODULES[name])) if isinstance(node, ast.Call)]
    lines = [call.lineno for call in calls if ast.unparse(call.func) == "print"]
    assert not lines, f"{name} prints on lines {lines}: return it, or let the command line write it"


@each_file
def test_budgets(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= FILE_LINES, f"more than {FILE_LINES} lines: split it where the story turns"
    code = _code_lines(path)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            length = len(code & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
            assert length <= FUNCTION_LINES, f"{node.name} has {length} lines of code, more than {FUNCTION_LINES}"
            arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            # A command's options are what its user may say, one by one; they are no parameters that a caller must know.
            count = sum("typer." not in ast.unparse(each.annotation or each) for each in arguments)
            assert count <= PARAMETERS, f"{node.name} has {count} parameters, more than {PARAMETERS}"


def test_no_file_is_called_utils() -> None:
    vague = [path for path in EVERY_FILE if path.stem.strip("_") in {"util", "utils", "helpers", "misc", "common"}]
    assert not vague, "name a file after what is in it"


def _project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_version_is_one() -> None:
    assert earwitness.__version__ == _project()["version"]


def test_every_declared_package_is_pinned() -> None:
    project = _project()
    declared = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in declared} - {"earwitness"}
    files = [(ROOT / "requirements" / name).read_text(encoding="utf-8") for name in ("dev.txt", "torch.txt")]
    pinned = {name for text in files for name in re.findall(r"^([\w.-]+)==", text, re.M)}
    assert names <= pinned, f"run 'make requirements': {sorted(names - pinned)} not in requirements"


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").iterdir()), ids=lambda path: path.name)
def test_pinned_files_name_no_index(path: Path) -> None:
    """They must install from whichever index a machine is set up with."""
    assert "://" not in path.read_text(encoding="utf-8")
