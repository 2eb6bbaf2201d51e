// What consumers do with the bytes of an export: nothing is lost, and nothing grows.

import Foundation
import Testing
@testable import ExportBenchmark
@testable import RunStore

@Suite(.timeLimit(.minutes(1))) struct ConsumerTests {
  /// Feeds bytes in uneven pieces, from a thread that may block, as a connection does.
  private func feed(_ consumer: any ByteConsumer, _ total: Int) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, Error>) in
      Thread.detachNewThread {
        let piece = [UInt8](repeating: 7, count: 13_337)
        continuation.resume(
          with: Result {
            var left = total
            while left > 0 {
              let count = min(left, piece.count)
              try piece.withUnsafeBytes {
                try consumer.take(UnsafeRawBufferPointer(rebasing: $0[..<count]))
              }
              left -= count
            }
          })
      }
    }
    try await consumer.finish()
  }

  @Test(arguments: [(0, 0), (1, 1), (400_000, 4), (400_001, 5), (3_500_000, 35)])
  func everyByteIsUploadedInPartsOfOneSize(total: Int, parts: Int) async throws {
    let upload = try PartsUpload(partBytes: 100_000)
    try await feed(upload, total)
    #expect(upload.uploaded.parts == parts)
    #expect(upload.uploaded.bytes == total)
  }

  @Test func aPartMayBeLargerThanAnyBuffer() async throws {
    let upload = try PartsUpload(partBytes: 5_000_000)
    try await feed(upload, 12_000_000)
    #expect(upload.uploaded == (3, 12_000_000))
  }

  @Test func aBufferRefusesMoreThanItMayKeep() async throws {
    let consumption = Consumption(bufferBytesMax: 1_000_000)
    try await feed(try consumption.begin(.buffer), 1_000_000)
    let error = await #expect(throws: ConsumerError.self) {
      try await feed(try consumption.begin(.buffer), 1_000_001)
    }
    #expect(error?.name == "CONSUMER_FULL")
    #expect(error?.description.contains("more than 1000000 bytes") == true)
  }

  @Test func aRefusalIsAFailedRowThatIsNotMadeAgain() throws {
    var sample = Sample()
    try sample.fail(with: ConsumerError.full("too much"))
    #expect(sample.status == .failed && sample.errorName == "CONSUMER_FULL")
    #expect(sample.errorMessage == "too much")
    #expect(!sample.lostItsServer)
  }

  @Test func slabsGiveBackWhatTheyTook() {
    let slabs = Slabs()
    let bytes = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 / 251) }
    bytes.withUnsafeBytes { all in
      var rest = all[...]
      while !rest.isEmpty {
        slabs.append(UnsafeRawBufferPointer(rebasing: rest.prefix(70_001)))
        rest = rest.dropFirst(70_001)
      }
    }
    var back: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 99_999)
    while true {
      let count = buffer.withUnsafeMutableBytes { slabs.copy(from: back.count, into: $0) }
      guard count > 0 else { break }
      back += buffer[..<count]
    }
    #expect(back == bytes)
  }
}
