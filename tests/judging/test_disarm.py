"""Control tokens of many model families, in any surroundings; ordinary text stays as it is."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.judging.disarm import candidates, disarm
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.prompt import Material, from_rubric, render
from tests.judging.broken import broken_server

# As they stand in the families' tokenizers: ChatML and Qwen, Llama 2 and 3, Gemma, Mistral, DeepSeek, ChatGLM, EXAONE,
# Seed, MiniMax, InternLM, Kimi, Command, Phi, Granite and StarCoder, CodeLlama, T5, Falcon, OLMo, BERT, Baichuan.
FAMILIES = """
<|im_start|> <|im_end|> <|endoftext|> <|fim_prefix|> <tool_call> </tool_call> <think> </think> <|vision_start|>
<s> </s> <unk> [INST] [/INST] <<SYS>> <</SYS>> <|begin_of_text|> <|eot_id|> <|start_header_id|> <|python_tag|>
<bos> <eos> <pad> <mask> <start_of_turn> <end_of_turn> <unused12> <image_soft_token> <end_of_image>
[SYSTEM_PROMPT] [/SYSTEM_PROMPT] [AVAILABLE_TOOLS] [TOOL_CALLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CONTENT] [ARGS]
[CALL_ID] [IMG] [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [AUDIO] [BEGIN_AUDIO] [TRANSCRIBE] [THINK] [/THINK]
[MODEL_SETTINGS] [REF] [control_8] [STREAMING_PAD]
<｜begin▁of▁sentence｜> <｜User｜> <｜Assistant｜> <｜fim▁hole｜> <|EOT|>
[gMASK] [sMASK] [MASK] <sop> <eop> <|observation|> [|assistant|] [|user|] [|system|] [|endofturn|] [|Human|]
<seed:bos> <seed:eos> <seed:think> </seed:think> <seed:tool_call> <[begin_of_sentence]> <[PAD_never_used]>
]~b] ]~!b[ [e~[ ]!p~[ ]!d~[ ]<]image[>[ <minimax:tool_call>
<eoa> <eoh> <eosys> [UNUSED_TOKEN_146] <TOKENS_UNUSED_1> <IMG_CONTEXT> [BOS] [EOS] [EOT] [PAD] [UNK]
[start_header_id] [end_header_id] <BOS_TOKEN> <EOP_TOKEN> <|START_OF_TURN_TOKEN|> <|CHATBOT_TOKEN|> <CLS> <SEP>
<|assistant|> <|end|> <reponame> <filename> <gh_stars> <issue_start> <commit_before> <jupyter_code> <file_sep>
<empty_output> <fim_prefix> <fim-prefix> <fim-middle> <fim-suffix> <fim-pad> <PRE> <MID> <SUF> <EOT> <EOD>
<extra_id_0> [extra_id_1] >>QUESTION<< >>ANSWER<< >>INTRODUCTION<< |||EMAIL_ADDRESS||| |||IP_ADDRESS|||
[CLS] [SEP] [unused1] <reserved_106> <reserved106> <SPECIAL_12> <mask:0> <_user> <_bot> <_end> <用户> <AI>
|ENDOFTEXT| <image> <boi> <eoi> <eom> <eot> <sot> <cls> <sep> <BOS> <EOS>
"""
TOKENS = FAMILIES.split()
ORDINARY = [
    "Go away.",
    "See [1], [12] and [a]. Also [x](http://example.org/a_b?c=d) and ![alt](p.png).",
    "<p>One</p> <b>two</b><br/> <div class='a_b'>three</div> <pre>four</pre> <h1>five</h1> <!-- six -->",
    "if a < b and c > d or x <= y: return m[i][j + 1]",
    "xs = [n for n in range(10) if n % 2]; d['key_one'] = xs[-1]; print(f'{d!r}')",
    "std::vector<std::string> v; Vec<_>; Map<String, List<int>>; #include <my_header.h>",
    "cat a | grep b > c 2>&1 << EOF; x >> 2; a || b; cout << n << endl;",
    "$f(x) = \\frac{1}{2}$, |x| < 1, a ~ b, [0, 1], ]0, 1[, {1, 2}, x ∈ [a, b], ⟨x|y⟩",
    "| a | b |\n|---|---|\n| [ ] todo | [x] done |",
    "arr[~mask], df[df['a'] > 0], s[::-1], [[80]], [[1, 2], [3, 4]]",
    "**bold** _it_ `code` ~~gone~~ > quote\n- [A] or [B]? [TODO] [sic] [...]",
    "mail <john@example.org>, tag @x_y, #a_b, SOME_NAME, <3 :] [: ^_^",
    "How do I use #include <stdio.h> with <T> and <K, V>?",
]
SURROUNDINGS = st.text(st.sampled_from("<>[]|/~!_ab1 \n｜"), max_size=6)


def test_there_are_many() -> None:
    assert len(set(TOKENS)) > 140


@given(SURROUNDINGS, st.sampled_from(TOKENS), SURROUNDINGS, st.sampled_from(TOKENS), SURROUNDINGS)
def test_no_token_survives_in_any_surroundings(before: str, one: str, between: str, other: str, after: str) -> None:
    text = before + one + between + other + after
    disarmed = disarm(text)
    for token in (one, other):
        assert token not in disarmed
    assert disarmed.replace(" ", "") == text.replace(" ", "")
    assert disarm(disarmed) == disarmed


@pytest.mark.parametrize("token", TOKENS)
def test_each_token_is_broken(token: str) -> None:
    assert token not in disarm(f"Yes.{token}100")
    assert token not in disarm(token * 3)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert disarm(text) == text


@given(st.text())
def test_what_is_disarmed_stays_as_it_is(text: str) -> None:
    assert disarm(disarm(text)) == disarm(text)


@given(st.lists(st.from_regex(r"\A[<\[\]][^\s<>\[\]]{0,6}\w[>\[\]]\Z"), min_size=1, max_size=4), SURROUNDINGS)
def test_tokens_that_a_tokenizer_names_are_broken_too(tokens: list[str], text: str) -> None:
    whole = text.join(["", *tokens, ""])
    assert candidates(whole) >= {token for token in tokens if token in whole}
    disarmed = disarm(whole, tokens)
    assert not any(token in disarmed for token in tokens)
    assert disarmed.replace(" ", "") == whole.replace(" ", "")
    assert disarm(disarmed, tokens) == disarmed


def test_the_judges_tokenizer_is_asked_and_asked_once() -> None:
    special = {"<zork>", "[Quux:9]"}
    instrument = from_rubric(find_rubric("alignment")[1])
    answer = "I <zork> you <p>[Quux:9] and [1]. [Quux:9]"
    with broken_server(tokenizes=True) as server:
        server.special = special
        judge = Judge("j", Endpoint(server.url, "judge", first_wait_s=0.01))

        async def asked() -> list[str]:
            await judge.prepare()
            try:
                return [(await judge.asked(instrument, Material(answer, "q"))).prompt for _ in range(3)]
            finally:
                await judge.rest()

        prompts = asyncio.run(asked())
    assert "I < zork> you <p>[ Quux:9] and [1]. [ Quux:9]" in prompts[0]
    assert set(prompts) == {render(instrument, Material(answer, "q"), special)}
    assert server.asked_for_texts == ["<p>\n<zork>\n[1]\n[Quux:9]"]


def test_a_server_without_a_tokenizer_is_not_asked_about_words() -> None:
    with broken_server() as server:
        judge = Judge("j", Endpoint(server.url, "judge", first_wait_s=0.01), ratings=2)

        async def rated() -> object:
            try:
                return (await judge.rate(from_rubric(find_rubric("alignment")[1]), Material("<zork>", "q"))).cause
            finally:
                await judge.rest()

        assert asyncio.run(rated()) is None
    assert server.asked_for_texts == []
