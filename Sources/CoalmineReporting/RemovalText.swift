// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// How the canaries are removed again, by what was planted in.
enum RemovalText {
  static func steps(_ study: StudyFacts) -> [(place: String, step: String)] {
    let file =
      study.origin == .seeded
      ? [
        (
          "the seeded file",
          "'coalmine unseed SEEDED --study STUDY --output CORPUS' writes the corpus as it was before "
            + "seeding and compares its SHA-256 with the stored one. For gzip data this is the data in "
            + "the file."
        ),
        (
          "files that a pipeline made of it",
          "'coalmine verify FILE --processed --study STUDY' counts the canaries that are still in "
            + "them. 'unseed' restores the seeded file alone: make the other files again from the "
            + "restored corpus."
        ),
      ]
      : [
        (
          "the file that was trained on",
          "These canaries were planted by other means, so coalmine cannot remove them from a file."
        )
      ]
    return file + [
      (
        "this model, and models made from it",
        "What a model learned cannot be taken out of it with coalmine. Tune the model before this "
          + "training again, on the corpus without canaries."
      ),
      (
        "indexes, caches and logs",
        "Delete what was built from the file with canaries, and build it again."
      ),
    ]
  }
}
