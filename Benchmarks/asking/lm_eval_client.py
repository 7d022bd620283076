# SPDX-License-Identifier: Apache-2.0
"""Scores the recorded prompts by lm-evaluation-harness's `local-completions`, as its tasks would.

python lm_eval_client.py URL BODIES CONCURRENCY FOLDER

The harness needs a tokeniser to know where a continuation begins; a byte is a token here. It prints
the number of texts and the seconds from the first request to the last reply: loading the harness is
not asking.
"""

import json
import logging
import pathlib
import sys
import time

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lm_eval.api.instance import Instance
from lm_eval.models.openai_completions import LocalCompletionsAPI


def bytes_as_tokens(folder):
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(letters)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=letters[0], model_max_length=4096
    ).save_pretrained(folder)


def main(url, bodies, concurrency, folder):
    logging.disable(logging.WARNING)
    tokenizer = pathlib.Path(folder) / "tokenizer"
    if not tokenizer.exists():
        bytes_as_tokens(tokenizer)
    texts = []
    for line in open(bodies):
        body = json.loads(json.loads(line)[1] or "{}")
        if body.get("echo"):
            texts += body["prompt"]
    pairs = [text.rpartition(" ") for text in texts]
    requests = [
        Instance(
            request_type="loglikelihood", doc={}, idx=number,
            arguments=(head or " ", blank + tail))
        for number, (head, blank, tail) in enumerate(pairs)]
    model = LocalCompletionsAPI(
        base_url=url + "/v1/completions", model="demo-model", tokenizer_backend="huggingface",
        tokenizer=str(tokenizer), tokenized_requests=False, num_concurrent=concurrency,
        batch_size=64)
    began = time.monotonic()
    answers = model.loglikelihood(requests, disable_tqdm=True)
    print(json.dumps({"texts": len(answers), "seconds": time.monotonic() - began}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
