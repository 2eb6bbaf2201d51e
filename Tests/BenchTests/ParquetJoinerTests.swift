// Several Parquet files as one: every place in the footer is right, however the bytes arrive, and
// what cannot be joined is one sentence and never a crash. IntegrationTests has real readers.

import Testing
@testable import Parquet

@Suite(.timeLimit(.minutes(5))) struct ParquetJoinerTests {
  private func feed(
    _ file: [UInt8], _ joiner: ParquetJoiner, piece: () -> Int = { 16_384 }
  ) throws {
    var rest = file[...]
    while !rest.isEmpty {
      let next = rest.prefix(max(1, piece()))
      try next.withUnsafeBytes { try joiner.take($0) }
      rest = rest.dropFirst(next.count)
    }
    try joiner.endFile()
  }

  private func joined(_ files: [[UInt8]], piece: () -> Int = { 16_384 }) throws -> [UInt8] {
    let sink = Collected()
    let joiner = ParquetJoiner { sink.take($0) }
    for file in files { try feed(file, joiner, piece: piece) }
    try joiner.finish()
    return sink.bytes
  }

  private func footer(of file: [UInt8]) throws -> ThriftValue {
    try #require(file.prefix(4) == file.suffix(4) && file.suffix(4).elementsEqual("PAR1".utf8))
    let length = file.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    var reader = ThriftReader(file[(file.count - 8 - length)..<(file.count - 8)])
    return try reader.value(ThriftType.structure)
  }

  /// The texts that the places of a file's footer lead to, group by group.
  private func found(in file: [UInt8]) throws -> [[String]] {
    try found(in: file, #require(try footer(of: file)[4]).elements)
  }

  private func found(in file: [UInt8], _ groups: some Sequence<ThriftValue>) -> [[String]] {
    func text(_ place: Int?) -> String {
      guard let place, file.indices.contains(place) else { return "nowhere" }
      let text = file[place...].prefix(100).prefix { $0 != UInt8(ascii: "|") }
      return String(decoding: text, as: UTF8.self)
    }
    return groups.map { group in
      [text(group[5]?.number)]
        + (group[1]?.elements ?? []).flatMap { chunk in
          [11, 9, 14].map { text(chunk[3]?[$0]?.number) }
        }
    }
  }

  private func expected(_ files: [FormOfParquet]) -> [[String]] {
    files.flatMap { file in
      (0..<file.groups).map { group in
        ["dict \(file.name) \(group) \(file.columns[0])"]
          + file.columns.flatMap { column in
            ["dict", "data", "bloom"].map { "\($0) \(file.name) \(group) \(column)" }
          }
      }
    }
  }

  @Test func everyPlaceIsMovedAndNothingElseChanges() throws {
    let files = [
      FormOfParquet(name: "a"), FormOfParquet(name: "empty", groups: 0),
      FormOfParquet(name: "bb", groups: 3, rowsPerGroup: 7), FormOfParquet(name: "c", groups: 1),
    ]
    let file = try joined(files.map(\.bytes))
    #expect(try found(in: file) == expected(files))
    let (one, all) = (try footer(of: files[0].bytes), try footer(of: file))
    #expect(all[3]?.number == 2 * 10 + 3 * 7 + 10)
    for field in [1, 2, 5, 6, 7] { #expect(all[field] == one[field], "field \(field)") }
    let groups = try #require(all[4]).elements
    #expect(groups.map { $0[7]?.number } == [0, 1, 2, 3, 4, 5])
    #expect(groups.map { $0[3]?.number } == [10, 10, 7, 7, 7, 10])
    for chunk in groups.flatMap({ $0[1]?.elements ?? [] }) {
      #expect((4...7).allSatisfy { chunk[$0] == nil }, "page indexes hold places of their own")
      #expect(chunk[3]?[12]?[7] == .bool(true) && chunk[2]?.number == 0)
    }
  }

  @Test func theFirstMayBeEmptyOrNotThereAtAll() throws {
    let last = FormOfParquet(name: "last")
    let empty = FormOfParquet(groups: 0)
    for first in [[], empty.bytes] {
      #expect(try found(in: joined([first, last.bytes])) == expected([last]))
    }
    #expect(try footer(of: joined([empty.bytes, empty.bytes]))[3]?.number == 0)
    #expect(try joined([[], []]).isEmpty)
  }

  @Test func howTheBytesArriveDoesNotMatter() throws {
    let files = [FormOfParquet(name: "a"), FormOfParquet(name: "b", groups: 20)].map(\.bytes)
    let whole = try joined(files)
    var random = SeededNumbers(seed: 3)
    for most in [1, 2, 3, 7, 40, 1000] {
      #expect(try joined(files) { Int.random(in: 1...most, using: &random) } == whole, "\(most)")
    }
  }

  @Test func moreRowGroupsThanANumberCanCount() throws {
    let files = [
      FormOfParquet(name: "a", groups: 32_760, columns: ["id"]),
      FormOfParquet(name: "b", groups: 20, columns: ["id"]),
    ]
    let file = try joined(files.map(\.bytes))
    let groups = try #require(try footer(of: file)[4]).elements
    #expect(found(in: file, groups.suffix(40)) == expected(files).suffix(40))
    let numbers = groups.map { $0[7]?.number }
    #expect(numbers.prefix(32_768).elementsEqual((0..<32_768).map { $0 }))
    #expect(numbers.dropFirst(32_768).allSatisfy { $0 == nil } && numbers.count == 32_780)
  }

  @Test func whatIsHeldBackIsBounded() throws {
    let sink = Collected()
    let joiner = ParquetJoiner { sink.take($0) }
    let good = FormOfParquet(name: "a").bytes
    try feed(good, joiner)
    let before = sink.count
    let piece = [UInt8](repeating: 7, count: 1 << 20)
    for number in 1...40 {
      try piece.withUnsafeBytes { try joiner.take($0) }
      let held = (number << 20) - (sink.count - before)
      #expect(held <= ParquetJoiner.footerBytesMax + (2 << 20), "after \(number) MiB")
    }
  }

  @Test func aLongFileIsJoinedWhole() throws {
    var long = FormOfParquet(name: "long").bytes
    // More than is held back, in front of everything: the places move as well.
    let distance = ParquetJoiner.footerBytesMax + (5 << 20)
    long.insert(contentsOf: [UInt8](repeating: 7, count: distance), at: long.count - 8)
    let length = (0..<4).map { UInt8(truncatingIfNeeded: (distance + 1) >> ($0 * 8)) }
    long.replaceSubrange((long.count - 8)..<(long.count - 4), with: length)
    // A footer that is too long is told as such, however it arrives.
    for size in [1 << 16, 3 << 20, 64 << 20] {
      let sink = Collected()
      let joiner = ParquetJoiner { sink.take($0) }
      #expect(throws: AnswerError.self) { try feed(long, joiner, piece: { size }) }
      do { try feed(long, ParquetJoiner { _ in }, piece: { size }) } catch {
        #expect(
          "\(error)".hasSuffix("cannot be joined; export shorter slices, or larger row groups"))
      }
    }
    let good = FormOfParquet(name: "good").bytes
    let body = [UInt8](repeating: 9, count: distance)
    let padded = good.prefix(4) + body + good.dropFirst(4)
    let file = try joined([Array(padded), good], piece: { 1 << 19 })
    #expect(file.count > distance && file.prefix(4).elementsEqual("PAR1".utf8))
    #expect(try found(in: file).suffix(2) == expected([FormOfParquet(name: "good")])[...])
  }

  @Test func otherColumnsAreRefused() async {
    let (one, other) = (FormOfParquet().bytes, FormOfParquet(columns: ["id", "output"]).bytes)
    #expect(
      await sentence { _ = try joined([one, other]) }
        == "two responses have different columns, and cannot be joined into one file")
  }

  @Test func whatIsNoWholeFileIsRefused() async {
    let good = FormOfParquet().bytes
    let noFile = "a response is not a Parquet file, and cannot be joined to another"
    let short = "a response is shorter than its footer requires, and cannot be joined"
    let garbage = "the footer of a response cannot be read, so it cannot be joined to another"
    var unreadable = good
    let length = good.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    unreadable[good.count - 8 - length] = 0xff
    for (file, words) in [
      (Array("Code: 241. DB::Exception: no".utf8), noFile), (Array("PAR1".utf8), noFile),
      (Array(good.dropLast()), noFile), (Array(good.dropLast(100)), noFile),
      (Array(good.suffix(60)), short),
      (Array("PAR1".utf8) + [255, 255, 0, 0] + good.suffix(4), short),
      (Array("PAR1".utf8) + [0, 0, 0, 0] + good.suffix(4), garbage), (unreadable, garbage),
    ] {
      #expect(await sentence { _ = try joined([good, file]) } == words)
      #expect(await sentence { _ = try joined([file, good]) } == words)
    }
  }

  /// A fixed seed: what fails once fails again.
  @Test func mutatedFootersNeitherCrashNorHang() async throws {
    let file = FormOfParquet(groups: 1).bytes
    let length = file.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let footer = Array(file.dropLast(8).suffix(length))
    var first = JoinedFooter()
    try first.add(footer[...], movedBy: 0)
    var random = SeededNumbers(seed: 20_260_904)
    var outcomes: [String: Int] = [:]
    for round in 0..<10_000 {
      // Other tests wait for this thread.
      if round.isMultiple(of: 20) { await Task.yield() }
      let bytes = mutated(footer, &random)
      var both = first
      do {
        try both.add(bytes[...], movedBy: Int.random(in: 0...(1 << 40), using: &random))
        #expect(both.bytes != nil)
        outcomes["joined", default: 0] += 1
      } catch { outcomes["\(type(of: error))", default: 0] += 1 }
    }
    #expect(Set(outcomes.keys) == ["joined", "ThriftError", "AnswerError"], "\(outcomes)")
  }

  private func mutated(_ footer: [UInt8], _ random: inout SeededNumbers) -> [UInt8] {
    var bytes = footer
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard !bytes.isEmpty else { break }
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 4: bytes.removeLast(bytes.count - place)
      default: bytes.insert(contentsOf: [UInt8](repeating: 0xff, count: 9), at: place)
      }
    }
    return bytes
  }
}
