// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The status of a study in shards.
extension StatusText {
  package static func lines(_ status: ShardStatus) -> [String] {
    [
      "next: \(status.sentence)", "  \(status.command)", "",
      "Planned \(status.createdAt): \(Prose.count(status.shards, "shard", "shards")) write "
        + "\(Prose.count(status.files, "file", "files")); they are not merged yet.",
    ] + (status.missing ?? []).map { "missing: " + $0.words }
  }

  /// The same as JSON.
  package static func json(_ status: ShardStatus) throws -> [UInt8] {
    var writer = JSONWriter(pretty: true)
    try writer.object { fields in
      try fields.field("study", status.path)
      try fields.field("created_at", status.createdAt)
      try fields.object("next") { object in
        try object.field("step", status.missing?.isEmpty ?? false ? "merge" : "run-shards")
        try object.field("sentence", status.sentence)
        try object.field("command", status.command)
      }
      try fields.field("shards", status.shards)
      try fields.field("files", status.files)
      guard let missing = status.missing else { return }
      try fields.array("missing") { list in
        for shard in missing {
          try list.object { object in
            try object.field("shard", shard.number)
            try object.array("files") { names in
              for name in shard.files { try names.value(name) }
            }
          }
        }
      }
    }
    return writer.bytes
  }
}
