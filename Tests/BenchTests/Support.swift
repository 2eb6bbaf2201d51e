// Small helpers of these tests.

import Synchronization
@testable import Parquet

/// What the work throws, as the sentence that a user reads.
func sentence(_ work: () async throws -> Void) async -> String {
  do {
    try await work()
    return "no error"
  } catch { return "\(error)" }
}

/// Takes the bytes of a file.
final class Collected: Sendable {
  private let state = Mutex([UInt8]())

  /// What has come so far.
  var bytes: [UInt8] { state.withLock { $0 } }
  var count: Int { state.withLock { $0.count } }

  /// Takes what comes next.
  func take(_ more: UnsafeRawBufferPointer) { state.withLock { $0.append(contentsOf: more) } }
}

/// Numbers that a seed decides (splitmix64).
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// A file that has a Parquet file's form: a footer whose places are those of texts that can be
/// looked for, such as `data a 0 id|`.
struct FormOfParquet {
  var name = "a"
  var groups = 2
  var columns = ["id", "input"]
  var rowsPerGroup = 10

  /// The file.
  var bytes: [UInt8] {
    var body = Array("PAR1".utf8)
    let all = (0..<groups).map { group($0, &body) }
    var writer = ThriftWriter()
    writer.write(metadata(all))
    let length = (0..<4).map { UInt8(truncatingIfNeeded: writer.bytes.count >> ($0 * 8)) }
    return body + writer.bytes + length + Array("PAR1".utf8)
  }

  private func metadata(_ groups: [ThriftValue]) -> ThriftValue {
    let root = Self.fields([(4, .text("schema")), (5, .int32(columns.count))])
    let leaves = columns.map { Self.fields([(1, .int32(6)), (3, .int32(0)), (4, .text($0))]) }
    return Self.fields([
      (1, .int32(2)), (2, .structures([root] + leaves)), (3, .int64(rowsPerGroup * groups.count)),
      (4, .structures(groups)),
      (5, .structures([Self.fields([(1, .text("key")), (2, .text(name))])])),
      (6, .text("a test")),
      (7, .structures(columns.map { _ in Self.fields([(1, Self.fields([]))]) })),
    ])
  }

  private func group(_ number: Int, _ body: inout [UInt8]) -> ThriftValue {
    let start = body.count
    let chunks = columns.map { column in
      let places = ["dict", "data", "bloom"].map { kind in
        let place = body.count
        body += Array("\(kind) \(name) \(number) \(column)|".utf8)
        return ThriftValue.int64(place)
      }
      let pages = (places[2].number ?? 0) - (places[0].number ?? 0)
      let index = body.count
      body += [0]
      let statistics = Self.fields([(1, .text("z")), (3, .int64(0)), (7, .bool(true))])
      let metadata = Self.fields([
        (1, .int32(6)), (2, .list(type: 9, element: 5, [.int32(0), .int32(3)])),
        (3, .list(type: 9, element: 8, [.text(column)])), (4, .int32(6)),
        (5, .int64(rowsPerGroup)), (7, .int64(pages)), (9, places[1]), (11, places[0]),
        (12, statistics), (14, places[2]), (15, .int32(9)),
      ])
      return Self.fields([
        (2, .int64(0)), (3, metadata), (4, .int64(index)), (5, .int32(1)),
        (6, .int64(index)), (7, .int32(1)),
      ])
    }
    return Self.fields([
      (1, .structures(chunks)), (2, .int64(body.count - start)), (3, .int64(rowsPerGroup)),
      (5, .int64(start)), (6, .int64(body.count - start)),
      (7, .integer(type: ThriftType.int16, Int64(Int16(truncatingIfNeeded: number)))),
    ])
  }

  private static func fields(_ all: [(Int, ThriftValue)]) -> ThriftValue {
    .structure(all.map { ThriftField(id: $0.0, value: $0.1) })
  }
}

extension ThriftValue {
  static func int32(_ number: Int) -> Self { .integer(type: 5, Int64(number)) }
  static func int64(_ number: Int) -> Self { .integer(type: ThriftType.int64, Int64(number)) }
  static func text(_ text: String) -> Self { .binary(Array(text.utf8)) }
  static func structures(_ all: [Self]) -> Self {
    .list(type: ThriftType.list, element: ThriftType.structure, all)
  }

  var number: Int? { if case .integer(_, let number) = self { Int(number) } else { nil } }
  var elements: [ThriftValue] { if case .list(_, _, let all) = self { all } else { [] } }
}
