// Checks that the driver's allocator statistics cover the whole process, libcurl included: jemalloc
// may serve the executable while libcurl stays on the C library's allocator. Before a run, one
// allocation in Swift and one in libcurl must each show in jemalloc's counter for this thread.

import Allocator
import HTTPTransport

package struct AllocatorProof: Sendable, Equatable {
  package let version: String?
  /// Whether a Swift allocation went through jemalloc.
  package let coversSwift: Bool
  /// Whether an allocation in libcurl, a shared library, went through jemalloc.
  package let coversLibcurl: Bool

  /// Whether the statistics may be reported.
  package var holds: Bool { coversSwift && coversLibcurl }

  /// Bytes of each allocation.
  package static let size = 1 << 20

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
