// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Testing

@Suite struct NearestTests {
  @Test func `the name with the fewest edits is chosen, the first one on a tie`() {
    #expect(Nearest.name(to: "emal", among: ["iban", "email", "phone"]) == "email")
    #expect(Nearest.name(to: "bat", among: ["cat", "hat"]) == "cat")
  }

  @Test func `a word too far from every name has no nearest name`() {
    #expect(Nearest.name(to: "passport", among: ["iban", "email"]) == nil)
    #expect(Nearest.name(to: "", among: ["a"]) == nil)
    #expect(Nearest.name(to: String(repeating: "a", count: 65), among: ["a"]) == nil)
  }

  @Test func `equally near names are all given, in alphabetical order and at most three`() {
    #expect(
      Nearest.names(to: "bat", among: ["hat", "cat", "rat", "fat"]) == ["cat", "fat", "hat"])
  }

  @Test func `without a near name, those that contain the word are given`() {
    let names = ["no-base-run", "base-drift", "few-references"]
    #expect(Nearest.names(to: "base", among: names) == ["base-drift", "no-base-run"])
    #expect(Nearest.names(to: "xyz", among: names).isEmpty)
  }
}
