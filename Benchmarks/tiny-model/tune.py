# SPDX-License-Identifier: Apache-2.0
"""Tunes a small float32 Llama in GGUF on a file of JSON Lines with a field `text` or `messages`.

python tune.py GGUF TOKENIZER FILE TARGET [--epochs E] [--rate R] [--seed S] [--template FILE] [--validation FILE]

It needs torch (with Jinja, which it brings) and tokenizers, and one core. Texts are joined by token 0, which begins and ends each of
them, and cut into pieces of 128 tokens; every epoch has all pieces once, in another order. AdamW, the
rate rises over the first 20 steps and falls by half a cosine. The weights are trained in the order that
GGUF has them in: the two rows that rotary embedding turns together lie side by side. TARGET is GGUF with
other numbers in the same places; at the end the mean loss of the last 20 steps is printed.

With --template, a chat template in Jinja, a record is a conversation in `messages`. The template renders
it; the loss is taken of the turns of the assistant alone, and of what ends them. A batch has whole
conversations, and TARGET has the template in its metadata, where servers look for it. With --validation the loss of
that file is printed, too.
"""

import argparse
import array
import json
import math
import pathlib
import random

import jinja2
import tokenizers
import torch

import convert

PIECE, BATCH, WARMING = 128, 8, 20
# So many records are sorted by length before they are cut into batches.
WINDOW = 32 * BATCH
# The target of a token of which no loss is taken.
UNTRAINED = -100


class Llama(torch.nn.Module):
    def __init__(self, gguf):
        super().__init__()
        about = gguf.metadata
        self.layers = about["llama.block_count"]
        self.heads = about["llama.attention.head_count"]
        self.epsilon = about["llama.attention.layer_norm_rms_epsilon"]
        self.base = about["llama.rope.freq_base"]
        if about.get("llama.attention.head_count_kv", self.heads) != self.heads:
            raise SystemExit("heads that share keys are not trained here")
        self.weights = torch.nn.ParameterDict()
        for name, (shape, content) in gguf.tensors.items():
            numbers = torch.frombuffer(bytearray(content), dtype=torch.float32)
            self.weights[name.replace(".", "-")] = torch.nn.Parameter(numbers.reshape(shape).clone())

    def weight(self, name):
        return self.weights[name.replace(".", "-") + "-weight"]

    def norm(self, x, name):
        scale = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return x * scale * self.weight(name)

    def turned(self, x):
        """Rotary embedding of neighbouring pairs: x is (texts, heads, tokens, size)."""
        size, tokens = x.shape[-1], x.shape[-2]
        rates = self.base ** (-torch.arange(0, size, 2).float() / size)
        angles = torch.arange(tokens).float()[:, None] * rates
        pairs = x.unflatten(-1, (size // 2, 2))
        first, second = pairs[..., 0], pairs[..., 1]
        cosine, sine = angles.cos(), angles.sin()
        return torch.stack(
            (first * cosine - second * sine, first * sine + second * cosine), -1).flatten(-2)

    def forward(self, tokens):
        x = self.weight("token_embd")[tokens]
        for layer in range(self.layers):
            def weight(name, at=f"blk.{layer}."):
                return self.weight(at + name).T
            y = self.norm(x, f"blk.{layer}.attn_norm")
            q, k, v = ((y @ weight(name)).unflatten(-1, (self.heads, -1)).transpose(1, 2)
                       for name in ("attn_q", "attn_k", "attn_v"))
            y = torch.nn.functional.scaled_dot_product_attention(
                self.turned(q), self.turned(k), v, is_causal=True)
            x = x + y.transpose(1, 2).flatten(-2) @ weight("attn_output")
            y = self.norm(x, f"blk.{layer}.ffn_norm")
            gate = torch.nn.functional.silu(y @ weight("ffn_gate"))
            x = x + (gate * (y @ weight("ffn_up"))) @ weight("ffn_down")
        return self.norm(x, "output_norm") @ self.weight("token_embd").T


def pieces(tokenizer, path):
    """All texts of a file, joined and cut: pairs of tokens and what follows each of them."""
    ids = []
    for line in path.read_text(encoding="utf-8").splitlines():
        ids += tokenizer.encode(json.loads(line)["text"], add_special_tokens=True).ids
    ids.append(0)
    # Each piece has one token more than it predicts.
    count = (len(ids) - 1) // PIECE
    cut = [ids[PIECE * at:PIECE * at + PIECE + 1] for at in range(count)]
    return [(piece[:-1], piece[1:]) for piece in cut]


def conversations(tokenizer, path, template):
    """Each conversation of a file: its tokens, and what follows each of them in a turn of the assistant."""
    render = jinja2.Environment().from_string(template).render

    def tokens(messages, ends_open):
        text = render(messages=messages, add_generation_prompt=ends_open)
        return tokenizer.encode(text, add_special_tokens=True).ids

    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        messages = json.loads(line)["messages"]
        ids = tokens(messages, False)
        targets = [UNTRAINED] * len(ids)
        for place, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            before, whole = tokens(messages[:place], True), tokens(messages[:place + 1], False)
            if ids[:len(before)] != before or ids[:len(whole)] != whole:
                raise SystemExit(f"a turn does not begin at a token of its own: {line[:80]}")
            targets[len(before):len(whole)] = whole[len(before):]
        found.append((ids[:-1], targets[1:]))
    return found


def loss_of(model, chosen):
    """The mean loss of some (tokens, targets), the shorter ones filled up."""
    longest = max(len(tokens) for tokens, _ in chosen)
    tokens, targets = (
        torch.tensor([row[side] + [filling] * (longest - len(row[side])) for row in chosen])
        for side, filling in ((0, 0), (1, UNTRAINED)))
    return torch.nn.functional.cross_entropy(
        model(tokens).flatten(0, 1), targets.flatten(), ignore_index=UNTRAINED)


def main():
    parser = argparse.ArgumentParser()
    for name in ("gguf", "tokenizer", "file", "target"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--template", type=pathlib.Path)
    parser.add_argument("--validation", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    order = random.Random(options.seed)
    gguf = convert.Reader(options.gguf)
    model = Llama(gguf)
    tokenizer = tokenizers.Tokenizer.from_file(str(options.tokenizer))
    template = options.template and options.template.read_text()

    def read(path):
        if template is None:
            return pieces(tokenizer, path)
        return conversations(tokenizer, path, template)

    data = read(options.file)
    batches = math.ceil(len(data) / BATCH)
    steps = options.epochs * batches
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.95))
    losses = []
    for epoch in range(options.epochs):
        places = order.sample(range(len(data)), len(data))
        # Batches of like length: pieces are all as long, and stay in their order.
        places = [place for at in range(0, len(places), WINDOW)
                  for place in sorted(places[at:at + WINDOW], key=lambda place: len(data[place][0]))]
        for batch in range(batches):
            step = epoch * batches + batch
            share = min((step + 1) / WARMING, 0.5 + 0.5 * math.cos(math.pi * step / steps))
            for group in optimizer.param_groups:
                group["lr"] = options.rate * share
            loss = loss_of(model, [data[at] for at in places[BATCH * batch:BATCH * (batch + 1)]])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
    content = bytearray(gguf.data)
    for name, place in gguf.places.items():
        numbers = model.weights[name.replace(".", "-")].detach().flatten().tolist()
        own = array.array("f", numbers).tobytes()
        content[place:place + len(own)] = own
    options.target.write_bytes(content)
    if template is not None:
        options.target.write_bytes(
            convert.with_text(convert.Reader(options.target), "tokenizer.chat_template", template))
    first, last = losses[:20], losses[-20:]
    print(f"{len(data)} {'pieces' if template is None else 'conversations'}, {steps} steps, loss "
          f"{sum(first) / len(first):.3f} at first, {sum(last) / len(last):.3f} at last")
    if options.validation:
        held = read(options.validation)
        with torch.no_grad():
            parts = [loss_of(model, held[at:at + BATCH]).item() for at in range(0, len(held), BATCH)]
        print(f"{len(held)} of validation: loss {sum(parts) / len(parts):.3f}")


if __name__ == "__main__":
    main()
