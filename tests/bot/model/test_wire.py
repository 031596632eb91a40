"""What models write around their answers, and what is told about them: pure readers, and their time."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.tokens import estimate_tokens, usual_tokens, was_cut
from bot.model.wire import longest_told, refusal_in, spoken_text, wait_in_body, without_fence, words_of
from bot.model.wire.completion import tidy_body
from tests.measuring import grows_evenly

ANSWERS: list[tuple[str, str]] = [
    ("<think>\nThe user wants a greeting.\n</think>\n\nHello.", "Hello."),
    ("<think>\n\n</think>\n\nHello.", "Hello."),
    ("The user wants a greeting.\n</think>\n\nHello.", "Hello."),
    ("<thinking>secret plan</thinking>Hello.", "Hello."),
    ("<thinking>secret plan</thinking> Hello.", "Hello."),
    (
        "<|channel|>analysis<|message|>secret plan<|end|><|start|>assistant<|channel|>final<|message|>Hello.",
        "Hello.",
    ),
    (
        "<|channel|>analysis<|message|>secret plan<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Hello.<|return|>",
        "Hello.",
    ),
    ("<|channel|>commentary<|message|>Hello.<|end|>", "Hello."),
    ("<|channel|>final<|message|>Hello.", "Hello."),
    (
        "analysis<|message|>x<|end|><|start|>assistant<|channel|>final <|constrain|>text<|message|>Hello.",
        "Hello.",
    ),
    ("analysisThe user wants a greeting.assistantfinalHello.", "Hello."),
    ("We greet.<|end|><|start|>assistant<|channel|>final<|message|>Hello.", "Hello."),
    ("Hello.<|im_end|>\n<|im_start|>user\nand now?", "Hello."),
    ("Hello.</s>", "Hello."),
    ("Hello.</s></s>", "Hello."),
    ("Hello.</s>\n", "Hello."),
    ("<s> Hello.</s>", "Hello."),
    ("[THINK]plan[/THINK]Hello.", "Hello."),
    ("[THINK]\nplan\n[/THINK]\n\nHello.", "Hello."),
    ("<seed:think>plan</seed:think>Hello.", "Hello."),
    ("<thought>plan</thought>\nHello.", "Hello."),
    ("<reasoning>\nplan\n</reasoning>\nHello.", "Hello."),
    ("◁think▷plan◁/think▷Hello.", "Hello."),
    ("<|begin_of_thought|>plan<|end_of_thought|>\n<|begin_of_solution|>Hello.<|end_of_solution|>", "Hello."),
    ("<|START_THINKING|>plan<|END_THINKING|><|START_RESPONSE|>Hello.<|END_RESPONSE|>", "Hello."),
    ("<|channel>thought\nplan<channel|>Hello.", "Hello."),
    ("<think>a</think><think>b</think>Hello.", "Hello."),
    ("<think>a<think>b</think>c</think>Hello.", "Hello."),
    (
        "<think>The user asks about </think> tags.\n</think>\n\nThe tag `</think>` closes.",
        "The tag `</think>` closes.",
    ),
    ("<think>plan</think>Write <think> first and </think> last.", "Write <think> first and </think> last."),
    (
        "<think>plan</think>Like:\n```\n<think>\nx\n</think>\n```\nok",
        "Like:\n```\n<think>\nx\n</think>\n```\nok",
    ),
    ("greeting.</think>Hello.", "Hello."),
    ("greeting. </think> Hello.", "Hello."),
    ("plan</think>Hello.", "Hello."),
    ("\n</think>\n\nHello.", "Hello."),
    ("</think>\n\nHello.", "Hello."),
    ("</think>Hello.", "Hello."),
    ("<think></think>Hello.", "Hello."),
    ("<THINK>x</THINK>Hello.", "Hello."),
    ('<think foo="1">x</think>Hello.', "Hello."),
    ("<think>x</thinking>Hello.", "Hello."),
    ("<think>x</think>\n<answer>Hello.</answer>", "Hello."),
    ("Hello.<|eot_id|>", "Hello."),
    ("Hello.<|endoftext|>", "Hello."),
    ("Hello.<end_of_turn>", "Hello."),
    ("Hello.<|end|>", "Hello."),
    ("Hello.<|return|>", "Hello."),
    ("Hello. [/INST]", "Hello."),
    ("[/INST] Hello.", "Hello."),
    ("Hello.\n[INST] and now? [/INST]", "Hello."),
    ("Hello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nand?", "Hello."),
    ("<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>", "Hello."),
    ("<|im_start|>assistant\nHello.<|im_end|>", "Hello."),
    ("<|im_start|>assistant\n<think>\nx\n</think>\nHello.", "Hello."),
    ("<start_of_turn>model\nHello.<end_of_turn>", "Hello."),
    ("Hello.<｜end▁of▁sentence｜>", "Hello."),
    ("Hello. <|im_end|>", "Hello."),
    ("Hello <|im_end|>", "Hello"),
    ("Hello.\n<|im_end|>\n", "Hello."),
    ("Hello.<|endoftext|>Human: what is", "Hello."),
    ("Hello.<|im_start|>user", "Hello."),
    ("Hello.<eos>", "Hello."),
    ("Hello.<|END_OF_TURN_TOKEN|>", "Hello."),
    ("```\nHello<|im_end|>\n", "```\nHello"),
    ("\ufeffHello.", "Hello."),
    ("<thinking>\nx\n</thinking>\n\n<thinking>\ny\n</thinking>\n\nHello.", "Hello."),
]
NO_ANSWERS: list[str] = [
    "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|ch"
    "annel|>commentary to=functions.search <|constrain|>json<|mes"
    "sage|>{}<|call|>",
    "<|channel|>analysis<|message|>a<|end|>",
    "analysisThe user wants",
    "<think>\nThe user wants a greeting and",
    '<tool_call>\n{"name": "search", "arguments": {"q": "x"}}\n</tool_call>',
    "<think>x</think>",
    "<think>x</think>\n\n<|im_end|>",
    '[TOOL_CALLS][{"name": "search", "arguments": {}}]',
    '[TOOL_CALLS] [{"name": "a"}]',
    '<function=search>{"q": 1}</function>',
    "<|python_tag|>search(q=1)",
    "Let me search.\n<tool_call>\n{}\n</tool_call>",
    '{"name": "search", "parameters": {"q": "x"}}',
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function",
    "<|tool_calls_section_begin|>x",
    '<function_calls>\n<invoke name="x">\n</invoke></function_calls>',
    'functools[{"name":1}]',
    "<think>plan</think><tool_call>{}</tool_call>",
    "",
    "<|im_end|>",
]
ABOUT_MARKS: list[str] = [
    "The <s>old</s> price",
    "The <s>old</s>",
    "<s>old</s> new",
    "Models put `<think>` before an answer.",
    "  Hello.  \n\n",
    "Use <think> and </think> around thoughts.",
    "Close it with </think>, then answer.",
    "Close it with `</think>` at the end.",
    "The closing tag is </think>\n\nThat is all.",
    "```\nfoo\n</think>\n```\nIs a tag.",
    "<answer>Hello.</answer>",
    "Qwen ends turns with <|im_end|> and Llama with <|eot_id|>.",
    "Qwen writes `<|im_end|>`; Llama `<|eot_id|>`",
    "- <|im_end|>\n- <|eot_id|>\n",
    "| model | mark |\n|---|---|\n| Qwen | <|im_end|> |",
    "```\n<|im_start|>user\nhi<|im_end|>\n```\nis a turn.",
    '{"name": "Ann", "age": 3}',
    "A model writes <tool_call> before a call.",
    "Use `<tool_call>` and `[TOOL_CALLS]`.",
    "a < b <| f |> c",
    "List: [INST] is Llama's mark.",
    "I think </s> is the end mark.",
    'The model said "<think>" and stopped.',
    "<think> is the tag that Qwen writes.",
]
FENCES: list[tuple[str, str]] = [
    ("```markdown\n# Title\n\nSee **this**.\n```", "# Title\n\nSee **this**."),
    ("```md\nx\n```", "x"),
    ("```html\n<p>Hello</p>\n```", "```html\n<p>Hello</p>\n```"),
    ("```markdown\n# T\n```python\nx\n```\nmore\n```", "# T\n```python\nx\n```\nmore"),
    ("````markdown\n```\nx\n```\n````", "```\nx\n```"),
    ("```markdown\n# T", "# T"),
    ("```markdown\nx\n```\nAnd more", "```markdown\nx\n```\nAnd more"),
    ("Here:\n```markdown\nx\n```", "Here:\n```markdown\nx\n```"),
    ("~~~Markdown\nx\n~~~", "x"),
    ("```\nx\n```", "```\nx\n```"),
    ("```mdx\nx\n```", "```mdx\nx\n```"),
    ("```markdown\n```", ""),
    ("```markdown\na\n```\ncode\n```\nb\n```", "```markdown\na\n```\ncode\n```\nb\n```"),
]


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_thoughts_and_marks_are_no_part_of_an_answer(text: str, answer: str) -> None:
    assert spoken_text(text) == answer


@pytest.mark.parametrize("text", NO_ANSWERS)
def test_thoughts_alone_and_calls_of_tools_are_no_answer(text: str) -> None:
    assert spoken_text(text) == ""


@pytest.mark.parametrize("text", ABOUT_MARKS)
def test_text_about_marks_stays(text: str) -> None:
    assert spoken_text(text) == text.strip()


@pytest.mark.parametrize("text", [text for text in ABOUT_MARKS if "answer>" not in text])
def test_text_about_marks_stays_after_thoughts_too(text: str) -> None:
    assert (
        spoken_text(f"<think>\nI write about </think> and `<|im_end|>`.\n</think>\n\n{text}") == text.strip()
    )


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<[◁{`~\ufeff\u200b")))
def test_text_without_marks_is_what_it_was(text: str) -> None:
    if not text.strip().startswith("analysis"):
        assert spoken_text(text) == text.strip()


@pytest.mark.parametrize(("text", "inside"), FENCES)
def test_a_fence_of_markdown_round_all_of_it_is_taken_off(text: str, inside: str) -> None:
    assert without_fence(text) == inside


@pytest.mark.parametrize(
    ("words", "tokens"),
    [
        ("This model's maximum context length is 4096 tokens. You requested 5000 tokens.", 4_096),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
        ("request (5000 tokens) exceeds the available context size (4,096 tokens)", 4_096),
        ("exceeds the maximum number of tokens allowed (1048576).", 1_048_576),
        ("too large for model with 32768 maximum context length", 32_768),
        ("on tokens per minute (TPM): Limit 6000, Requested 7032", 6_000),
        ("Input is too long.", None),
    ],
)
def test_the_tokens_that_a_model_takes_are_read(words: str, tokens: int | None) -> None:
    assert longest_told(words) == tokens


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("The mill stands by the river, and the miller sleeps. " * 100, 1_000),
        ("委员会批准了明年的预算，工程将在春天开始。" * 100, 1_000),
        ("Комиссия утвердила бюджет на будущий год. " * 100, 1_000),
        ("1234567890 " * 100, 250),
        ("<td>1</td>\n" * 100, 250),
    ],
)
def test_the_usual_count_is_no_more_than_the_estimate(text: str, least: int) -> None:
    assert least <= usual_tokens(text) <= estimate_tokens(text)


def test_a_count_of_less_than_half_is_of_a_text_that_was_cut() -> None:
    text = "The mill stands by the river. " * 1_000
    half = usual_tokens(text) // 2
    assert [was_cut(text, counted=count) for count in (None, 499, 500, half - 1, half + 1)] == [
        *(False, False, True, True, False)
    ]


UNITS = [
    *("<think>", "</think>", "<think></think>", "<think>a </think> b", "<think></thinking>", "<think> is "),
    *(
        "</s>",
        "<s></s>",
        "`",
        "``` ",
        "```\n",
        "~~~markdown\n",
        "` `` ``` ",
        "\n \n`",
        "<|im_end|>",
        " <|x|> a",
    ),
    *(
        "<|channel|>final<|message|>",
        "<|start|>assistant<|channel|>",
        "[INST] a",
        "<tool_call> is ",
        "a\n</think> is",
    ),
    *(
        "<answer>",
        "assistantfinal",
        '{"name":',
        "word ",
        " ",
        "\n",
        "<|",
        "again in 1s ",
        "model 1 ",
        "tokens ",
    ),
]
READERS: list[Callable[[str], object]] = [
    lambda text: (spoken_text(text), spoken_text(f"<think>{text}"), spoken_text(f"analysisT{text}")),
    lambda text: (without_fence(f"```markdown\n{text}"), usual_tokens(text), tidy_body(text.encode())),
    lambda text: (words := words_of([text]), refusal_in(400, words), longest_told(text), wait_in_body(text)),
    lambda text: tidy_body(json.dumps({"choices": [{"message": {"content": [text]}}]}).encode()),
]


@pytest.mark.parametrize("unit", UNITS)
def test_twice_the_text_takes_about_twice_the_time(unit: str) -> None:
    text = unit * (15_000 // len(unit))
    for read in READERS:
        assert grows_evenly(read, text, text * 2)
