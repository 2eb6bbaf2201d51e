// The process allocator's own figures, read from jemalloc.
//
// Reads and never tunes. Where jemalloc is not linked (the package trait `Jemalloc` is off) every
// figure is nil, so that a report shows nothing rather than something wrong.

#if Jemalloc
  import CJemalloc
#endif

/// jemalloc as linked into this process.
package enum Allocator {
  /// What the whole process holds at one moment, in bytes: `stats.*` after an `epoch`.
  package struct Figures: Sendable, Equatable {
    /// Handed out to the program and not yet freed (`stats.allocated`).
    package let allocated: Int
    /// Physically resident, with the allocator's own data and unreturned pages (`stats.resident`).
    package let resident: Int
  }

  /// jemalloc's version such as `5.3.0-0-g…`; nil where it is not linked.
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

  /// The figures of now, for the whole process; some 10 µs. Nil where jemalloc is not linked.
  package static func figures() -> Figures? {
    #if Jemalloc
      // Writing the epoch makes jemalloc refresh its statistics; its old value is of no use.
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

  /// Bytes that the calling thread has allocated through jemalloc since it began; only grows.
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
  /// A static jemalloc can leave a shared library on the C library's allocator without a word;
  /// then every figure above would be right and useless. Ask before a figure is reported.
  package static func covers(bytes: Int, _ body: () -> Void) -> Bool {
    guard let before = allocatedByThisThread() else { return false }
    body()
    guard let after = allocatedByThisThread() else { return false }
    return after - before >= UInt64(bytes)
  }
}

#if Jemalloc
  /// The management information base of the keys that are read often: parsed once.
  private enum Keys {
    static let epoch = Key("epoch")
    static let allocated = Key("stats.allocated")
    static let resident = Key("stats.resident")
  }

  /// One `mallctl` name, resolved. The pointer is allocated once per process and never written
  /// again, hence the unchecked conformance.
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
