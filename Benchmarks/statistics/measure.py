# SPDX-License-Identifier: Apache-2.0
"""Times a peer as our side times itself: the least processor time of some runs."""

import json
import time


def measure(name, peer, run, times=5):
    fastest, values = float("inf"), []
    for _ in range(times):
        start = time.process_time()
        values = run()
        fastest = min(fastest, time.process_time() - start)
    line = {"name": name, "peer": peer, "seconds": fastest, "values": [float(v) for v in values]}
    print(json.dumps(line), flush=True)
