// Sizes and lags hit the median and the 99th percentile that the description states.

import Foundation
import ObservationGenerator
import Testing

private func quantile(_ values: [Int], _ part: Double) -> Double {
  Double(values.sorted()[Int(Double(values.count - 1) * part)])
}

private let shapes = [
  LongTail(median: 100, p99: 1_000, max: 4_000), LongTail(median: 30, p99: 60, max: 100),
  LongTail(median: 500, p99: 500, max: 500),
]

@Suite struct DistributionTests {
  @Test(arguments: shapes)
  func sizes(shape: LongTail) throws {
    let dataset = sample(2_500) {
      $0.versions = [1]
      $0.payload = Dataset.Payload()
      $0.payload.input = LongTail(
        median: shape.median, p99: shape.p99, max: shape.max, absent: 0.2)
    }
    let encoded = try readBlocks(encode(dataset, arrivals(dataset)))
    let sizes = encoded.compactMap { $0["input"]?.text?.utf8.count }
    #expect(abs(Double(sizes.count) / 2_500 - 0.8) < 0.03)
    #expect(abs(quantile(sizes, 0.5) / Double(shape.median) - 1) < 0.08)
    #expect(abs(quantile(sizes, 0.99) / Double(shape.p99) - 1) < 0.25)
    #expect(sizes.allSatisfy { (1...shape.max).contains($0) })
  }

  @Test func lags() throws {
    let dataset = sample(2_500) {
      $0.payload = Dataset.Payload()
      $0.versions = [1]
      $0.lag = LongTail(median: 4_000, p99: 120_000, max: 1_800_000)
    }
    let encoded = try readBlocks(encode(dataset, arrivals(dataset)))
    let lags = encoded.compactMap { row -> Int? in
      guard let start = row["start_time"]?.number, let event = row["event_ts"]?.number else {
        return nil
      }
      return Int(event - start)
    }
    #expect(abs(quantile(lags, 0.5) / 4_000 - 1) < 0.08)
    #expect(abs(quantile(lags, 0.99) / 120_000 - 1) < 0.3)
    #expect(lags.allSatisfy { (1...1_800_000).contains($0) })
  }

  @Test func startTimesAreSpreadEvenly() {
    let dataset = sample(9_000)
    let day: Int64 = 86_400_000
    for number in 0..<3 {
      let from = september + Int64(number) * day
      #expect(abs(dataset.truth(window: from...(from + day - 1)).observations - 3_000) <= 2)
    }
  }

  @Test func nothingIsNull() throws {
    let dataset = sample(50) { $0.payload = Dataset.Payload() }
    for row in try readBlocks(encode(dataset, arrivals(dataset))) {
      #expect(row["input"] == .null && row["output"] == .null && row["metadata"] == .pairs([:]))
    }
  }

  @Test func messagesAreJSON() throws {
    let dataset = sample(300) {
      $0.versions = [1]
      $0.payload.input = LongTail(median: 1_500, p99: 20_000, max: 60_000)
    }
    var records = 0
    for row in try readBlocks(encode(dataset, arrivals(dataset))) {
      let text = try #require(row["input"]?.text)
      if text.utf8.count < 96 { continue }
      let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
      let messages = try #require(parsed)
      #expect(messages.first?["role"] as? String == "system")
      records += messages.filter { $0["role"] as? String == "tool" }.count
    }
    #expect(records > 0)
  }

  @Test func systemPromptsRepeatAndAreJSON() throws {
    let plain = sample(400) {
      $0.versions = [1]
      $0.payload.input = LongTail(median: 200, p99: 20_000, max: 60_000, absent: 0.1)
    }
    let prompted = sample(400) {
      $0.versions = [1]
      $0.payload = plain.payload
      $0.payload.sharedPrefix = .init(kinds: 7, bytes: 2_000)
    }
    func inputs(_ dataset: Dataset) throws -> [String?] {
      try readBlocks(encode(dataset, arrivals(dataset))).map { $0["input"]?.text }
    }
    let texts = try inputs(prompted).compactMap(\.self)
    // Whoever has an input has the prompt before it.
    #expect(
      try inputs(plain).map { $0.map { $0.utf8.count + 2_000 } }
        == inputs(prompted).map { $0?.utf8.count })
    // The closing brackets of an input of one or two bytes are in the prompt's place.
    #expect(Set(texts.map { String($0.prefix(1_990)) }).count == 7)
    #expect(Set(texts.map { String($0.dropFirst(2_000).prefix(40)) }).count > 300)
    for text in texts {
      let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
      #expect(parsed?.first?["role"] as? String == "system")
    }
  }
}
