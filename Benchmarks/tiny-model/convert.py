# SPDX-License-Identifier: Apache-2.0
"""Writes a Hugging Face folder from a GGUF file of a small float32 Llama.

python3 convert.py GGUF TOKENIZER FOLDER

TOKENIZER is the tokenizer.json that belongs to the weights; it is copied. The standard library is
all it needs. It reads GGUF 2 and 3 with tensors of 32-bit floats and refuses everything else.

llama.cpp keeps the rows of the query and key weights in another order: in each head, the two rows
that rotary embedding turns together lie side by side (x0 y0 x1 y1 ...). Hugging Face has the first
halves of all pairs, then the second (x0 x1 ... y0 y1 ...). Rows are moved back here.
"""

import json
import math
import pathlib
import shutil
import struct
import sys

FLOAT32 = 0
# GGUF's value types by number, as struct formats; 8 is a string, 9 an array.
SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
    10: "<Q", 11: "<q", 12: "<d",
}
STRING, ARRAY = 8, 9

LAYER = {
    "attn_norm.weight": "input_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
}
WHOLE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


class Reader:
    """A GGUF file: `metadata` by key, `tensors` as (shape, bytes) and their `places` by name.

    `spans` has where each value of the metadata stands, `described` where the list of tensors ends and
    `start` where their numbers begin.
    """

    def __init__(self, path):
        self.data = path.read_bytes()
        self.at = 0
        if self.data[:4] != b"GGUF":
            raise SystemExit(f"{path} is not a GGUF file")
        self.at = 4
        version = self.scalar("<I")
        if version not in (2, 3):
            raise SystemExit(f"{path} is GGUF {version}; 2 and 3 are read")
        count, pairs = self.scalar("<Q"), self.scalar("<Q")
        self.metadata, self.spans = {}, {}
        for _ in range(pairs):
            key = self.string()
            kind, begin = self.scalar("<I"), self.at
            self.metadata[key] = self.value(kind)
            self.spans[key] = (begin, self.at)
        infos = []
        for _ in range(count):
            name = self.string()
            sizes = [self.scalar("<Q") for _ in range(self.scalar("<I"))]
            kind, offset = self.scalar("<I"), self.scalar("<Q")
            if kind != FLOAT32:
                raise SystemExit(f"{name} is not of 32-bit floats")
            # GGUF names the fastest dimension first.
            infos.append((name, sizes[::-1], offset))
        alignment = self.metadata.get("general.alignment", 32)
        self.described = self.at
        self.start = start = -(-self.at // alignment) * alignment
        self.tensors, self.places = {}, {}
        for name, shape, offset in infos:
            length = 4 * math.prod(shape)
            content = self.data[start + offset:start + offset + length]
            if len(content) != length:
                raise SystemExit(f"{path} ends within {name}")
            self.tensors[name] = (shape, content)
            self.places[name] = start + offset

    def scalar(self, format):
        (value,) = struct.unpack_from(format, self.data, self.at)
        self.at += struct.calcsize(format)
        return value

    def string(self):
        length = self.scalar("<Q")
        self.at += length
        return self.data[self.at - length:self.at].decode()

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            kind, length = self.scalar("<I"), self.scalar("<Q")
            return [self.value(kind) for _ in range(length)]
        return self.scalar(SCALARS[kind])


def with_text(gguf, key, text):
    """The bytes of a GGUF file with another text in the place of one that its metadata has.

    Tensors are named by their distance from `start`, so they move as one.
    """
    if not isinstance(gguf.metadata.get(key), str):
        raise SystemExit(f"the metadata has no text {key}")
    begin, end = gguf.spans[key]
    value = text.encode()
    head = (gguf.data[:begin] + struct.pack("<Q", len(value)) + value
            + gguf.data[end:gguf.described])
    alignment = gguf.metadata.get("general.alignment", 32)
    return head + bytes(-len(head) % alignment) + gguf.data[gguf.start:]


def halves(tensor, heads):
    """The rows of each head, pairs taken apart into first and second halves."""
    shape, content = tensor
    size, width = shape[0] // heads, 4 * shape[1]
    rows = [content[width * row:width * (row + 1)] for row in range(shape[0])]
    order = [
        head * size + 2 * index + half
        for head in range(heads) for half in range(2) for index in range(size // 2)
    ]
    return shape, b"".join(rows[row] for row in order)


def safetensors(tensors):
    """The bytes of a safetensors file: the header's length, the header, the tensors."""
    header, body = {"__metadata__": {"format": "pt"}}, []
    at = 0
    for name, (shape, content) in sorted(tensors.items()):
        header[name] = {
            "dtype": "F32", "shape": shape, "data_offsets": [at, at + len(content)]
        }
        body.append(content)
        at += len(content)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(body)


def converted(gguf):
    """The tensors by their names at Hugging Face, and config.json."""
    about = gguf.metadata
    if about.get("general.architecture") != "llama":
        raise SystemExit("only the architecture llama is converted")
    heads = about["llama.attention.head_count"]
    key_heads = about.get("llama.attention.head_count_kv", heads)
    tensors = {}
    for name, tensor in gguf.tensors.items():
        if name in WHOLE:
            tensors[WHOLE[name]] = tensor
            continue
        block, layer, part = name.split(".", 2)
        if block != "blk" or part not in LAYER:
            raise SystemExit(f"{name} is no tensor of a plain Llama")
        if part == "attn_q.weight":
            tensor = halves(tensor, heads)
        elif part == "attn_k.weight":
            tensor = halves(tensor, key_heads)
        tensors[f"model.layers.{layer}.{LAYER[part]}"] = tensor
    (vocabulary, hidden), _ = gguf.tensors["token_embd.weight"]
    size = about.get("llama.attention.key_length", hidden // heads)
    bos = about.get("tokenizer.ggml.bos_token_id", 0)
    eos = about.get("tokenizer.ggml.eos_token_id", 0)
    if about.get("llama.rope.dimension_count", size) != size:
        raise SystemExit("rotary embedding of a part of each head is not converted")
    # Stored as a 32-bit float: the shortest decimal that gives it again is the one meant.
    def decimal(value):
        return float(f"{value:.7g}")
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "intermediate_size": about["llama.feed_forward_length"],
        "num_hidden_layers": about["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": key_heads,
        "head_dim": size,
        "hidden_act": "silu",
        "max_position_embeddings": about["llama.context_length"],
        "rms_norm_eps": decimal(about["llama.attention.layer_norm_rms_epsilon"]),
        "rope_theta": decimal(about.get("llama.rope.freq_base", 10000.0)),
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": "output.weight" not in gguf.tensors,
        "bos_token_id": bos,
        "eos_token_id": eos,
        "torch_dtype": "float32",
    }
    return tensors, config


def write(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def convert(source, tokenizer, folder):
    gguf = Reader(source)
    tensors, config = converted(gguf)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(safetensors(tensors))
    write(folder / "config.json", config)
    bos, eos = config["bos_token_id"], config["eos_token_id"]
    write(folder / "generation_config.json", {"bos_token_id": bos, "eos_token_id": eos})
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    # BOS is added by the post-processor of tokenizer.json.
    tokens = gguf.metadata["tokenizer.ggml.tokens"]
    about = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[bos],
        "eos_token": tokens[eos],
        "add_bos_token": True,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": config["max_position_embeddings"],
    }
    if "tokenizer.chat_template" in gguf.metadata:
        about["chat_template"] = gguf.metadata["tokenizer.chat_template"]
    write(folder / "tokenizer_config.json", about)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit("usage: convert.py GGUF TOKENIZER FOLDER")
    convert(*map(pathlib.Path, sys.argv[1:]))
