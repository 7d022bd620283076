// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Testing

@Suite struct `A hash tree` {
  /// The inputs and roots with which servers of Certificate Transparency test themselves.
  private static let texts: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
    Array(0x50...0x57), Array(0x60...0x6F),
  ]
  private static let roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test(arguments: 1...8) func `roots are those of Certificate Transparency`(_ count: Int) {
    #expect(
      hexadecimal(MerkleTree(Array(Self.texts.prefix(count))).root) == Self.roots[count - 1])
  }

  @Test func `over no texts the root is the digest of nothing`() {
    #expect(MerkleTree([]).root == sha256([]))
  }

  /// The tree as RFC 6962 defines it: the left part has the largest power of two below the number.
  private static func naive(_ texts: ArraySlice<[UInt8]>) -> [UInt8] {
    if texts.count == 1 { return sha256([0] + texts[texts.startIndex]) }
    var left = 1
    while 2 * left < texts.count { left *= 2 }
    return sha256([1] + naive(texts.prefix(left)) + naive(texts.dropFirst(left)))
  }

  @Test(arguments: [1, 2, 3, 5, 6, 7, 9, 16, 17, 31, 33, 100])
  func `every text is proven, and nothing else is`(_ count: Int) {
    let texts = (0..<count).map { Array("text \($0)".utf8) }
    let tree = MerkleTree(texts)
    #expect(tree.root == Self.naive(texts[...]))
    for place in texts.indices {
      let proof = tree.proof(place)
      #expect(MerkleTree.root(of: texts[place], at: place, of: count, by: proof) == tree.root)
      #expect(
        MerkleTree.root(of: Array("another".utf8), at: place, of: count, by: proof) != tree.root)
      #expect(
        MerkleTree.root(
          of: texts[place], at: place, of: count, by: proof + [proof.last ?? tree.root]) == nil)
      #expect(MerkleTree.root(of: texts[place], at: place, of: count, by: [[1, 2]]) == nil)
      #expect(MerkleTree.root(of: texts[place], at: count, of: count, by: proof) == nil)
      #expect(MerkleTree.root(of: texts[place], at: -1, of: count, by: proof) == nil)
      if count > 1 {
        let other = (place + 1) % count
        #expect(MerkleTree.root(of: texts[place], at: other, of: count, by: proof) != tree.root)
        #expect(
          MerkleTree.root(of: texts[place], at: place, of: count, by: proof.dropLast()) != tree.root
        )
      }
    }
  }
}
