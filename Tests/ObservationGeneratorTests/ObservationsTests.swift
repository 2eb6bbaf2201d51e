// The promises of the generator, seen from its bytes: reproducible, unique, in order, true to size.

import Analysis
import ObservationGenerator
import Testing
import Units

let september: Int64 = 1_788_220_800_000

func sample(
  _ observations: Int = 600, seed: UInt64 = 7, _ change: (inout Dataset) -> Void = { _ in }
) -> Dataset {
  var dataset = Dataset(
    name: "sample", observations: observations, start: september,
    span: TimeSpan(milliseconds: 3 * 86_400_000))
  dataset.seed = seed
  dataset.versions = [0.5, 0.3, 0.2]
  dataset.projects = 3
  dataset.firstProjectShare = 0.6
  dataset.deleted = 0.1
  dataset.payload.input = LongTail(median: 200, p99: 2_000, max: 8_000, absent: 0.1)
  dataset.payload.output = LongTail(median: 150, p99: 2_000, max: 8_000, absent: 0.1)
  dataset.payload.metadata = LongTail(median: 60, p99: 400, max: 1_000, absent: 0.1)
  change(&dataset)
  return dataset
}

func arrivals(_ dataset: Dataset, limit: Int = 1_000) -> [RowID] {
  var arrivals = Arrivals(dataset)
  var batch: [RowID] = []
  var all: [RowID] = []
  repeat {
    arrivals.next(into: &batch, limit: limit)
    all += batch
  } while !batch.isEmpty
  return all
}

func encode(_ dataset: Dataset, _ rows: [RowID], with encoder: BlockEncoder? = nil) -> [UInt8] {
  let encoder = encoder ?? BlockEncoder(dataset)
  var rest = rows[...]
  var bytes: [UInt8] = []
  while !rest.isEmpty { bytes += encoder.encode(&rest) }
  return bytes
}

/// FNV-1a over 64 bits at a time; what is left over at the end goes in byte by byte.
func checksum(_ bytes: [UInt8]) -> UInt64 {
  var sum: UInt64 = 0xcbf2_9ce4_8422_2325
  let words = bytes.count / 8
  bytes.withUnsafeBytes { raw in
    for word in 0..<words {
      let value = raw.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
      sum = (sum ^ value) &* 0x100_0000_01b3
      sum ^= sum >> 29
    }
  }
  for byte in bytes[(words * 8)...] { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
  return sum
}

@Suite struct ObservationsTests {
  /// A change of this number is a change of the bytes of every dataset: results from before and
  /// after it cannot be compared.
  @Test func theBytesAreTheseAndNoOthers() {
    let dataset = sample()
    #expect(checksum(encode(dataset, arrivals(dataset))) == 10_939_586_740_612_297_740)
  }

  @Test(arguments: Dataset.Order.allCases)
  func workersMakeTheSameBytes(order: Dataset.Order) async {
    let dataset = sample { $0.order = order }
    let rows = arrivals(dataset)
    let inserts = stride(from: 0, to: rows.count, by: 97).map {
      Array(rows[$0..<min($0 + 97, rows.count)])
    }
    let one = BlockEncoder(dataset)
    let alone = inserts.map { encode(dataset, $0, with: one) }
    let together = await withTaskGroup(of: [(Int, [UInt8])].self) { group in
      for worker in 0..<3 {
        group.addTask {
          let encoder = BlockEncoder(dataset)
          return stride(from: worker, to: inserts.count, by: 3).reversed().map {
            ($0, encode(dataset, inserts[$0], with: encoder))
          }
        }
      }
      return await group.reduce(into: [Int: [UInt8]]()) { all, part in
        all.merge(part) { first, _ in first }
      }
    }
    for (number, bytes) in alone.enumerated() { #expect(together[number] == bytes) }
  }

  @Test(arguments: Dataset.Order.allCases)
  func anyPartitionHoldsTheSameRows(order: Dataset.Order) throws {
    let dataset = sample(200) { $0.order = order }
    let whole = arrivals(dataset, limit: 100_000)
    #expect(arrivals(dataset, limit: 1) == whole)
    #expect(arrivals(dataset, limit: 13) == whole)
    let rows = try readBlocks(encode(dataset, whole))
    let encoder = BlockEncoder(dataset)
    let single = try whole.flatMap { try readBlocks(encode(dataset, [$0], with: encoder)) }
    #expect(rows == single)
  }

  @Test(arguments: [true, false])
  func whereABlockEndsIsKnownBefore(partial: Bool) {
    let dataset = sample(2_000) {
      $0.payload.output = LongTail(median: 4_000, p99: 90_000, max: 200_000, absent: 0.1)
      $0.payload.partialOutput = partial
    }
    let sizes = BlockSizes(dataset)
    let encoder = BlockEncoder(dataset)
    var rest = arrivals(dataset)[...]
    var blocks = 0
    while !rest.isEmpty {
      var block = BlockSizes.Fill()
      // However the rows come in.
      var count = sizes.put(rest.prefix(100), into: &block)
      count += sizes.put(rest.dropFirst(100), into: &block)
      let before = rest.count
      _ = encoder.encode(&rest)
      #expect(before - rest.count == count)
      blocks += 1
    }
    #expect(blocks > 2)
  }

  @Test func anotherSeedMakesOtherRows() throws {
    let one = sample(seed: 1)
    let other = sample(seed: 2)
    #expect(encode(one, arrivals(one)) != encode(other, arrivals(other)))
    let ids = try Set(readBlocks(encode(one, arrivals(one))).compactMap { $0["id"]?.text })
    let otherIDs = try Set(readBlocks(encode(other, arrivals(other))).compactMap { $0["id"]?.text })
    #expect(ids.isDisjoint(with: otherIDs))
  }

  @Test func everyOrderHoldsEveryRowOnce() {
    let byTime = arrivals(sample())
    for order in Dataset.Order.allCases {
      let rows = arrivals(sample { $0.order = order })
      #expect(rows.sorted() == byTime.sorted())
      #expect(Set(rows).count == rows.count)
    }
    #expect(arrivals(sample { $0.order = .observation }) == byTime.sorted())
    let shuffled = arrivals(sample { $0.order = .shuffled })
    #expect(shuffled != byTime && shuffled != byTime.sorted())
  }

  @Test func arrivalsAreInTheOrderOfEventTime() throws {
    for lag in [
      LongTail.always(1), LongTail(median: 4_000, p99: 120_000, max: 1_800_000),
      LongTail(median: 86_400_000, p99: 864_000_000, max: 3_000_000_000),
    ] {
      let dataset = sample { $0.lag = lag }
      let rows = arrivals(dataset)
      let times = try readBlocks(encode(dataset, rows)).compactMap { $0["event_ts"]?.number }
      #expect(times.count == rows.count)
      #expect(times == times.sorted())
    }
  }

  @Test func rowsOfOneObservationBelongTogether() throws {
    let dataset = sample { $0.order = .observation }
    let ids = arrivals(dataset)
    let rows = try readBlocks(encode(dataset, ids))
    var byObservation: [Int: [[String: Cell]]] = [:]
    for (id, row) in zip(ids, rows) { byObservation[id.observation, default: []].append(row) }
    #expect(byObservation.count == 600)
    #expect(Set(rows.compactMap { $0["id"]?.text }).count == 600)
    #expect(Set(rows.compactMap { $0["trace_id"]?.text }).count == 75)
    var lastStart: Int64 = 0
    for observation in 0..<600 {
      let versions = try #require(byObservation[observation])
      for column in [
        "id", "trace_id", "project_id", "type", "start_time", "input", "metadata", "created_at",
        "parent_observation_id", "name",
      ] {
        #expect(versions.allSatisfy { $0[column] == versions[0][column] }, "\(column)")
      }
      let times = versions.compactMap { $0["event_ts"]?.number }
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
      #expect(versions.allSatisfy { $0["updated_at"] == $0["event_ts"] })
      #expect(versions[0]["created_at"] == versions[0]["event_ts"])
      let start = try #require(versions[0]["start_time"]?.number)
      #expect(start >= lastStart && start < times[0])
      lastStart = start
      #expect(versions.dropLast().allSatisfy { $0["is_deleted"] == .number(0) })
    }
  }

  @Test func partialOutputIsTheBeginningOfTheWhole() throws {
    let dataset = sample(200) {
      $0.versions = [0, 0, 1]
      $0.order = .observation
      $0.payload.output = LongTail(median: 1_500, p99: 20_000, max: 60_000)
    }
    let rows = try readBlocks(encode(dataset, arrivals(dataset)))
    for first in stride(from: 0, to: rows.count, by: 3) {
      let whole = try #require(rows[first + 2]["output"]?.text)
      let half = try #require(rows[first + 1]["output"]?.text)
      #expect(rows[first]["output"] == .null)
      #expect(half.utf8.count == whole.utf8.count / 2)
      #expect(whole.hasPrefix(half))
    }
  }

  @Test func parentsAreEarlierInTheSameTrace() throws {
    let dataset = sample { $0.versions = [1] }
    let rows = try readBlocks(encode(dataset, arrivals(dataset)))
    let byID = Dictionary(
      uniqueKeysWithValues: rows.compactMap { row in row["id"]?.text.map { ($0, row) } })
    var roots = 0
    for row in rows {
      guard let parent = row["parent_observation_id"]?.text else {
        roots += 1
        continue
      }
      let found = try #require(byID[parent])
      #expect(found["trace_id"] == row["trace_id"] && found["project_id"] == row["project_id"])
    }
    #expect(roots == 75)
  }

  @Test func blocksAreBounded() {
    let narrow = sample(20_000) {
      $0.payload = Dataset.Payload()
      $0.versions = [1]
    }
    var rest = arrivals(narrow)[...]
    let encoder = BlockEncoder(narrow)
    _ = encoder.encode(&rest)
    #expect(rest.count == 20_000 - BlockEncoder.rowsMax)
    let wide = sample(64) {
      $0.versions = [1]
      $0.payload.input = .always(1 << 20)
    }
    rest = arrivals(wide)[...]
    let bytes = BlockEncoder(wide).encode(&rest)
    #expect(rest.count == 60)
    #expect(bytes.count > 4 << 20 && bytes.count < 5 << 20)
  }
}
