# SPDX-License-Identifier: Apache-2.0
"""Tunes a small float32 Llama in GGUF on a file of JSON Lines with a field `text`.

python tune.py GGUF TOKENIZER FILE TARGET [--epochs E] [--rate R] [--seed S]

It needs torch and tokenizers, and one core. Texts are joined by token 0, which begins and ends each of
them, and cut into pieces of 128 tokens; every epoch has all pieces once, in another order. AdamW, the
rate rises over the first 20 steps and falls by half a cosine. The weights are trained in the order that
GGUF has them in: the two rows that rotary embedding turns together lie side by side. TARGET is GGUF with
other numbers in the same places; at the end the mean loss of the last 20 steps is printed.
"""

import argparse
import array
import json
import math
import pathlib
import random

import tokenizers
import torch

import convert

PIECE, BATCH, WARMING = 128, 8, 20


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
    """All texts of a file, joined and cut."""
    ids = []
    for line in path.read_text(encoding="utf-8").splitlines():
        ids += tokenizer.encode(json.loads(line)["text"], add_special_tokens=True).ids
    ids.append(0)
    # Each piece has one token more than it predicts.
    count = (len(ids) - 1) // PIECE
    return torch.tensor([ids[PIECE * at:PIECE * at + PIECE + 1] for at in range(count)])


def main():
    parser = argparse.ArgumentParser()
    for name in ("gguf", "tokenizer", "file", "target"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    order = random.Random(options.seed)
    gguf = convert.Reader(options.gguf)
    model = Llama(gguf)
    data = pieces(tokenizers.Tokenizer.from_file(str(options.tokenizer)), options.file)
    batches = math.ceil(len(data) / BATCH)
    steps = options.epochs * batches
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.95))
    losses = []
    for epoch in range(options.epochs):
        places = order.sample(range(len(data)), len(data))
        for batch in range(batches):
            step = epoch * batches + batch
            share = min((step + 1) / WARMING, 0.5 + 0.5 * math.cos(math.pi * step / steps))
            for group in optimizer.param_groups:
                group["lr"] = options.rate * share
            chosen = data[places[BATCH * batch:BATCH * (batch + 1)]]
            logits = model(chosen[:, :-1])
            loss = torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), chosen[:, 1:].flatten())
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
    last = losses[-20:]
    print(f"{len(data)} pieces, {steps} steps, loss {sum(losses[:20]) / 20:.3f} at first, "
          f"{sum(last) / len(last):.3f} at last")


if __name__ == "__main__":
    main()
