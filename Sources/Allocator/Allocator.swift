// jemalloc statistics of the process. Every value is nil without jemalloc (package trait `Jemalloc`
// disabled).

#if Jemalloc
  import CJemalloc
#endif

package enum Allocator {
  /// Of the whole process, in bytes: `stats.*` after an `epoch`.
  package struct Figures: Sendable, Equatable {
    /// Allocated and not freed (`stats.allocated`).
    package let allocated: Int
    /// Physically resident, with metadata and unreturned pages (`stats.resident`).
    package let resident: Int
  }

  /// Such as `5.3.0-0-g…`; nil without jemalloc.
  package static var version: String? {
    #if Jemalloc
      var text: UnsafePointer<CChar>?
      var size = MemoryLayout<UnsafePointer<CChar>?>.size
      guard mallctl("version", &text, &size, nil, 0) == 0, let text else { return nil }
      return String(cString: text)
    #else
      return nil
    #endif
  }

  /// Takes about 10 µs. Nil without jemalloc.
  package static func figures() -> Figures? {
    #if Jemalloc
      // Writing the epoch refreshes jemalloc's statistics; its value is irrelevant.
      var epoch: UInt64 = 1
      guard
        mallctlbymib(
          Keys.epoch.mib, Keys.epoch.length, nil, nil, &epoch, MemoryLayout<UInt64>.size) == 0,
        let allocated = Keys.allocated.read(),
        let resident = Keys.resident.read()
      else { return nil }
      return Figures(allocated: allocated, resident: resident)
    #else
      return nil
    #endif
  }

  /// Bytes that the calling thread has allocated through jemalloc; only grows.
  package static func allocatedByThisThread() -> UInt64? {
    #if Jemalloc
      var counter: UnsafeMutablePointer<UInt64>?
      var size = MemoryLayout<UnsafeMutablePointer<UInt64>?>.size
      guard mallctl("thread.allocatedp", &counter, &size, nil, 0) == 0 else { return nil }
      return counter?.pointee
    #else
      return nil
    #endif
  }

  /// Whether `body`, which must allocate at least `bytes` on this thread, did so through jemalloc.
  ///
  /// A shared library can stay on the C library's allocator although jemalloc is linked statically;
  /// the figures above would then miss its allocations. Check before reporting a figure.
  package static func covers(bytes: Int, _ body: () -> Void) -> Bool {
    guard let before = allocatedByThisThread() else { return false }
    body()
    guard let after = allocatedByThisThread() else { return false }
    return after - before >= UInt64(bytes)
  }
}

#if Jemalloc
  /// Resolved names (MIBs) of the frequently read keys.
  private enum Keys {
    static let epoch = Key("epoch")
    static let allocated = Key("stats.allocated")
    static let resident = Key("stats.resident")
  }

  /// A resolved `mallctl` name. The pointer is allocated once per process and never written again,
  /// hence the unchecked conformance.
  private struct Key: @unchecked Sendable {
    let mib: UnsafeMutablePointer<Int>
    let length: Int

    init(_ name: String) {
      var count = 8
      mib = .allocate(capacity: count)
      mib.initialize(repeating: 0, count: count)
      length = mallctlnametomib(name, mib, &count) == 0 ? count : 0
    }

    func read() -> Int? {
      var value = 0
      var size = MemoryLayout<Int>.size
      guard length > 0, mallctlbymib(mib, length, &value, &size, nil, 0) == 0 else { return nil }
      return value
    }
  }
#endif
