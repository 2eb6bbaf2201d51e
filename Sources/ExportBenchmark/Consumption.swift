// Consumers of an export's bytes at the client: discard, file, upload in parts, buffer. Their
// memory belongs to this process and is measured by `DriverMemory`.

import BenchmarkSpec
import Failures
import Parquet

protocol ByteConsumer: Sendable {
  /// Called on the connection's thread, where it may block for back-pressure.
  func take(_ bytes: UnsafeRawBufferPointer) throws
  /// Waits until all bytes are processed.
  func finish() async throws
}

/// Parameters of consumers.
struct Consumption {
  /// Part size of uploads.
  var partBytes = 100 << 20
  /// Maximum bytes of one export kept in memory.
  var bufferBytesMax = 4 << 30

  /// - Throws: ``ConsumerError`` if a file or port cannot be opened.
  func begin(_ kind: Consumer) throws -> any ByteConsumer {
    switch kind {
    case .stream: DiscardingConsumer()
    case .file: try FileConsumer()
    case .parts: try PartsUpload(partBytes: partBytes)
    case .buffer: BufferingConsumer(bytesMax: bufferBytesMax)
    }
  }
}

/// Error of a consumer: fails the attempt, not the run.
struct ConsumerError: NamedFailure {
  /// Value of `error_name`: `CONSUMER_FULL`.
  let name: String
  /// One sentence, with a remedy.
  let description: String

  private static let prefix = "CONSUMER_"

  /// The limit of kept bytes is exceeded.
  static func full(_ sentence: String) -> ConsumerError {
    ConsumerError(name: prefix + "FULL", description: sentence)
  }

  /// Writing failed.
  static func failed(_ sentence: String) -> ConsumerError {
    ConsumerError(name: prefix + "FAILED", description: sentence)
  }

  static func isMeant(by name: String?) -> Bool { name?.hasPrefix(prefix) == true }
}

private struct DiscardingConsumer: ByteConsumer {
  func take(_ bytes: UnsafeRawBufferPointer) {}
  func finish() {}
}

/// Writes each piece as it arrives, without buffering.
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
        "the answer has more than \(bytesMax) bytes, the limit of the consumer 'buffer' "
          + "in memory; choose another consumer or a shorter window")
    }
    slabs.append(bytes)
  }

  func finish() {}
}

/// Bytes in memory, in slabs that are neither moved nor allocated in advance, so that memory equals
/// the contents. Not thread-safe.
final class Slabs: @unchecked Sendable {
  /// 1 MiB is a size class of the allocator, so nothing is rounded up.
  static let slabBytes = 1 << 20

  private var slabs: [UnsafeMutableRawPointer] = []
  private(set) var count = 0

  deinit { for slab in slabs { slab.deallocate() } }

  func append(_ bytes: UnsafeRawBufferPointer) {
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

  /// Copies up to the end of a slab; returns 0 at the end.
  func copy(from offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard offset < count, let target = buffer.baseAddress else { return 0 }
    let place = offset % Self.slabBytes
    let size = min(buffer.count, Self.slabBytes - place, count - offset)
    target.copyMemory(from: slabs[offset / Self.slabBytes] + place, byteCount: size)
    return size
  }
}
