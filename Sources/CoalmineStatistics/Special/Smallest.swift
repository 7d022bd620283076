// SPDX-License-Identifier: Apache-2.0

/// The smallest values, rising: what a sort would put first.
///
/// Quickselect on the middle of three, given up for a sort where the cuts stay bad.
///
/// - Parameters: `count` in 0…values.count; `values` without NaN.
/// - Complexity: O(n + count log count) expected, O(n log n) at worst.
package func smallest(_ count: Int, of values: [Double]) -> [Double] {
  guard count > 0 else { return [] }
  guard count < values.count else { return values.sorted() }
  var left = values
  let isDivided = left.withUnsafeMutableBufferPointer { divide($0, before: count) }
  return isDivided ? left[..<count].sorted() : Array(values.sorted()[..<count])
}

/// Puts the `count` smallest values first, in any order; `false` where that takes too many cuts.
private func divide(_ values: UnsafeMutableBufferPointer<Double>, before count: Int) -> Bool {
  var (low, high) = (0, values.count - 1)
  for _ in 0..<64 {
    if low >= high { return true }
    let (a, b, c) = (values[low], values[low + (high - low) / 2], values[high])
    let pivot = max(min(a, b), min(max(a, b), c))
    // Hoare's partition: equal values are parted evenly.
    //
    //     low … right | in between, equal to the pivot | left … high
    var (left, right) = (low, high)
    while left <= right {
      while values[left] < pivot { left += 1 }
      while values[right] > pivot { right -= 1 }
      if left <= right {
        values.swapAt(left, right)
        left += 1
        right -= 1
      }
    }
    if count <= right {
      high = right
    } else if count > left {
      low = left
    } else {
      return true
    }
  }
  return false
}
