// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import Glibc

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the built-in demo model on a file and serve it on the loopback interface.",
    discussion: """
      An OpenAI-compatible API, to try a study without a key. The first line on standard output is \
      the base URL. The model predicts bytes and remembers what it has read often; --memorisation \
      sets how much it remembers.
      """)

  @Option(
    help: """
      A training file in a format that is seeded, read in the fields in which 'coalmine seed' reads \
      a corpus. May be given more than once.
      """)
  var train: [String]

  @OptionGroup var reading: FieldOptions

  @Option(help: "The port; 0 selects a free port.")
  var port = 0

  @Option(help: "The model's name.")
  var model = "demo-model"

  @Option(help: "The share of rare passages that the model remembers, 0 to 1.")
  var memorisation = 0.15

  @Flag(help: "Require the key in COALMINE_API_KEY from every client.")
  var requireKey = false

  @OptionGroup var result: OutputOptions

  func run() async throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port must be in 0…65535") }
    guard (0...1).contains(memorisation) else {
      throw ValidationError("--memorisation must be in 0…1")
    }
    let text = try TrainingText(
      train, format: reading.corpusFormat(), fields: reading.fields(),
      separator: reading.separatorBytes())
    for remark in text.remarks { Console.remark(remark) }
    let documents = text.documents
    guard let model = DemoModel(documents: documents, memorisation: memorisation) else {
      throw CoalmineError(
        code: "training-too-large", "the training files are too large for the built-in demo model",
        exit: .badData)
    }
    let key = requireKey ? getenv("COALMINE_API_KEY").map { String(cString: $0) } : nil
    if requireKey, key == nil {
      throw CoalmineError(
        code: "bad-key", "--require-key needs COALMINE_API_KEY", exit: .badConfiguration)
    }
    let service: HTTPService
    do {
      service = try await DemoModelService(model: model, name: self.model, key: key)
        .start(port: port)
    } catch {
      throw CoalmineError(
        code: "port-taken", "cannot listen on 127.0.0.1:\(port)",
        help: "choose another '--port', or 0 for a free port", exit: .endpointUnavailable)
    }
    let url = "http://127.0.0.1:\(service.port)"
    try result.print([url]) { fields in
      try fields.field("url", url)
      try fields.field("model", self.model)
      try fields.field("documents", documents.count)
    }
    Console.note(
      "serving '\(self.model)', trained on "
        + "\(Prose.count(documents.count, "document", "documents")); stop it with Ctrl-C")
    while true { try await Task.sleep(for: .seconds(3_600)) }
  }
}
