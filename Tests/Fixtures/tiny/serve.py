# SPDX-License-Identifier: Apache-2.0
"""Serves a GGUF file by llama.cpp's own HTTP server on a free port of loopback.

python serve.py FILE [TEMPLATE]: prints the base URL when the server is ready, and serves until it is ended.
TEMPLATE is a chat template in Jinja, in the place of the model's own.
One thread a slot: on a shared machine more threads wait for each other.
"""
import signal
import socket
import sys
import time
import urllib.request

import xllamacpp

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.port = port
parameters.n_parallel = 4
parameters.n_ctx = 2048
# Without this the server keeps every prompt's state in memory and looks through them all for each
# new one: after 40,000 prompts it answered 800 a second and not 2,000.
parameters.cache_ram_mib = 0
# `/metrics` counts the prompt tokens that were read.
parameters.endpoint_metrics = True
parameters.cpuparams.n_threads = 1
parameters.cpuparams_batch.n_threads = 1
if len(sys.argv) > 2:
    parameters.chat_template = sys.argv[2]
    parameters.use_jinja = True
server = xllamacpp.Server(parameters)
url = f"http://127.0.0.1:{port}"
for _ in range(600):
    try:
        urllib.request.urlopen(url + "/health", timeout=5).read()
        break
    except OSError:
        time.sleep(0.1)
print(url, flush=True)
signal.pause()
