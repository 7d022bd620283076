# SPDX-License-Identifier: Apache-2.0
"""Opens a report in headless Chromium and looks at it as a browser shows it.

python3 Benchmarks/report/look.py [PAGE.html] [--output FOLDER]

Without PAGE it takes the reviewed page of the tests. At seven widths from 320 to 1600 pixels, in light
and in dark, and as print, it checks: nothing but the page is requested, no script is in it, nothing is
logged as an error, the page is not wider than the window, and all text has a contrast of at least 4.5
to 1. It prints a line per view, leaves a picture of each and a PDF in FOLDER, and ends with 1 where a
check fails. It needs Chromium (`apt-get install chromium`) and nothing else.
"""

import argparse
import base64
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
repository = here.parents[1]
reviewed = repository / "Tests/CoalmineReportingTests/Goldens/leak.html"
widths = [320, 480, 640, 768, 1024, 1280, 1600]

LOOK = """(() => {
  const root = document.documentElement;
  function luminance(c) {
    const parts = c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  }
  function colour(text) {
    const parts = (text.match(/[\\d.]+/g) || []).map(Number);
    return parts.length < 3 || parts[3] === 0 ? null : parts.slice(0, 3);
  }
  function behind(element) {
    for (let e = element; e; e = e.parentElement) {
      const found = colour(getComputedStyle(e).backgroundColor);
      if (found) return found;
    }
    return [255, 255, 255];
  }
  const weak = new Set();
  let lowest = 21;
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || ['title', 'desc'].includes(e.localName)) continue;
    const style = getComputedStyle(e);
    const ink = colour(e instanceof SVGElement ? style.fill : style.color);
    if (!ink) continue;
    const [a, b] = [luminance(ink), luminance(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    lowest = Math.min(lowest, ratio);
    if (ratio < 4.5) weak.add(e.localName + '.' + (e.getAttribute('class') || ''));
  }
  return JSON.stringify({
    wide: root.scrollWidth, height: root.scrollHeight, scripts: document.scripts.length,
    handlers: [...document.querySelectorAll('*')]
      .filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length,
    lowest, weak: [...weak],
  });
})()"""


class Browser:
    """Chromium's own protocol over two pipes: messages of JSON, each ended by NUL."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="coalmine-look-")
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()

        def give():
            # Copies first: the pipes may already be 3 and 4 the other way round.
            read, write = os.dup(to_read), os.dup(to_write)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
             "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
             f"--user-data-dir={self.folder}", "about:blank"],
            preexec_fn=give, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer = b""
        self.numbers = itertools.count(1)
        self.events = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Network", "Log", "Runtime"]:
            self.call(f"{domain}.enable")

    def message(self):
        while b"\0" not in self.buffer:
            more = os.read(self.back, 1 << 20)
            if not more:
                sys.exit("Chromium ended early")
            self.buffer += more
        first, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(first)

    def call(self, method, **parameters):
        number = next(self.numbers)
        call = {"id": number, "method": method, "params": parameters}
        if self.session:
            call["sessionId"] = self.session
        os.write(self.to, json.dumps(call).encode() + b"\0")
        while True:
            got = self.message()
            if got.get("id") == number:
                if "error" in got:
                    sys.exit(f"{method}: {got['error']}")
                return got["result"]
            self.events.append(got)

    def open(self, address):
        self.events = []
        self.call("Page.navigate", url=address)
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self.message())

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def look(browser, page, width, scheme, folder):
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                 deviceScaleFactor=1, mobile=False)
    browser.call("Emulation.setEmulatedMedia", media="print" if scheme == "print" else "screen",
                 features=[{"name": "prefers-color-scheme",
                            "value": "dark" if scheme == "dark" else "light"}])
    browser.open(page.as_uri())
    seen = json.loads(
        browser.call("Runtime.evaluate", expression=LOOK, returnByValue=True)["result"]["value"])
    requests = {e["params"]["request"]["url"] for e in browser.events
                if e.get("method") == "Network.requestWillBeSent"}
    logged = [e["params"]["entry"]["text"] for e in browser.events
              if e.get("method") == "Log.entryAdded" and e["params"]["entry"]["level"] == "error"]
    problems = []
    if requests != {page.as_uri()}:
        problems.append(f"requests: {sorted(requests)}")
    if seen["scripts"] or seen["handlers"]:
        problems.append(f"{seen['scripts']} scripts, {seen['handlers']} handlers")
    if seen["wide"] > width:
        problems.append(f"{seen['wide']} pixels wide")
    if seen["weak"]:
        problems.append(f"contrast {seen['lowest']:.2f}: {', '.join(seen['weak'])}")
    problems += [f"logged: {text}" for text in logged]
    picture = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                           clip={"x": 0, "y": 0, "width": width, "height": seen["height"],
                                 "scale": 1})
    (folder / f"{scheme}-{width}.png").write_bytes(base64.b64decode(picture["data"]))
    print(f"{scheme:5} {width:5} px: {seen['height']:6} px high, lowest contrast "
          f"{seen['lowest']:.1f}, {'; '.join(problems) or 'as it should be'}")
    return not problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", nargs="?", type=pathlib.Path, default=reviewed)
    parser.add_argument("--output", type=pathlib.Path, default=here / ".work")
    arguments = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        sys.exit("Chromium is not installed")
    arguments.output.mkdir(parents=True, exist_ok=True)
    page = arguments.page.resolve()
    browser = Browser(program)
    try:
        good = [look(browser, page, width, scheme, arguments.output)
                for scheme in ["light", "dark"] for width in widths]
        # A4 less the margins of the style sheet, at 96 pixels per inch.
        good.append(look(browser, page, 680, "print", arguments.output))
        browser.call("Emulation.clearDeviceMetricsOverride")
        browser.call("Emulation.setEmulatedMedia", media="")
        pdf = browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        (arguments.output / "print.pdf").write_bytes(base64.b64decode(pdf["data"]))
    finally:
        browser.close()
    sys.exit(0 if all(good) else 1)


main()
