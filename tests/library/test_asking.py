"""Questions read into constraints: what people type, what the templates write, and what is refused with its reasons."""

from __future__ import annotations

import contextlib
import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import ReadingError
from earwitness.library.asking import Asked, QuestionReader, bounded
from earwitness.library.chips import chips_of, said
from earwitness.library.contradiction import contradiction
from earwitness.library.grammar import is_one_sound, parsed_question, read_number, read_seconds
from earwitness.library.names import Names, Resolved
from earwitness.library.question import Question
from earwitness.logic.constraint import Before, Constraint, clauses_of, labels_of, renamed
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from earwitness.logic.reading import Reader
from earwitness.logic.wording import FRAMES, TEMPLATES, word
from earwitness.sounds.builtin import phrases
from logic.strategies import timelines, trees

PAIRS = [
    ("glass", "glass breaking"),
    ("scream", "a woman screaming"),
    ("music", "music"),
    ("dog", "a dog barking"),
    ("doorbell", "a doorbell ringing"),
    ("alarm", "an alarm"),
    ("speech", "people talking"),
    ("horn", "a car horn"),
    ("rain", "rain"),
    ("thunder", "thunder"),
    ("lightning", "lightning"),
    ("siren", "a siren"),
    ("footsteps", "footsteps"),
    ("door", "a door slamming"),
    ("bird", "a bird singing"),
    ("cow", "a cow mooing"),
    ("cat", "a cat"),
    ("rock and roll", "rock and roll"),
]
NAMES = Names(PAIRS)
READER = QuestionReader(NAMES, known=NAMES.known)


def ask(text: str) -> str:
    return str(READER.read(text).constraint)


def refused(text: str) -> str:
    with pytest.raises(ReadingError) as caught:
        READER.read(text)
    return str(caught.value)


# --- what people type ---


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("glass breaks, then a woman screams, no music", "all(before(glass, scream), absent(music))"),
        ("a dog barks at least three times before the doorbell", "before(dog, dog, dog, doorbell)"),
        ("an alarm for at least five seconds while people talk", "overlap(alarm, speech, at_least=5)"),
        ("dog before horn within 10 seconds", "before(dog, horn, within=10)"),
        ("rain without thunder", "all(present(rain), absent(thunder))"),
        ("siren or alarm", "any(present(siren), present(alarm))"),
        ("not (speech and music)", "not(all(present(speech), present(music)))"),
        ("three dog barks", "count(dog, at_least=3)"),
        ("footsteps followed by a door", "before(footsteps, door)"),
        ("a bird longer than a cow", "longer(bird, cow)"),
        ("cat during rain", "during(cat, rain)"),
        ("speech overlapping music for 2 s or more", "overlap(speech, music, at_least=2)"),
        ("thunder after lightning", "before(lightning, thunder)"),
    ],
)
def test_what_was_asked_for_first(text: str, meaning: str) -> None:
    assert ask(text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("dog", "present(dog)"),
        ("DOG.", "present(dog)"),
        ("is there a dog?", "present(dog)"),
        ("Find me all recordings where a dog barks after rain", "before(rain, dog)"),
        ("the sound of a dog", "present(dog)"),
        ("((dog))", "present(dog)"),
        ("dog, cat and cow", "all(present(dog), present(cat), present(cow))"),
        ("dog & cat", "all(present(dog), present(cat))"),
        ("A dog barks. Then a horn.", "before(dog, horn)"),
        ("dog -> horn -> cat", "before(dog, horn, cat)"),
        ("dog, then horn, followed by a cat", "before(dog, horn, cat)"),
        ("dog after horn after cat", "before(cat, horn, dog)"),
        ("cat between dog and horn", "before(dog, cat, horn)"),
        ("first dog, then horn", "before(dog, horn)"),
        ("a dog at most 5 s before a horn", "before(dog, horn, within=5)"),
        ("dog followed within 500ms by a horn", "before(dog, horn, within=0.5)"),
        ("lightning followed by thunder in less than 5 s", "before(lightning, thunder, within=5)"),
        ("dog, then within two minutes a horn", "before(dog, horn, within=120)"),
        ("dog within 5 s before horn, no music", "all(before(dog, horn, within=5), absent(music))"),
        (
            "dog within 5 s of horn",
            "any(before(dog, horn, within=5), before(horn, dog, within=5), overlap(dog, horn))",
        ),
        ("a horn, then a dog twice", "before(horn, dog, dog)"),
        ("two dogs after a horn", "before(horn, dog, dog)"),
        ("(dog or cat) before horn", "any(before(dog, horn), before(cat, horn))"),
        ("speech and music at the same time", "overlap(speech, music)"),
        ("speech and music at once for at least 2 s", "overlap(speech, music, at_least=2)"),
        ("rain is heard while speech goes on", "overlap(rain, speech)"),
        ("rain throughout speech", "during(speech, rain)"),
        ("dog shorter than cat", "longer(cat, dog)"),
        ("dog shorter than 3 seconds", "lasts(dog, at_most=3)"),
        ("rain lasting longer than 2 minutes", "lasts(rain, at_least=120)"),
        ("rain for half a minute", "lasts(rain, at_least=30)"),
        ("rain for over 500ms", "lasts(rain, at_least=0.5)"),
        ("rain for no more than 1.5 sec", "lasts(rain, at_most=1.5)"),
        ("a dog barks more than twice", "count(dog, at_least=3)"),
        ("fewer than three dogs", "count(dog, at_most=2)"),
        ("dog exactly 3 times", "count(dog, exactly=3)"),
        ("at least one dog", "present(dog)"),
        ("two dogs or one cat", "any(count(dog, at_least=2), present(cat))"),
        ("no music anywhere", "absent(music)"),
        ("zero dogs", "absent(dog)"),
        ("dog but not cat", "all(present(dog), absent(cat))"),
        ("dog, with no music", "all(present(dog), absent(music))"),
        ("never a dog, and speech", "all(absent(dog), present(speech))"),
        ("neither dog nor cat", "all(absent(dog), absent(cat))"),
        ("no music or speech", "all(absent(music), absent(speech))"),
        ("rain without thunder or lightning", "all(present(rain), absent(thunder), absent(lightning))"),
        ("no dog before the horn", "not(before(dog, horn))"),
        ("no (dog or cat)", "not(any(present(dog), present(cat)))"),
        ("siren or alarm, no music", "all(any(present(siren), present(alarm)), absent(music))"),
        (
            "either siren, alarm or horn, no dog",
            "all(any(present(siren), present(alarm), present(horn)), absent(dog))",
        ),
        ("dog and either cat or horn", "all(present(dog), any(present(cat), present(horn)))"),
        (
            "dog or cat or (rain and not thunder)",
            "any(present(dog), present(cat), all(present(rain), absent(thunder)))",
        ),
        ("dog before horn and cat before cow", "all(before(dog, horn), before(cat, cow))"),
        ("rock and roll then rain", 'before("rock and roll", rain)'),
        ('"rock and roll" and "a dog barking"', 'all(present("rock and roll"), present(dog))'),
        ("before(dog, horn, within=2)", "before(dog, horn, within=2)"),
        ("not(all(present(dog), absent(cat)))", "not(all(present(dog), absent(cat)))"),
        ("dog before dog", "before(dog, dog)"),
        ("only either dog or cat", "all(any(present(dog), present(cat)))"),
    ],
)
def test_further_questions(text: str, meaning: str) -> None:
    assert ask(text) == meaning


def test_no_offer_says_the_contrary() -> None:
    assert "Did you mean" not in refused("not not dog")
    assert refused("dog before no horn").endswith("Did you mean: dog, no horn anywhere?")
    assert refused("no rain while dog before horn").endswith("Did you mean: not (rain while dog, dog before horn)?")


@settings(max_examples=60)
@given(timelines, st.integers(1, 4))
def test_so_many_before_is_so_many_before_one_of_them(timeline: Timeline, times: int) -> None:
    """The chain says what "at least n times before" means, counted by hand."""
    a, b = "dog", "car horn"
    chain = Before((*(a,) * times, b))
    ends = [event.offset for event in timeline.events if event.label == a]
    starts = [event.onset for event in timeline.events if event.label == b]
    assert bool(judge(chain, timeline)) == any(sum(end <= start for end in ends) >= times for start in starts)


def test_the_question_of_three_barks_and_a_bell() -> None:
    asked = READER.read("a dog barks at least three times before the doorbell")
    barks = [Event(place, place + 0.5, "dog") for place in (0.0, 1.0, 2.0)]
    assert judge(asked.constraint, Timeline([*barks, Event(3.0, 4.0, "doorbell")]))
    assert not judge(asked.constraint, Timeline([*barks, Event(2.2, 4.0, "doorbell")]))


# --- what is shown ---


def test_chips_and_notes() -> None:
    asked = READER.read("a big dog barks twice before a horn, no siren", within_s=60)
    assert asked == Asked(
        "a big dog barks twice before a horn, no siren",
        parse("all(before(dog, dog, horn, within=60), absent(siren))"),
        ("dog followed within 60 s by dog followed within 60 s by horn", "no siren anywhere"),
        (
            "'a big dog barks' is taken as 'dog'",
            "2 times is read as 2 times or more",
            "an order without a distance is within 60 s",
        ),
    )
    assert READER.read("dog before horn").notes == ("an order holds at any distance within one recording",)
    assert READER.read("dog before horn within 2 s", within_s=60).notes == ()
    assert READER.read("only rain").notes == ("'only' leaves other sounds free",)


def test_a_distance_is_given_only_where_none_is_said() -> None:
    text = "any(not(before(a, b)), all(before(a, b, c, within=2), during(a, b)), before(b, a))"
    assert str(bounded(parse(text), 60)) == (
        "any(not(before(a, b, within=60)), all(before(a, b, c, within=2), during(a, b)), before(b, a, within=60))"
    )


@settings(max_examples=150)
@given(trees(most=6))
def test_chips_read_back(constraint: Constraint) -> None:
    names = {label: f"sound {'abcdefg'[number]}" for number, label in enumerate(labels_of(constraint))}
    plain = renamed(constraint, names)
    reader = QuestionReader(Resolved)
    if contradiction(plain) is None:
        assert reader.read(said(plain)).constraint == plain
    for clause, chip in zip(clauses_of(plain), chips_of(plain), strict=True):
        if contradiction(clause) is None:
            assert reader.read(chip).constraint == clause


# --- what the templates write ---

BUILT_IN = phrases()
BUILT_IN_NAMES = Names(BUILT_IN.items())
BUILT_IN_READER = QuestionReader(BUILT_IN_NAMES, known=BUILT_IN_NAMES.known)


@settings(max_examples=150)
@given(
    trees(most=8),
    st.lists(st.sampled_from(sorted(BUILT_IN)), min_size=6, max_size=6, unique=True),
    st.integers(0, 2**32),
)
def test_everything_that_is_written_is_read(constraint: Constraint, labels: list[str], seed: int) -> None:
    """By the sentences' own reader, and by the grammar alone where nothing is a known phrase: to the same end."""
    plain = renamed(constraint, dict(zip(labels_of(constraint), labels, strict=False)))
    text = word(plain, BUILT_IN, rng=np.random.default_rng(seed))
    assert Question(text, lambda phrase, *_: str(BUILT_IN_NAMES(phrase).label)).meaning()[0] == plain
    if contradiction(plain) is None:
        assert BUILT_IN_READER.read(text).constraint == plain


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: f"{template.text}{template.link or ''}")
def test_each_template_means_the_same_to_both(template, frame: str) -> None:
    numbers = {"seconds": "2.5 seconds", "times": "3 times"}
    for form in (template.text, template.further_text):
        text = form.format("a dog barking", "a car horn", **numbers)
        for link in [template.link] * 2 if template.link else []:
            text += link.format("a car horn", **numbers)
        lead = "" if form == template.text else "Rain, "
        text = frame.format(lead + text)
        formal = Reader(dict(PAIRS)).read(text)
        assert Question(text, lambda phrase, *_: str(NAMES(phrase).label)).meaning()[0] == formal
        assert READER.read(text).constraint == formal


@pytest.mark.parametrize("phrase", sorted(BUILT_IN.values()))
def test_every_built_in_sound_is_known(phrase: str) -> None:
    (label,) = (label for label, said in BUILT_IN.items() if said == phrase)
    assert BUILT_IN_READER.read(f"{phrase}").constraint == parse(f'present("{label}")')
    assert BUILT_IN_READER.read(f"no {phrase}").constraint == parse(f'absent("{label}")')


# --- what is refused ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        (" \n\t ", "it is empty"),
        ("dog " * 2500, "it has 10000 characters; at most 5000 are read"),
        ("'; DROP TABLE events; --", '"\';" is not understood (characters 1 to 2)'),
        ("dog; drop table events", "'drop table events' is no sound of this library"),
        ("before(dog, horn); DROP TABLE events", "at character 18, got '; DROP TABLE events'"),
        (
            "dog before blorp, no music",
            "'blorp' is no sound of this library; and none is like it (characters 12 to 16)",
        ),
        ("blorp", "Names that it knows: glass; scream; music; dog; doorbell; alarm; speech; horn; and 22 more."),
        ("a drog", "nearest: dog. Did you mean: dog?"),
        ("dog until horn", "what 'until' means cannot be asked (characters 5 to 9)"),
        ("several dogs", "what 'several' means cannot be asked (characters 1 to 7). Did you mean: dog?"),
        ("dog before blorp", "Did you mean: dog?"),
        ("dog before", "it ends where a sound was expected"),
        ("(dog", "it ends where a bracket was to close"),
        ("dog before no horn", "Did you mean: dog, no horn anywhere?"),
        ("99999999999999 dogs", "'99999999999999' is not understood"),
        ("before(dog horn)", "expected ','"),
        ("before(dog, blorp)", "'blorp' is no sound of this library; and none is like it (characters 13 to 17)"),
        ("(" * 51 + "dog" + ")" * 51, "more than 50 brackets"),
        ("dog " * 13, "at most 12 words"),
        ("dog while dog", "needs two different labels"),
        ("dog for 0 s", "must be a positive number of seconds"),
        ("dog before cat before horn within 0 s", "must be a positive number of seconds"),
        ("dog within 5 s", "that needs two sounds"),
        ("first dog", "'first' needs a sound that comes later"),
        ("dog, only cat", "'only' stands before a question of one clause"),
        ("dog 100 times before horn", "at most 50 times"),
        ("dog 50 times before " * 4 + "cat", "an order has at most 200 events"),
        ("(rain or dog) before " * 7 + "horn", "more than 64 choices"),
        ("any of dog, cat, cow", "what 'any of' means cannot be asked"),
        ("at least 3 dogs or more", "is not understood there"),
        ("rain with thunder", "nearest: rain; thunder"),
    ],
)
def test_refusals_say_what_and_where(text: str, words: str) -> None:
    assert words in refused(text)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        (
            "dog or cat before horn",
            "either dog or (cat before horn); or: either (dog before horn) or (cat before horn)",
        ),
        ("dog and cat before horn", "dog, cat before horn; or: dog before horn, cat before horn"),
        ("dog before horn and siren", "dog before horn, siren; or: dog before horn, dog before siren"),
        ("dog and cat 3 times", "dog, cat at least 3 times; or: dog at least 3 times, cat at least 3 times"),
        ("siren, alarm or horn", "siren, (either alarm or horn); or: either siren or alarm or horn"),
        ("siren, alarm, or horn", "either siren or alarm or horn; or: siren, (either alarm or horn)"),
        ("dog & cat | horn", "either (dog, cat) or horn; or: dog, (either cat or horn)"),
        ("no music and speech", "no music anywhere, speech; or: no music anywhere, no speech anywhere"),
        ("dog without cat before horn", "dog, not (cat before horn); or: dog before horn, no cat anywhere"),
        ("siren or alarm without music", "either siren or (alarm, no music anywhere); or: (either siren or alarm)"),
        ("dog after cat before horn", "cat before dog before horn; or: cat before dog, cat before horn"),
        ("no dog for at least 5 s", "not (dog for at least 5 s); or: no dog anywhere"),
        ("siren but no horn, then a dog", "not (horn before dog); or: no horn anywhere, dog"),
    ],
)
def test_two_readings_are_refused_and_named(text: str, nearest: str) -> None:
    assert nearest in refused(text)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("dog exactly 3 times before horn", "dog at least 3 times before horn"),
        ("dog for 5 s before the horn", "dog before horn, dog for at least 5 s"),
        ("dog while rain lasts for at least 20 seconds", "dog while rain, rain for at least 20 s"),
        ("dog then horn then cat within 5 s", "dog followed within 5 s by horn followed within 5 s by cat"),
        ("dog, then within 2 s horn, then cat", "dog followed within 2 s by horn followed within 2 s by cat"),
        ("dog at least 3 s before horn", "dog before horn within 3 s"),
        ("dog twice within 10 s before horn", "dog at least 2 times before horn"),
        ("alarm longer than 5 s while rain", "alarm while rain, alarm for at least 5 s"),
        ("dog for exactly 5 s", "dog for at least 5 s; or: dog for at most 5 s"),
        ("three dogs for at least 5 s", "dog at least 3 times, dog for at least 5 s"),
        ("(dog and cat) before horn", "dog before horn, cat before horn"),
        ("dog while cat while rain", "dog while cat, cat while rain"),
    ],
)
def test_what_no_constraint_says_is_refused_with_the_nearest(text: str, nearest: str) -> None:
    message = refused(text)
    assert f": {nearest}" in message
    assert ask(nearest.partition("; or: ")[0])


@pytest.mark.parametrize(
    "text",
    [
        "rain without rain",
        "rain before horn, no horn",
        "no rain, rain twice",
        "dog 3 times, dog at most 2 times",
        "dog for at least 5 s, dog for at most 2 s",
        "dog before horn, not (dog before horn)",
        "either (dog without dog) or (cat without cat)",
    ],
)
def test_contradictions_are_refused(text: str) -> None:
    assert "contradicts itself" in refused(text)


# --- names and numbers ---


def test_a_name_that_may_be_two_is_refused() -> None:
    names = Names([("drum and bass", ""), ("drum", ""), ("bass", ""), ("rain", "")])
    with pytest.raises(ReadingError, match="2 ways"):
        QuestionReader(names, known=names.known).read("rain, drum and bass")
    assert str(QuestionReader(names, known=names.known).read("drum and bass").constraint) == 'present("drum and bass")'


def test_numbers() -> None:
    assert [read_number(text) for text in ("sixty", "an", "12", "half an")] == [60, 1, 12, 0.5]
    assert [read_seconds(text) for text in ("5s", "two hours", "a minute", "250 msec")] == [5, 7200, 60, 0.25]
    assert not is_one_sound("dog before cat")
    assert not is_one_sound("two dogs")
    for number in parsed_question.__globals__["_NUMBERS"]:
        assert (
            parse(f"count(dog, at_least={int(read_number(number))})") == READER.read(f"dog {number} times").constraint
        )


# --- hostile text ---

WORDS = [
    *("dog", "horn", "rain", "no", "not", "without", "and", "or", ",", ".", "(", ")", "then", "before", "after"),
    *("while", "during", "for", "within", "at least", "3", "5 s", "times", "either", "only", "first", "longer than"),
    *("followed by", '"rock and roll"', "a", "the", "of", "within 5 s", "each other", "seconds", "until"),
]
SOUNDS = [
    "dog",
    "horn",
    "rock and roll",
    "(dog or rain)",
    "(dog and cat)",
    "(cat then dog)",
    "two dogs",
    "at least 0 cats",
]
SAID = [
    "",
    "",
    "",
    "3 times",
    "for 5 s",
    "at most 0 s",
    "lasting 2 s",
    "within 3 s",
    "within 0 s",
    "at once",
    "no more",
]
BETWEEN = [
    "before",
    "after",
    ", then",
    "while",
    "longer than",
    "within 5 s of",
    ",",
    "and",
    "or",
    ", or",
    "without",
    ", no",
]


def random_text(rng: random.Random) -> str:
    kind = rng.randrange(5)
    if kind == 0:
        return " ".join(rng.choices(WORDS, k=rng.randint(1, 20)))
    if kind == 1:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randint(0, 40)))
    if kind == 2:
        return "".join(rng.choice("dog,()\"'.;:no 12s\n\t\x00éß🐕\u200b\ud800") for _ in range(rng.randint(0, 60)))
    if kind == 3:
        clauses = [f"{rng.choice(SOUNDS)} {rng.choice(SAID)} {rng.choice(BETWEEN)}" for _ in range(rng.randint(0, 2))]
        return " ".join([*clauses, rng.choice(SOUNDS)])
    pieces = [*rng.choices(WORDS, k=8), "".join(chr(rng.randrange(0x3000)) for _ in range(5))]
    return " ".join(rng.sample(pieces, len(pieces)))


def test_random_text_raises_nothing_else() -> None:
    rng = random.Random(8)
    understood = 0
    for _ in range(2_000):
        text = random_text(rng)
        try:
            asked = READER.read(text)
        except ReadingError as error:
            assert str(error)
        else:
            understood += 1
            assert READER.read(", ".join(asked.chips)).constraint
    assert understood > 50


@pytest.mark.parametrize(
    "piece",
    [
        *("rain, ", "rain then ", "rain or ", "rain and ", "(", "()", "not (", "not ", "no rain or ", "for ", "for a "),
        *("a", "a ", "1", '"', " ", ",", ", ", "either rain or ", "zzz, ", "at least ", "ß", "🐕", "a-", "and then "),
        *("(rain or dog) before ", "rain within 5 s ", "rain while ", "dog 9 times before "),
    ],
)
def test_long_text_is_read_or_refused_within_a_second(piece: str) -> None:
    text = (piece * 5_000)[:5_000]
    start = time.process_time()  # what else runs on the machine does not count
    with contextlib.suppress(ReadingError):
        READER.read(text)
    assert time.process_time() - start < 1.0
