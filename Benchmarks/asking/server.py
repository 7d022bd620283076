# SPDX-License-Identifier: Apache-2.0
"""A completions server that answers from memory: what it costs to ask, and nothing else, is measured.

The first time a body comes it is passed on to a real server; from then on the same bytes are answered
at once, or after a stated delay. It counts what comes and keeps every body, for a client that asks
the same again.
"""

import asyncio
import json
import pathlib
import urllib.request


class Server:
    def __init__(self, behind):
        self.behind = behind
        self.replies = {}
        self.requests = 0
        self.delay = 0.0

    def ask(self, path, body):
        headers = {"content-type": "application/json"} if body else {}
        request = urllib.request.Request(self.behind + path, body or None, headers)
        with urllib.request.urlopen(request) as reply:
            return reply.read()

    async def handle(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line = head.split(b"\r\n", 1)[0].split(b" ")
                length = 0
                for header in head.lower().split(b"\r\n"):
                    if header.startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                body = await reader.readexactly(length) if length else b""
                key = (line[1].decode(), body)
                if key not in self.replies:
                    self.replies[key] = await asyncio.to_thread(self.ask, *key)
                self.requests += 1
                if self.delay:
                    await asyncio.sleep(self.delay)
                reply = self.replies[key]
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
                    + str(len(reply)).encode() + b"\r\n\r\n" + reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def control(self, folder):
        """Reads commands, one JSON object per line on standard input: a delay, or what came."""
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, input):
            command = json.loads(line)
            if "delay" in command:
                self.delay, self.requests = command["delay"], 0
            if command.get("save"):
                with (pathlib.Path(folder) / "bodies.jsonl").open("w") as file:
                    for (path, body), reply in self.replies.items():
                        file.write(json.dumps([path, body.decode(), len(reply)]) + "\n")
            print(json.dumps({"requests": self.requests}), flush=True)


async def main(behind, folder):
    server = Server(behind)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0, limit=64 << 20)
    print(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", flush=True)
    await server.control(folder)


if __name__ == "__main__":
    import sys
    asyncio.run(main(sys.argv[1], sys.argv[2]))
