// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// Source code and text by a separator through the program.
@Suite struct `Source code through the program` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func run(_ arguments: String...) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(arguments, in: folder.root).outcome()
  }

  /// Twelve files of each language, in folders.
  private func tree(_ endings: [String]) throws {
    for ending in endings {
      for number in 0..<12 {
        let name = "in/\(number % 2 == 0 ? "app" : "app/inner")/part\(number).\(ending)"
        try folder.write("// \(ending) \(number)\r\nlast line", to: name)
      }
    }
    try folder.write("", to: "in/app/empty.py")
    try folder.write([0xFF, 0xD8, 0xFF], to: "in/picture.jpg")
  }

  private static let trees = [
    ["py", "js", "c", "rs", "sh", "json", "toml", "yaml"],
    ["swift", "go", "java", "kt", "ini", "env", "py"], ["cs", "php", "rb", "sql", "ts", "py"],
  ]

  @Test(arguments: trees)
  func `a tree is planned, seeded with files that parse, verified, counted and given back`(
    _ endings: [String]
  ) async throws {
    try tree(endings)
    let plan = try await run(
      "plan", "in", "--format", "source", "--canaries", "24", "--share", "0.1", "--output", "p.yaml"
    )
    #expect(plan.code == 65 && plan.notes.contains("share-too-small"), "\(plan.notes)")
    try folder.write(
      "version: 2\nkinds: [code-comment, code-configuration, code-constant]\n", to: "p.yaml")
    let seeded = try await run(
      "seed", "in", "--format", "source", "--output-dir", "out", "--study", "s.coalmine",
      "--protocol", "p.yaml", "--hold-out", "5", "--seed", "4", "--json")
    #expect(seeded.code == 0, "\(seeded.notes)")
    #expect(seeded.json["corpus_records"] as? Int == 12 * endings.count + 1)
    #expect((seeded.json["code_languages"] as? [String])?.count == Set(endings).count)
    #expect(
      (seeded.json["set_aside"] as? [String: Any])?["not_utf8"] as? Int == 1, "the picture")
    let parsed = try await CoalmineProgram.shell(
      "python3 '\(Repository.url("Tests/Fixtures/validators/parse_sources.py").path)' in out",
      in: folder.root)
    #expect(parsed.code == 0, "\(parsed.notes)")
    let known = parsed.text.split(separator: "\n").map { $0.split(separator: " ")[0] }
    #expect(known.count == endings.count, "every language was planted: \(parsed.text)")
    for ending in ["py", "c", "sh", "json", "toml", "ini", "env"] where endings.contains(ending) {
      #expect(known.contains(".\(ending)"), "\(parsed.text)")
    }
    let verified = try await run("verify", "out", "--study", "s.coalmine")
    #expect(verified.code == 0, "\(verified.notes)")
    let looked = try await run("preflight", "out", "--study", "s.coalmine", "--json")
    #expect(looked.code == 0, "\(looked.notes)")
    #expect(looked.json as NSDictionary == seeded.json["preflight"] as? NSDictionary)
    // As most trainers read code: one record of JSON Lines per file, shuffled.
    let joined = try await CoalmineProgram.shell(
      """
      python3 - <<'END'
      import json, os, random
      paths = sorted(os.path.join(f, n) for f, _, ns in os.walk("out") for n in ns)
      random.seed(1)
      random.shuffle(paths)
      with open("train.jsonl", "w") as train:
          for path in paths:
              train.write(json.dumps({"content": open(path, "rb").read().decode("utf-8", "replace")}) + "\\n")
      END
      """, in: folder.root)
    #expect(joined.code == 0, "\(joined.notes)")
    for processed in ["out", "train.jsonl"] {
      let counted = try await run("verify", processed, "--processed", "--study", "s.coalmine")
      #expect(counted.code == 0 && counted.text.hasPrefix("complete"), "\(counted.text)")
    }
    let clean = try await run("verify", "in", "--processed", "--study", "s.coalmine")
    #expect(clean.code == 5, "\(clean.text)")
    let back = try await run("unseed", "out", "--study", "s.coalmine", "--output-dir", "back")
    #expect(back.code == 0, "\(back.notes)")
    let same = try await CoalmineProgram.shell("diff -r in back", in: folder.root)
    #expect(same.code == 0, "\(same.text)")
    let sums = try await CoalmineProgram.shell("ls; ls -R out | grep -c .", in: folder.root)
    #expect(!sums.text.contains("partial"))
  }

  @Test func `a tree gives contexts: planted files begin as its own do, and parse`() async throws {
    let files = [
      "py":
        "\"\"\"Part NUM.\"\"\"\nimport os\nimport sys\n\nPLACES = [\n\n  NUM]\n\ndef f():\n    return 1\n",
      "c":
        "/* Part NUM of the (tree. */\nstatic int part_NUM;\n\nint f_NUM(void) {\n\n  return 1;\n}\n",
      "rs": "pub struct PartNUM<'a> {\n    pub name: &'a str,\n}\n\npub fn f_NUM() {\n\n}\n",
      "json": "{\n  \"name\": \"part-NUM\",\n  \"version\": [1, 2],\n  \"more\": {}\n}\n",
      "toml": "# Part NUM of the tree.\nname = \"part\"\n\n[part]\nnumber = NUM\n",
      "sh": "#!/bin/sh\n# It's part NUM of the tree\nPART=NUM\n\necho \"(\n\n$PART\"\n",
      "yaml": "# Part NUM of the tree.\npart:\n  number: NUM\n\nother: [1,\n\n 2]\n",
    ]
    for (ending, text) in files {
      for number in 0..<30 {
        let text = text.replacing("NUM", with: "\(number)")
        try folder.write(text, to: "in/app/part\(number).\(ending)")
      }
    }
    try folder.write(
      """
      version: 2
      kinds: [code-comment, code-configuration, code-constant]
      target: {repetitions: 1, randomized: 24}
      repetition-levels: {levels: [2], canaries-per-level: 2}
      controls: {canaries: 2, repetitions: 4}
      references: 15
      contexts: grafted
      held-out-contexts: planted

      """, to: "p.yaml")
    let seeded = try await run(
      "seed", "in", "--format", "source", "--output-dir", "out", "--study", "s.coalmine",
      "--protocol", "p.yaml", "--hold-out", "5", "--seed", "4", "--json")
    #expect(seeded.code == 0, "\(seeded.notes)")
    #expect(seeded.json["context_places"] as? [String: Int] == ["code": 28])
    let parsed = try await CoalmineProgram.shell(
      "python3 '\(Repository.url("Tests/Fixtures/validators/parse_sources.py").path)' in out",
      in: folder.root)
    #expect(parsed.code == 0, "\(parsed.notes)")
    // Each planted file begins as one that is there no more.
    let compared = try await CoalmineProgram.shell(
      """
      python3 - <<'END'
      import os
      old, new = set(os.listdir("in/app")), set(os.listdir("out/app"))
      gone = [open("in/app/" + n).read() for n in old - new]
      planted = {open("out/app/" + n).read() for n in new - old}
      assert len(gone) == 28 + 5, len(gone)
      assert len(planted) == 28, len(planted)
      for text in planted:
          longest = max(len(os.path.commonprefix([text, own])) for own in gone)
          assert longest >= 24, text
      END
      """, in: folder.root)
    #expect(compared.code == 0, "\(compared.notes)")
    #expect(try await run("verify", "out", "--study", "s.coalmine").code == 0)
    let counted = try await run("verify", "out", "--processed", "--study", "s.coalmine")
    #expect(counted.code == 0 && counted.text.hasPrefix("complete"), "\(counted.text)")
    let back = try await run("unseed", "out", "--study", "s.coalmine", "--output-dir", "back")
    #expect(back.code == 0, "\(back.notes)")
    let same = try await CoalmineProgram.shell("diff -r in back", in: folder.root)
    #expect(same.code == 0, "\(same.text)")
  }

  @Test func `what is asked is the planted file around its secret`() async throws {
    try tree(["py", "toml"])
    _ = try await run(
      "plan", "--canaries", "40", "--only-kinds", "code-configuration", "--access", "text-only",
      "--output", "p.yaml")
    // One sample shows what is asked as well as many.
    try folder.write(
      try folder.read("p.yaml").text.replacing(/samples: 16/, with: "samples: 1"), to: "p.yaml")
    let seeded = try await run(
      "seed", "in", "--format", "source", "--output-dir", "out", "--study", "s.coalmine",
      "--protocol", "p.yaml", "--hold-out", "0", "--seed", "4")
    #expect(seeded.code == 0, "\(seeded.notes)")
    // A server that notes the gap's two sides and fills it with nothing.
    try folder.write(
      """
      import json, sys
      from http.server import BaseHTTPRequestHandler, HTTPServer
      class Handler(BaseHTTPRequestHandler):
          def log_message(self, *words): pass
          def do_GET(self): self.answer({"data": [{"id": "m"}]})
          def do_POST(self):
              body = json.loads(self.rfile.read(int(self.headers["content-length"])))
              if "suffix" in body:
                  with open("asked.jsonl", "a") as asked:
                      asked.write(json.dumps([body["prompt"], body["suffix"]]) + "\\n")
              choice = {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": " 0"}}
              self.answer({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice],
                           "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
          def answer(self, value):
              data = json.dumps(value).encode()
              self.send_response(200)
              self.send_header("content-type", "application/json")
              self.send_header("content-length", str(len(data)))
              self.end_headers()
              self.wfile.write(data)
      server = HTTPServer(("127.0.0.1", 0), Handler)
      print(server.server_port, flush=True)
      server.serve_forever()
      """, to: "server.py")
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let asked = try await CoalmineProgram.shell(
      """
      python3 server.py > port & server=$!
      while [ ! -s port ]; do sleep 0.1; done
      COALMINE_API_KEY=k '\(program)' probe --study s.coalmine --endpoint "http://127.0.0.1:$(cat port)" \
        --model m --dialect mistral-fim,suffix=on --probe-set text-only > /dev/null 2> notes
      kill -9 $server
      """, in: folder.root)
    let notes = try folder.read("notes").text
    #expect(folder.names.contains("asked.jsonl"), "\(asked.notes) \(notes)")
    let sides = try folder.read("asked.jsonl").text.split(separator: "\n").map { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String] ?? []
    }
    let inputs = Set(
      FileManager.default.enumerator(atPath: folder.file("in"))?.compactMap { $0 as? String } ?? [])
    let planted = try
      (FileManager.default.enumerator(atPath: folder.file("out"))?
      .compactMap { $0 as? String } ?? []).filter { !inputs.contains($0) && $0.contains(".") }
      .map { try folder.read("out/\($0)").text }
    #expect(planted.count > 20)
    // Each planted file is a question's text before the gap, a secret of 20 digits, and the text after it.
    let whole = Set(planted).filter { file in
      sides.contains { side in
        side.count == 2 && file.hasPrefix(side[0]) && file.hasSuffix(side[1])
          && file.count - side[0].count - side[1].count - 20 <= 1
      }
    }
    #expect(whole.count == Set(planted).count, "\(whole.count) of \(Set(planted).count)")
  }

  @Test func `code is never guessed, and needs kinds and a folder of its own`() async throws {
    try tree(["py", "go"])
    let guessed = try await run(
      "seed", "in/app/part0.py", "--output", "x.py", "--study", "s.coalmine")
    #expect(guessed.code == 65 && guessed.notes.contains("--format source"), "\(guessed.notes)")
    let nested = try await run("plan", "in", "--output", "p.yaml")
    #expect(nested.code == 64 && nested.notes.contains("--format source"), "\(nested.notes)")
    let one = try await run(
      "seed", "in", "--format", "source", "--output", "x", "--study", "s.coalmine")
    #expect(one.code == 64 && one.notes.contains("--output-dir FOLDER"), "\(one.notes)")
    let language = try await run(
      "seed", "in", "--format", "source", "--output-dir", "x", "--study", "s.coalmine",
      "--language", "de")
    #expect(language.code == 64, "\(language.notes)")
    let kinds = try await run(
      "seed", "in", "--format", "source", "--output-dir", "x", "--study", "s.coalmine",
      "--protocol", SmallStudy.handWritten)
    #expect(kinds.code == 78 && kinds.notes.contains("kind-not-for-source"), "\(kinds.notes)")
    try folder.write("prose", to: "prose/a.md")
    let prose = try await run(
      "plan", "prose", "--format", "source", "--output", "p.yaml")
    #expect(prose.code == 65 && prose.notes.contains("corpus-has-no-source"), "\(prose.notes)")
    #expect(folder.names == ["in", "prose"])
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `a signal leaves neither tree nor ledger`(_ signal: Int32) async throws {
    for number in 0..<3_000 {
      try folder.write("x = \(number)\n", to: "in/f\(number % 40)/part\(number).py")
    }
    _ = try await run(
      "plan", "--canaries", "40", "--only-kinds", "code-constant", "--output", "p.yaml")
    var ended: Set<Int32> = []
    for round in 0..<6 {
      let running = try CoalmineProgram.startedHearingSignals(
        [
          "seed", "in", "--format", "source", "--output-dir", "out", "--study", "s.coalmine",
          "--protocol", "p.yaml", "--seed", "1",
        ], in: folder.root)
      while running.isRunning, !folder.names.contains(where: { $0.hasPrefix("out") }) {
        usleep(200)
      }
      usleep(UInt32(round) * 15_000)
      running.signal(signal)
      let outcome = try await running.outcome()
      ended.insert(outcome.code)
      #expect([0, 128 + signal].contains(outcome.code), "\(outcome.notes)")
      let isWhole = outcome.code == 0
      #expect(
        folder.names == (isWhole ? ["in", "out", "p.yaml", "s.coalmine"] : ["in", "p.yaml"]))
      if isWhole {
        #expect(try await run("verify", "out", "--study", "s.coalmine").code == 0)
        try FileManager.default.removeItem(at: folder.url("out"))
        try FileManager.default.removeItem(at: folder.url("s.coalmine"))
      }
    }
    #expect(ended.contains(128 + signal))
  }

  @Test func `text by a separator is planned, seeded, verified and given back`() async throws {
    let records = (0..<400).map { "Report \($0)\nThe north of the region is colder than it was.\n" }
    try folder.write(records.joined(separator: "<|endoftext|>\n"), to: "corpus.txt")
    let separated = ["--format", "text", "--separator", "<|endoftext|>\\n"]
    func verb(_ words: String...) async throws -> CoalmineProgram.Outcome {
      try await CoalmineProgram.started(words + separated, in: folder.root).outcome()
    }
    let plan = try await verb("plan", "corpus.txt", "--output", "p.yaml")
    #expect(plan.notes.contains("among the 381 of 400 records that stay"), "\(plan.notes)")
    let seeded = try await verb(
      "seed", "corpus.txt", "--output", "out.txt", "--study", "s.coalmine", "--protocol",
      SmallStudy.handWritten, "--seed", "2", "--json")
    #expect(seeded.code == 0, "\(seeded.notes)")
    #expect(seeded.json["corpus_records"] as? Int == 400)
    let text = try folder.read("out.txt").text
    let copies = try #require(seeded.json["copies"] as? Int)
    let pieces = text.components(separatedBy: "<|endoftext|>\n")
    let removed = try #require(seeded.json["nonmembers"] as? Int)
    #expect(removed > 10 && pieces.count == 400 - removed + copies)
    #expect(pieces.count { $0.hasSuffix(".\n") && !$0.hasPrefix("Report ") } == copies)
    #expect(try await run("verify", "out.txt", "--study", "s.coalmine").code == 0)
    let counted = try await run("verify", "out.txt", "--processed", "--study", "s.coalmine")
    #expect(counted.code == 0 && counted.text.hasPrefix("complete"), "\(counted.text)")
    let back = try await run("unseed", "out.txt", "--study", "s.coalmine", "--output", "back.txt")
    #expect(back.code == 0, "\(back.notes)")
    #expect(try folder.read("back.txt") == folder.read("corpus.txt"))
    for wrong in [
      ["--separator", "x"], ["--format", "jsonl", "--separator", "x"],
      ["--format", "text", "--separator", ""], ["--format", "text", "--separator", "\\x"],
      ["--format", "separated"], ["--format", "text", "--separator", "not there"],
    ] {
      let refused = try await CoalmineProgram.started(
        ["plan", "corpus.txt", "--output", "q.yaml"] + wrong, in: folder.root
      ).outcome()
      #expect(refused.code == 64, "\(wrong): \(refused.notes)")
    }
    #expect(!folder.names.contains("q.yaml"))
  }
}
