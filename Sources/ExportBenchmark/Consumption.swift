// What becomes of an export's bytes at the client: let go, written to a file, uploaded in parts, or
// kept. The memory that it takes is this process's, which `DriverMemory` watches.

import BenchmarkSpec
import Failures
import Parquet

/// Takes the bytes of one export.
protocol ByteConsumer: Sendable {
  /// Takes what comes next, on the connection's own thread, where it may block: that is the
  /// back-pressure.
  func take(_ bytes: UnsafeRawBufferPointer) throws
  /// Waits until the consumer is done with what it took.
  func finish() async throws
}

/// How bytes are consumed in a run.
struct Consumption {
  /// Bytes in one part of an upload.
  package var partBytes = 100 << 20
  /// The most bytes that are kept of one export.
  var bufferBytesMax = 4 << 30

  /// A consumer for one export.
  ///
  /// - Throws: ``ConsumerError``, where there is no file or no port for it.
  package func begin(_ kind: Consumer) throws -> any ByteConsumer {
    switch kind {
    case .stream: DiscardingConsumer()
    case .file: try FileConsumer()
    case .parts: try PartsUpload(partBytes: partBytes)
    case .buffer: BufferingConsumer(bytesMax: bufferBytesMax)
    }
  }
}

/// Why a consumer gave up: a failed attempt, and not the end of the run.
struct ConsumerError: NamedFailure {
  /// For the column `error_name`: `CONSUMER_FULL`.
  package let name: String
  /// One sentence, with a remedy.
  package let description: String

  private static let prefix = "CONSUMER_"

  /// It would have to keep more than it may.
  package static func full(_ sentence: String) -> ConsumerError {
    ConsumerError(name: prefix + "FULL", description: sentence)
  }

  /// What it writes to failed.
  package static func failed(_ sentence: String) -> ConsumerError {
    ConsumerError(name: prefix + "FAILED", description: sentence)
  }

  /// Whether a row's `error_name` is one of these.
  package static func isMeant(by name: String?) -> Bool { name?.hasPrefix(prefix) == true }
}

private struct DiscardingConsumer: ByteConsumer {
  func take(_ bytes: UnsafeRawBufferPointer) {}
  func finish() {}
}

/// Writes each piece as it comes: nothing is gathered.
private struct FileConsumer: ByteConsumer {
  let file: ParquetFile

  init() throws {
    do { file = try ParquetFile(temporary: "the export's file") } catch {
      throw ConsumerError.failed("\(error)")
    }
  }

  func take(_ bytes: UnsafeRawBufferPointer) throws {
    do { try file.append(bytes) } catch { throw ConsumerError.failed("\(error)") }
  }

  func finish() {}
}

private struct BufferingConsumer: ByteConsumer {
  let bytesMax: Int
  let slabs = Slabs()

  func take(_ bytes: UnsafeRawBufferPointer) throws {
    guard slabs.count + bytes.count <= bytesMax else {
      throw ConsumerError.full(
        "the answer has more than \(bytesMax) bytes, which is all that the consumer 'buffer' keeps "
          + "in memory; choose another consumer, or a shorter window")
    }
    slabs.append(bytes)
  }

  func finish() {}
}

/// Bytes in memory, in pieces of one size that are neither moved nor reserved before they are
/// needed: what they take is what they hold. One thread at a time.
final class Slabs: @unchecked Sendable {
  /// 1 MiB, which is an allocator's own class of sizes, so that nothing is rounded up.
  static let slabBytes = 1 << 20

  private var slabs: [UnsafeMutableRawPointer] = []
  /// Bytes that are held.
  private(set) var count = 0

  deinit { for slab in slabs { slab.deallocate() } }

  /// Copies bytes to the end.
  package func append(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let place = count % Self.slabBytes
      if count == slabs.count * Self.slabBytes {
        slabs.append(.allocate(byteCount: Self.slabBytes, alignment: 16))
      }
      let now = rest.prefix(Self.slabBytes - place)
      UnsafeMutableRawBufferPointer(start: slabs[slabs.count - 1] + place, count: now.count)
        .copyBytes(from: now)
      count += now.count
      rest = rest.dropFirst(now.count)
    }
  }

  /// Copies bytes from a place on, as many as are in one piece and fit; 0 at the end.
  package func copy(from offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard offset < count, let target = buffer.baseAddress else { return 0 }
    let place = offset % Self.slabBytes
    let size = min(buffer.count, Self.slabBytes - place, count - offset)
    target.copyMemory(from: slabs[offset / Self.slabBytes] + place, byteCount: size)
    return size
  }
}
