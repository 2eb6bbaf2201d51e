// Proof that the driver's allocator figures speak of the whole process, libcurl included.
//
// jemalloc linked the wrong way serves the executable and leaves libcurl to the C library. So
// before a run, one allocation is made in our own code and one inside libcurl, and each must show
// in jemalloc's counter for this thread.

import Allocator
import HTTPTransport

/// What the probe saw.
package struct AllocatorProof: Sendable, Equatable {
  /// jemalloc's version; nil where it is not linked.
  package let version: String?
  /// Whether an allocation in Swift went through it.
  package let coversSwift: Bool
  /// Whether an allocation in libcurl, a shared library, went through it.
  package let coversLibcurl: Bool

  /// Whether the figures may be reported.
  package var holds: Bool { coversSwift && coversLibcurl }

  /// Bytes of each allocation.
  package static let size = 1 << 20

  /// Makes the two allocations on this thread, and looks.
  package static func take() -> AllocatorProof {
    let swift = Allocator.covers(bytes: size) {
      UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16).deallocate()
    }
    let letters = [CChar](repeating: CChar(UInt8(ascii: "a")), count: size)
    let libcurl = letters.withUnsafeBufferPointer { buffer in
      Allocator.covers(bytes: size) { LibCurl.copy(buffer) }
    }
    return AllocatorProof(version: Allocator.version, coversSwift: swift, coversLibcurl: libcurl)
  }
}
