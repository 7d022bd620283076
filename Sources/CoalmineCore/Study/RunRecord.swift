// SPDX-License-Identifier: Apache-2.0

/// One probing of one model, as the ledger holds it.
public struct RunRecord: Codable, Sendable, Equatable {
  /// Counted from 1.
  public let number: Int
  public let role: RunRole
  public let model: String
  public let endpoint: String
  public let dialect: String
  /// How texts that were planted outside any conversation are put to the model.
  public let presentation: Presentation.Form
  public let probeSet: ProbeSet
  /// RFC 3339 in UTC.
  public let openedAt: String
  /// RFC 3339 in UTC; `nil` while answers are missing.
  public let closedAt: String?

  /// Whether everything that the run asks was answered.
  public var isComplete: Bool { closedAt != nil }

  /// Whether it asks forced choices, which show every secret.
  public var asksChoices: Bool { probeSet.probes.contains(.forcedChoice) }

  package init(
    number: Int, role: RunRole, model: String, endpoint: String, dialect: String,
    presentation: Presentation.Form, probeSet: ProbeSet, openedAt: String, closedAt: String?
  ) {
    self.number = number
    self.role = role
    self.model = model
    self.endpoint = endpoint
    self.dialect = dialect
    self.presentation = presentation
    self.probeSet = probeSet
    self.openedAt = openedAt
    self.closedAt = closedAt
  }

  /// A URL without a path asks below '/v1': spelled with it, it is the same endpoint.
  private static func address(_ url: String) -> Substring {
    let root = url.hasSuffix("/v1") ? url.dropLast("/v1".count) : url[...]
    return root.split(separator: "/").count == 2 ? root : url[...]
  }

  /// The same with one name for this machine, which has several.
  private static func place(_ url: String) -> String {
    let address = address(url)
    for scheme in ["http://", "https://"] {
      for name in ["localhost", "[::1]"] where address.hasPrefix(scheme + name) {
        let rest = address.dropFirst(scheme.count + name.count)
        if rest.isEmpty || rest.hasPrefix(":") || rest.hasPrefix("/") {
          return scheme + "127.0.0.1" + rest
        }
      }
    }
    return String(address)
  }

  /// Whether both ask one model at one endpoint, by whatever name of this machine.
  package func asksModel(of other: RunRecord) -> Bool {
    model == other.model && Self.place(endpoint) == Self.place(other.endpoint)
  }

  /// Two runs with the same identity are one run, interrupted.
  package func isSameQuestion(
    role: RunRole, model: String, endpoint: String, dialect: String,
    presentation: Presentation.Form, probeSet: ProbeSet
  ) -> Bool {
    self.role == role && self.model == model
      && Self.address(self.endpoint) == Self.address(endpoint)
      && self.dialect == dialect && self.presentation == presentation
      && self.probeSet.name == probeSet.name && self.probeSet.probes == probeSet.probes
  }
}

extension RunRecord {
  /// Whether the run sent no temperature, so that the model's own samplers act on every reply.
  package var leavesSamplers: Bool { Self.leavesSamplers(dialect) }

  /// Whether a dialect does, by its name with options.
  package static func leavesSamplers(_ dialect: String) -> Bool {
    dialect.utf8.split(separator: UInt8(ascii: ",")).contains {
      $0.elementsEqual("samplers=own".utf8)
    }
  }
}
