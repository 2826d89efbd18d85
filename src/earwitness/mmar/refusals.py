"""Texts that answer nothing: a model that declines, and messages of a program that failed in its place."""

from __future__ import annotations

import re

from earwitness.mmar.words import normal_text

__all__ = ["declines", "is_error"]

_ABLE = r"(?:able|possible|capable)"
_CANNOT = (
    r"(?:can ?not|can't|could not|couldn't|(?:am|'m|was|were|is|are) (?:currently )?(?:not|un) ?able to|unable to"
    r"|am incapable of|don't have the (?:ability|capability|capacity) to|do not have the (?:ability|capability"
    r"|capacity) to"
    r"|lack the (?:ability|capability) to|won't|will not|not able to|not capable of|have no (?:way|means) (?:to|of)"
    r"|am not (?:equipped|designed|capable|trained) (?:to|of|for)|not (?:equipped|designed) to)"
)
_DOING = (
    r"(?:answer|hear|listen|process|access|analy[sz]\w*|determine|tell|assist|help|identify|play|open|provide"
    r"|respond|comply"
    r"|fulfil\w*|complete|see|perceive|interpret|view|say|know|decide|confirm|conclude|infer|verify|judge|detect"
    r"|infer"
    r"|directly|actually|accurately|reliably|definitively|confidently|really|truly|choose|select|give|make|do"
    r"|be (?:certain|sure)"
    r"|engage|discuss|support|continue|transcribe|recogni[sz]e|evaluate|assess|work)"
)
_SELF = r"(?:i|we|this model|this assistant|the model|the assistant)"
_AUDIO = r"(?:audio|sound|recording|clip|file|attachment|input|music|speech|media|voice|content)s?"
_DECLINES = re.compile(
    "|".join(
        (
            rf"\b{_SELF}(?:'m| am)? (?:\w+ ){{0,2}}?{_CANNOT}(?: \w+)? {_DOING}",
            rf"\b{_SELF} (?:do not|don't) (?:\w+ )?(?:have (?:access|enough|sufficient|the audio|any audio"
            rf"|an? audio|audio)|hear any audio"
            rf"|see (?:any|an) (?:audio|attach|file)|know\b|support audio|possess)",
            r"\bi(?:'m| am) (?:not sure|uncertain|unsure|not certain)\b",
            r"\bas an? (?:\w+[- ]){0,4}(?:ai|(?:text|language)[- ](?:based )?(?:\w+ )?model|assistant|chatbot"
            r"|llm|model)\b"
            r"[^.!?\n]{0,80}?(?:can ?not|can't|unable|not able|don't|do not|not capable|no ability"
            r"|only (?:process|read|work))",
            rf"\b(?:no|without (?:an?|any|the)|missing|absent) (?:\w+ ){{0,2}}?{_AUDIO}(?: \w+)? (?:was|is|were|are"
            rf"|has been|have been)?"
            rf" ?(?:\w+ )?(?:provided|attached|given|available|uploaded|included|found|received|present|supplied"
            rf"|shared)",
            rf"\b{_AUDIO}(?: \w+)? (?:was|is|were|are|has|have|does|did|could|can)(?: not|n't) (?:been |be "
            rf"|seem to be |appear to be )?"
            r"(?:provided|attached|given|available|uploaded|included|received|shared|accessible|supplied|loaded"
            r"|processed|played|present)",
            r"^\W*(?:unable|not able|impossible|not possible|insufficient|not enough (?:information|context|data"
            r"|evidence))\b",
            r"\b(?:it is|it's|is|it was) (?:not possible|impossible) (?:for me )?to (?:say|tell|determine|answer"
            r"|know|identify|infer|decide)",
            r"\b(?:answer|it|this|which|option|question)\b[^.!?\n]{0,60}\b(?:can ?not|can't"
            r"|could not) be (?:determined|answered|identified|inferred|known|established)",
            r"^\W*(?:cannot|can't|can not|could not) (?:be )?(?:determin\w+|answer\w*|tell|say|identif\w+|infer\w*"
            r"|decid\w+)",
            r"\b(?:none of the (?:options|choices|above|answers|given options|provided options)|no (?:correct"
            r"|right|suitable|valid) (?:answer|option|choice))\b",
            r"\b(?:please|could you|can you) (?:\w+ )?(?:provide|upload|attach|share|send|re-?upload"
            r"|supply) (?:\w+ ){0,3}(?:audio|recording|clip|file|sound)",
            r"\b(?:i(?:'m| am)) sorry\b[,.]? (?:but )?(?:i|we|this|as|there|the|no)\b[^.!?\n]{0,80}\b(?:can ?not"
            r"|can't|unable|not able|don't|do not|won't|isn't|not)\b",
            r"\bi (?:must |have to |would like to |'d like to |respectfully )?(?:decline|refuse|abstain)\b",
            r"^\W*(?:n/?a|none|unknown|unsure|idk|i don't know|i do not know|no answer|no idea|unanswerable"
            r"|undetermined|indeterminate|uncertain)\W*$",
            r"\binsufficient (?:information|context|data|evidence|detail)",
            r"\bnot enough (?:information|context|data|evidence|detail)",
            # Chinese, Japanese, Korean
            r"(?:抱歉|对不起|對不起|很遗憾|不好意思)[^。\n]{0,30}(?:无法|無法|不能|没有|沒有|不会|不便)",
            r"(?:我|作为|作為)[^。\n]{0,24}(?:无法|無法|不能|没办法)[^。\n]{0,12}(?:听|聽|处理|處理|回答|分析|播放|访问|确定|判断|识别|提供|获取|收听|直接)",
            r"(?:没有|沒有|未)(?:提供|收到|找到|上传|附上|听到)[^。\n]{0,10}(?:音频|音頻|录音|錄音|声音|文件)",
            r"^\W*(?:无法|無法|不能)(?:确定|確定|判断|判斷|回答|听|聽|识别|分析|处理)",
            r"(?:申し訳|すみません|恐れ入り)[^。\n]{0,60}(?:できません|ません|ございません)",
            r"(?:音声|音|回答|質問)[^。\n]{0,24}(?:聞くことができ|聞けません|処理できません|お答えできません|判断できません|提供されていません|できません)",
            r"(?:죄송|미안)[^.\n]{0,60}(?:없습니다|못합니다|수 없|않습니다)",
            r"(?:오디오|음성|소리)[^.\n]{0,30}(?:들을 수 없|처리할 수 없|제공되지)",
            # Spanish, Portuguese, French, German, Italian, Russian
            r"\b(?:lo siento|lo lamento|perdon[ae])\b[^.\n]{0,40}\bno (?:puedo|tengo|es posible|me es|soy capaz)",
            r"\bno puedo (?:escuchar|o[ií]r|responder|procesar|determinar|acceder|ayudar|analizar|reproducir)",
            r"\b(?:desculpe|lamento|sinto muito)\b[^.\n]{0,40}\bn[aã]o (?:posso|consigo|tenho|sou|[eé] poss)",
            r"\bn[aã]o (?:posso|consigo) (?:ouvir|responder|processar|determinar|acessar|ajudar|analisar|escutar)",
            r"\b(?:d[ée]sol[ée]e?|je regrette|navr[ée]e?)\b[^.\n]{0,40}\b(?:ne (?:peux|suis|dispose)|n'ai|n'est"
            r"|impossible)",
            r"\bje ne (?:peux|puis|suis)(?: malheureusement)? pas (?:\w+ )?(?:[ée]couter|entendre|r[ée]pondre"
            r"|traiter|d[ée]terminer|acc[ée]der|aider|analyser|en mesure|capable)",
            r"\b(?:es tut mir leid|tut mir leid|leider|entschuldigung)\b[^.\n]{0,60}\b(?:nicht|keine?n?)\b",
            r"\bich kann (?:\w+ ){0,5}nicht (?:\w+ )?(?:h[oö]ren|anh[oö]ren|beantworten|verarbeiten|bestimmen"
            r"|feststellen|analysieren|helfen)",
            r"\b(?:mi dispiace|spiacente|purtroppo)\b[^.\n]{0,40}\bnon (?:posso|sono|ho|[eè] possibile|riesco)",
            r"\bnon (?:posso|riesco a) (?:ascoltare|sentire|rispondere|elaborare|determinare|accedere|aiutare"
            r"|analizzare)",
            r"(?:извините|простите|к сожалению|сожалею)[^.\n]{0,40}\bне (?:могу|имею|способ|в состоянии|удалось)",
            r"\bя не (?:могу|способен|умею) (?:\w+ )?(?:прослуш|услыш|слуш|ответ|обработ|определ|помоч|анализ|слыш)",
        )
    ),
    re.I | re.M,
)
_ERROR = re.compile(
    r"\W*(?:"
    r"\[?(?:lmms_eval_request_failed|request[_ ]failed|api[_ ]?error|error|exception|failed|failure|fail|timeout"
    r"|timed out)\b\]?"
    r"(?:\s*[:\]\[\-(]|\s*$|\s+\d{3}\b|\s+(?:code|calling|while|during|in|at|from|after|message|processing"
    r"|generating|occurred|when|with)\b)"
    r"|\w*(?:error|exception)\b\s*[:(\]]"
    r"|traceback \(most recent call last\)"
    r"|(?:http|status(?: code)?|code)[ /:=]*(?:1\.1 )?[45]\d\d\b"
    r"|[45]\d\d (?:client error|server error|bad request|unauthorized|forbidden|not found|too many requests"
    r"|internal server error"
    r"|bad gateway|service unavailable|gateway time-?out|request timeout|request entity too large|payload too large)"
    r"|\{\s*[\"'](?:error|errors|detail|exception|fault)[\"']\s*:"
    r"|(?:rate limit|quota) (?:exceeded|reached|hit)|rate ?limit|too many requests|internal server error"
    r"|service unavailable|bad gateway"
    r"|connection (?:error|refused|reset|aborted|timed out)|request timed out|cuda (?:error|out of memory)"
    r"|out of memory"
    r"|<!doctype html|<html"
    r"|(?:sorry, )?(?:something went wrong|an (?:unexpected )?error (?:has )?occurred|the server had an error)"
    r")",
    re.I,
)
_LONG = 1500  # characters at each end of a text in which a model that declines does so


def is_error(text: str) -> bool:
    """Return whether a text is the message of a program that failed, not of a model.

    Examples
    --------
    >>> is_error("[ERROR] 429 Too Many Requests"), is_error("An error in the recording: B")
    (True, False)
    """
    return _ERROR.match(text[:400].lstrip()) is not None


def declines(text: str) -> bool:
    """Return whether a text in any of several languages says that no answer is given.

    Examples
    --------
    >>> declines("I'm sorry, but I cannot listen to audio."), declines("He is sorry and cannot come.")
    (True, False)
    """
    text = text.strip()
    if len(text) > 2 * _LONG:
        text = text[:_LONG] + "\n" + text[-_LONG:]
    return _DECLINES.search(normal_text(text)) is not None
