"""Forms in which models answer a question with several choices, for the benchmark and the tests of extractors.

A form takes an item and the place of the choice that is meant, and gives the text. They are made up, after what
GPT-4o-audio, Gemini, Qwen2-Audio, Qwen-Omni, Audio Flamingo, SALMONN and reasoning models write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from earwitness.mmar.items import Item

__all__ = ["ANSWERS", "STUDY", "UNANSWERED"]

Form = Callable[[Item, int], str]


def _letter(place: int) -> str:
    return "ABCDEFGHIJ"[place]


def _other(item: Item, place: int) -> int:
    """Return a choice that is not meant and has words."""
    rest = [(place + step) % len(item.choices) for step in range(1, len(item.choices))]
    return next(each for each in rest if item.choices[each].strip())


def _plain(template: str) -> Form:
    """Return a form of a template: {L} and {T} are the letter and the text meant, {M} and {U} those of another."""

    def form(item: Item, place: int) -> str:
        other = _other(item, place)
        return (
            template.replace("{L}", _letter(place))
            .replace("{l}", _letter(place).lower())
            .replace("{M}", _letter(other))
            .replace("{T}", item.choices[place])
            .replace("{t}", item.choices[place].lower())
            .replace("{UP}", item.choices[place].upper())
            .replace("{U}", item.choices[other])
            .replace("{Q}", item.question)
            .replace("{n}", str(place + 1))
            .replace("{nth}", ("first", "second", "third", "fourth", "fifth", "sixth")[place])
            .replace("{LIST}", "\n".join(f"{_letter(k)}. {text}" for k, text in enumerate(item.choices)))
        )

    return form


STUDY: Mapping[str, Form] = {
    name: _plain(template)
    for name, template in {
        "`B`": "{L}",
        "`**B**`": "**{L}**",
        "`B. text`": "{L}. {T}",
        "exact text": "{T}",
        "The answer is B.": "The answer is {L}.",
        "The correct answer is: text": "The correct answer is: {T}",
        "CoT ... `ANSWER: B`": "The clip opens with a sound that gives the scene away. At first {U} seems possible, but"
        " what follows does not fit it.\n\nANSWER: {L}",
        "CoT naming a rejected option, then text": "At first one might think of {U}, but the recording rules that out."
        " The answer is {T}.",
        "`<think>...</think>` B": "<think>maybe {U}</think> {L}",
        r"`\boxed{B}`": r"\boxed{{L}}",
        "`(B)`": "({L})",
    }.items()
}
"""The forms of the published study."""

ANSWERS: Mapping[str, Form] = {
    template.replace("\n", " / ").replace("|", "/"): _plain(template)
    for template in (
        # A letter, marked up
        "{l}",
        "{l})",
        "({l})",
        "{L}.",
        "{L})",
        "[{L}]",
        "${L}$",
        "'{L}'",
        '"{L}"',
        "`{L}`",
        "**({L})**",
        "**{L}.**",
        "\n\n{L}\n",
        "Option {L}",
        "option {L}.",
        "Answer: {L}",
        "answer: {l}",
        "**Answer:** {L}",
        "**Answer: {L}**",
        "Answer: **{L}**",
        "Answer: ({L})",
        "Final Answer: {L}",
        "### Final Answer\n{L}",
        "### Answer:\n**{L}**",
        "The answer is ({L}).",
        "The answer is **{L}**.",
        "The correct answer is option {L}.",
        "The correct option is {L}.",
        "The correct choice would be {L}.",
        "the answer is {l}",
        "I choose {L}.",
        "I would choose option {L}",
        "I'd go with {L}.",
        "My answer is {L}.",
        "I think the answer is {L}.",
        "{L} is the correct answer.",
        "Option {L} is correct.",
        "So the answer must be {L}.",
        "Therefore, the answer is option ({L}).",
        "<answer>{L}</answer>",
        "<think>The sound could be {U} or {T}.</think>\n<answer>{L}</answer>",
        "<think>\nFirst {U}, the answer is {M}? No.\n</think>\n\nANSWER: {L}",
        "First {U}, so {M}? No.\n</think>\n\n{L}",
        '{"answer": "{L}"}',
        "{'answer': '{L}'}",
        '```json\n{"reasoning": "It is not {M}.", "answer": "{L}"}\n```',
        '{"answer": "{L}", "confidence": 0.8}',
        r"The final answer is $\boxed{\text{{L}}}$.",
        r"Thus \(\boxed{{L}}\)",
        "Based on the audio, the answer is {L}.",
        "答案是{L}",
        "答案：{L}",
        "选{L}",
        "我选择{L}。",
        "正确答案是选项{L}。",
        "答えは{L}です。",
        "정답은 {L}입니다.",
        "La respuesta correcta es {L}.",
        "La réponse est {L}.",
        "Die richtige Antwort ist {L}.",
        # A letter and the text
        "{L}) {T}",
        "({L}) {T}",
        "{L}: {T}",
        "{L} - {T}",
        "{L} {T}",
        "**{L}. {T}**",
        "**{L}.** {T}",
        "{L}. **{T}**",
        "{T} ({L})",
        "The answer is {L}. {T}",
        "The answer is {L}: {T}.",
        "The correct answer is **{L}. {T}**",
        "The correct answer is {L}) {T}.",
        "The correct answer is ({L}) {T}.",
        "Answer: {L}. {T}",
        "**Answer: {L}) {T}**\n\n**Explanation:** the recording makes this clear.",
        "Answer: {L}) {T}\n\nExplanation: Option {M} is wrong because the recording does not fit it.",
        "{L}. {T} because the recording makes it clear.",
        "{L}. {T}\n\nExplanation: the other options, such as {U}, do not fit what is heard.",
        "{L}. {T}\n\nWhile {U} might seem plausible, the timbre and the timing point elsewhere.",
        "{L}\n\nThe recording does not support {U}.",
        "I'd say {L}, {T}.",
        "Based on the audio, the correct answer is:\n\n**{L}. {T}**",
        "{LIST}\n\nAnswer: {L}",
        "Question: {Q}\nChoices:\n{LIST}\nThe answer is {L}. {T}",
        "Let me go through the options.\n\n- {M}. {U}: not supported.\n- {L}. {T}: this matches.\n\nThe answer is {L}.",
        "Option {M} is wrong, since {U} is not heard. Option {L} is right. So the final answer is {L}.",
        "选项{L}：{T}",
        "答案是{L}. {T}",
        "正确答案是：{T}",
        # The text
        "{T}.",
        "{t}",
        "{UP}",
        '"{T}"',
        "'{T}'",
        "\u201c{T}\u201d",
        "**{T}**",
        "- {T}",
        "The answer is {T}.",
        "The answer is: {T}",
        "the answer is {t}",
        'The answer is "{T}".',
        "The correct answer is **{T}**.",
        "The correct option is {T}.",
        "The most likely answer is {T}.",
        "The best choice is '{T}'.",
        "Answer: {T}",
        "ANSWER: {T}",
        "Final answer: {T}.",
        "**Final Answer:** {T}",
        "I choose {T}.",
        "I believe the answer is {T}.",
        "My final answer is {T}",
        "{T} is the correct answer.",
        "It must be {T}.",
        "So it must be {T}.",
        "Therefore, {T}.",
        "Therefore, the answer is {T}, not {U}.",
        "{T}, not {U}.",
        "Not {U}, but {T}.",
        "{T} rather than {U}.",
        "The answer is not {U} but {T}.",
        "It is not {U}. The correct answer is {T}.",
        "<answer>{T}</answer>",
        "<think>Is it {U}? Rather {T}.</think>{T}",
        '{"answer": "{T}"}',
        r"\boxed{\text{{T}}}",
        r"$\boxed{{T}}$",
        "Step 1: listen. Step 2: {U} does not fit.\n\n{T}",
        "Step 1: listen. Step 2: weigh.\n\n**{T}**",
        "First I thought the answer is {U}. Wait, that is wrong. The answer is {T}.",
        "The answer is {T}. This is because the recording gives it away, unlike {U}.",
        "The answer is {T}. The other option, {U}, is wrong.",
        "Sure! The correct answer is: {T}",
        "Based on the recording, I would choose {T} instead of {U}.",
        # By number
        "The {nth} option.",
        "The answer is option {n}.",
        "The correct answer is the {nth} choice.",
    )
}
"""Further forms."""

_NOTHING = {
    "empty": "",
    "space": " \n ",
    "I cannot listen": "I'm sorry, but I cannot listen to audio files.",
    "As a text-based model": "As a text-based AI model, I can't hear or process audio, so I cannot answer this.",
    "No audio": "No audio was provided. Please upload the recording so that I can help.",
    "Unable to determine": "I am unable to determine the answer from the audio.",
    "It is not possible": "It is not possible to determine this without listening to the recording.",
    "I don't know": "I don't know.",
    "Refusal with letters": "I'm sorry, I can't tell whether it is A, B, C or D without hearing the audio.",
    "Refusal, article": "A recording is needed to answer. I cannot hear one.",
    "抱歉": "抱歉，我无法听取音频内容，因此不能回答这个问题。",
    "申し訳": "申し訳ありませんが、音声を聞くことができません。",
    "Lo siento": "Lo siento, no puedo escuchar el audio.",
    "Désolé": "Je suis désolé, je ne peux pas écouter l'audio.",
    "Es tut mir leid": "Es tut mir leid, ich kann keine Audiodateien anhören.",
    "[LMMS_EVAL_REQUEST_FAILED]": "[LMMS_EVAL_REQUEST_FAILED after 5 retries] Connection error.",
    "[ERROR]": "[ERROR] 503 UNAVAILABLE. {'error': {'code': 503, 'message': 'The model is overloaded.'}}",
    "Error: 429": "Error: 429 Too Many Requests",
    "Traceback": 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: B',
    "JSON error": '{"error": {"message": "Rate limit reached", "code": 429}}',
    "Open thinking": "<think>The answer is B, or perhaps A. Let me listen once more. So it must be A",
    "Thinking alone": "<think>The answer is B.</think>",
    "Out of range": "The answer is Z.",
    "Two letters": "A or B",
    "All letters": "A, B, C, D",
    "Format": "The answer should be given as a letter.",
    "Reasoning alone": "Let me think about what can be heard in the recording before I answer.",
    "Question back": "Could you tell me what you would like to know?",
}
UNANSWERED: Mapping[str, Callable[[Item], str]] = {
    **{name: (lambda item, text=text: text) for name, text in _NOTHING.items()},
    "refusal naming two choices": lambda item: (
        f"I'm sorry, I cannot determine whether it is {item.choices[0]} or {item.choices[1]}."
    ),
    "two choices, no commitment": lambda item: f"It could be {item.choices[0]} or {item.choices[1]}.",
    "the choices listed": lambda item: "\n".join(f"{'ABCDEF'[k]}. {text}" for k, text in enumerate(item.choices)),
    "the choices in a row": lambda item: ", ".join(text for text in item.choices if text),
    "open thinking that commits": lambda item: f"<think>The answer is {item.choices[0]}.",
    "the question repeated": lambda item: item.question,
}
"""Texts that hold no answer."""
