// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// What an OpenTelemetry text belongs to: a span or a log record, and an event in it.
struct TelemetryOrigin {
  var trace: String?
  var span: String?
  var event: String?
}

/// The texts of generative AI in a line of OpenTelemetry data: attributes whose key begins with
/// `gen_ai.`, every attribute of an event whose name does, and the bodies of log records.
///
/// Read are the messages of the protocol as a file exporter and the collector write them
/// (`resourceSpans`, `resourceLogs`), and objects that are one span or one log record each, with
/// attributes as a list of keys and values or as an object, as console exporters write them. Names
/// of members may be `spanId` or `span_id`. Where one attribute stands below another, each text is
/// given once.
///
/// - Source: OpenTelemetry Protocol File Exporter,
///   https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/; OTLP, JSON Protobuf encoding,
///   https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding; Semantic conventions for
///   generative AI, https://opentelemetry.io/docs/specs/semconv/gen-ai/.
enum TelemetryTexts {
  static func texts(of root: JSONNode) -> [RecordText] {
    var texts: [RecordText] = []
    let resources =
      list(root, "resourceSpans", "resource_spans") + list(root, "resourceLogs", "resource_logs")
    for resource in resources {
      let scopes =
        list(resource, "scopeSpans", "scope_spans") + list(resource, "scopeLogs", "scope_logs")
        + list(resource, "instrumentationLibrarySpans", "instrumentation_library_spans")
      for scope in scopes {
        for record in list(scope, "spans", "spans") + list(scope, "logRecords", "log_records") {
          add(record, to: &texts)
        }
      }
    }
    if resources.isEmpty {
      let records = root.elements ?? [root]
      for record in records { add(record, to: &texts) }
    }
    return texts
  }

  /// The texts of a span or a log record.
  private static func add(_ record: JSONNode, to texts: inout [RecordText]) {
    var origin = TelemetryOrigin()
    let context = member(record, "context", "spanContext") ?? record
    origin.trace = name(record, "traceId", "trace_id") ?? name(context, "traceId", "trace_id")
    origin.span =
      name(record, "spanId", "span_id") ?? name(context, "spanId", "span_id")
      ?? name(record, "id", "id")
    let attributes = pairs(record["attributes"])
    origin.event =
      name(record, "eventName", "event_name")
      ?? attributes.first { $0.key == "event.name" }.flatMap { text(of: $0.value) }
    add(attributes, origin, all: isGenerative(origin.event), to: &texts)
    // A record that is flat has its attributes beside its own members.
    add(pairs(record), origin, all: false, to: &texts)
    if let body = record["body"] { add("body", body, origin, to: &texts) }
    for event in list(record, "events", "events") {
      var inner = origin
      inner.event = name(event, "name", "name")
      add(pairs(event["attributes"]), inner, all: isGenerative(inner.event), to: &texts)
    }
  }

  private static func add(
    _ attributes: [(key: String, value: JSONNode)], _ origin: TelemetryOrigin, all: Bool,
    to texts: inout [RecordText]
  ) {
    for (key, value) in attributes where all || isGenerative(key) {
      add(key, value, origin, to: &texts)
    }
  }

  private static func isGenerative(_ name: String?) -> Bool { name?.hasPrefix("gen_ai.") == true }

  /// The texts below a value; those of a list or of an object have longer keys.
  private static func add(
    _ key: String, _ value: JSONNode, _ origin: TelemetryOrigin, to texts: inout [RecordText]
  ) {
    if let text = scalar(value) {
      if !text.isEmpty { texts.append(RecordText(key: key, bytes: text, origin: origin)) }
    } else if let wrapped = unwrapped(value) {
      add(key, wrapped, origin, to: &texts)
    } else if let elements = value.elements {
      for (number, element) in elements.enumerated() {
        // A list of pairs is an object of the protocol.
        if let name = name(element, "key", "key"), let inner = element["value"] {
          add("\(key).\(name)", inner, origin, to: &texts)
        } else {
          add("\(key).\(number)", element, origin, to: &texts)
        }
      }
    } else {
      for (name, inner) in value.members ?? [] { add("\(key).\(name)", inner, origin, to: &texts) }
    }
  }

  /// What a value of the protocol holds: `stringValue`, `kvlistValue` and so on.
  private static func unwrapped(_ value: JSONNode) -> JSONNode? {
    guard let members = value.members, members.count == 1, let only = members.first else {
      return nil
    }
    switch only.key {
    case "stringValue", "string_value", "intValue", "int_value", "doubleValue", "double_value",
      "boolValue", "bool_value", "bytesValue", "bytes_value":
      return only.value
    case "arrayValue", "array_value", "kvlistValue", "kvlist_value":
      return only.value["values"]
    default: return nil
    }
  }

  private static func scalar(_ value: JSONNode) -> [UInt8]? {
    switch value.kind {
    case .string: value.stringBytes
    case .integer: value.int.map { Array(String($0).utf8) }
    case .double: value.double.map { Array($0.description.utf8) }
    case .bool, .null: []
    case .array, .object: nil
    }
  }

  /// Attributes: a list of keys and values, or an object.
  private static func pairs(_ node: JSONNode?) -> [(key: String, value: JSONNode)] {
    if let members = node?.members { return members }
    return node?.elements?.compactMap { element in
      guard let key = name(element, "key", "key"), let value = element["value"] else { return nil }
      return (key, value)
    } ?? []
  }

  private static func text(of value: JSONNode) -> String? {
    (unwrapped(value) ?? value).string
  }

  private static func member(_ node: JSONNode, _ name: String, _ other: String) -> JSONNode? {
    node.kind == .object ? node[name] ?? node[other] : nil
  }

  private static func name(_ node: JSONNode, _ name: String, _ other: String) -> String? {
    member(node, name, other)?.string
  }

  private static func list(_ node: JSONNode, _ name: String, _ other: String) -> [JSONNode] {
    member(node, name, other)?.elements ?? []
  }
}
