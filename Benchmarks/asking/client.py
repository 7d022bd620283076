# SPDX-License-Identifier: Apache-2.0
"""Asks the recorded bodies again with aiohttp and writes every reply to a file: the plain client."""

import asyncio
import json
import sys

import aiohttp


async def main(url, bodies, concurrency, output):
    work = [json.loads(line) for line in open(bodies)]
    todo = iter(work)
    texts = 0
    with open(output, "wb") as file:
        async with aiohttp.ClientSession() as session:

            async def worker():
                nonlocal texts
                for path, body, _ in todo:
                    if not body:
                        async with session.get(url + path) as reply:
                            await reply.read()
                        continue
                    headers = {"content-type": "application/json"}
                    async with session.post(url + path, data=body.encode(), headers=headers) as reply:
                        raw = await reply.read()
                        file.write(raw)
                        # Both clients read what came.
                        texts += len(json.loads(raw).get("choices", []))

            await asyncio.gather(*(worker() for _ in range(concurrency)))
    print(texts)


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
