// The files of a run: there and back, torn, edited by hand, and mutated at random.

import Testing
@testable import Analysis
@testable import CSVRecords
@testable import RunStore

@Suite struct CSVTests {
  private func parse(_ text: String, _ lastLine: CSV.LastLine = .optionalBreak) throws(RecordError)
    -> CSV.Parsed<Sample>
  {
    try CSV.parse(Sample.self, Array(text.utf8), file: "samples.csv", lastLine: lastLine)
  }

  private func sentence(_ text: String) -> String? {
    do throws(RecordError) {
      _ = try parse(text)
      return nil
    } catch { return error.description }
  }

  private func awkward() -> Sample {
    var sample = attempt("mv-\"final\", \r\nor not", repeat: 3, memory: 1e9)
    sample.status = .wrongRows
    sample.errorMessage = ",\"\"\n"
    sample.clientWallMs = 0.1 + 0.2
    sample.serverCPUMs = 1e-300
    sample.driverCPUMs = 12
    return sample
  }

  @Test func everyFieldComesBack() throws {
    let samples = [
      awkward(), attempt("", repeat: 0, memory: 0), attempt("größe", repeat: 1, memory: 0),
    ]
    let text = CSV.document(samples)
    let parsed = try parse(text)
    #expect(parsed.records == samples)
    #expect(parsed.headerIsCurrent)
    #expect(parsed.intactByteCount == text.utf8.count)
    #expect(
      try parse(text.replacing("\n", with: "\r\n").replacing("\r\r", with: "\r")).records.count == 3
    )
    #expect(try parse("\u{FEFF}" + text).records == samples)
    #expect(try parse(String(text.dropLast())).records == samples)
  }

  @Test func everyPropertyHasItsOwnColumn() {
    #expect(Mirror(reflecting: Sample()).children.count == Sample.columns.count)
    #expect(Mirror(reflecting: InsertSample()).children.count == InsertSample.columns.count)
    #expect(Mirror(reflecting: StorageSample()).children.count == StorageSample.columns.count)
    #expect(Mirror(reflecting: MergeSample()).children.count == MergeSample.columns.count)
    #expect(Mirror(reflecting: TimelineSample()).children.count == TimelineSample.columns.count)
    #expect(Mirror(reflecting: SummaryRow()).children.count == SummaryRow.columns.count)
    #expect(Set(Sample.figures.map(\.name)).count == Sample.figures.count)
    #expect(Set(InsertSample.figures.map(\.name)).count == InsertSample.figures.count)
  }

  @Test func unmeasuredIsEmptyAndNeverZero() throws {
    var sample = Sample()
    sample.clientWallMs = .nan
    let line = CSV.line(sample)
    #expect(
      line == "0,measured,,,,0,0,,,ok" + String(repeating: ",", count: Sample.columns.count - 10)
        + "\n")
    sample.windowMs = 1
    let whole = CSV.header(Sample.self) + CSV.line(sample)
    #expect(try parse(whole).records[0].clientWallMs == nil)
  }

  @Test func aTornLineIsLeftOutAndItsPlaceIsKnown() throws {
    let whole = CSV.document([attempt("a", repeat: 1, memory: 0), awkward()])
    var long = awkward()
    // No record of a run has a line break in it.
    (long.path, long.errorMessage) = ("mv-\"final\"", ",\"\"é")
    let torn = CSV.line(long)
    for length in 1..<torn.utf8.count {
      let bytes = Array(whole.utf8) + torn.utf8.prefix(length)
      let parsed = try CSV.parse(
        Sample.self, bytes, file: "samples.csv", lastLine: .tornIfUnbroken)
      #expect(parsed.records.count == 2)
      #expect(parsed.intactByteCount == whole.utf8.count)
    }
    let header = Array(CSV.header(Sample.self).utf8.dropLast())
    for bytes in [[], header, Array(header.prefix(9))] {
      let parsed = try CSV.parse(
        Sample.self, bytes, file: "samples.csv", lastLine: .tornIfUnbroken)
      #expect(parsed.records.isEmpty && parsed.intactByteCount == 0)
    }
  }

  @Test func filesOfOtherVersionsAreRead() throws {
    let text =
      "path,new_figure_ms,status,attempt,phase,merge_state,window,window_ms,repeat,"
      + "started_at,query_id\nmv,99,ok,4,warmup,fresh,1d,86400000,2,,q\n\n"
    let parsed = try parse(text)
    #expect(parsed.records.count == 1)
    #expect(parsed.records[0].path == "mv" && parsed.records[0].period == .warmup)
    #expect(parsed.records[0].memoryPeakBytes == nil)
    #expect(!parsed.headerIsCurrent, "new lines would not fit under this header")
  }

  @Test func brokenFilesGetASentence() {
    let header = CSV.header(Sample.self)
    let line = CSV.line(awkward())
    #expect(sentence("") == "samples.csv is empty; its first line must name the columns")
    #expect(sentence("attempt\n") == "samples.csv, line 1: the column period is missing")
    #expect(
      sentence("attempt,attempt\n") == "samples.csv, line 1: the column attempt appears twice")
    #expect(
      sentence(header + line + "1,2\n")
        == "samples.csv, line 5: 2 fields where the header names \(Sample.columns.count)",
      "a quoted break is a line")
    #expect(
      sentence(
        header + CSV.line(attempt("a", repeat: 1, memory: 0)).replacing("measured", with: "measure")
      )
        == "samples.csv, line 2: 'measure' is no value for period")
    #expect(
      sentence(header + "1,\"meas")
        == "samples.csv, line 2: a quote is opened and never closed")
    #expect(
      sentence(header + "1,me\"as\n")
        == "samples.csv, line 2: a quote inside a field must be doubled, and the field quoted")
  }

  @Test func aFileOfARunThatEndedIsWhole() {
    func words(_ text: String, _ lastLine: CSV.LastLine) -> String? {
      do throws(RecordError) {
        _ = try parse(text, lastLine)
        return nil
      } catch { return error.description }
    }
    let text = CSV.document([
      attempt("a", repeat: 1, memory: 1), attempt("b", repeat: 1, memory: 1),
    ])
    #expect(words(text, .breakRequired) == nil)
    #expect(
      words(String(text.dropLast()), .breakRequired)
        == "samples.csv, line 3: the last line has no line break, so the file was cut; restore it "
        + "from a copy")
    // A quote that was opened by mistake must not hide the rest of the file.
    let stray = text.replacing(",a,", with: ",\"a,")
    for lastLine in [CSV.LastLine.optionalBreak, .tornIfUnbroken, .breakRequired] {
      #expect(
        words(stray, lastLine) == "samples.csv, line 2: a quote is opened and never closed")
      #expect(
        words(text.replacing(",a,", with: ",a\0,"), lastLine)
          == "samples.csv, line 2: a field is not valid UTF-8; the file is damaged")
    }
    #expect(words("", .breakRequired)?.hasPrefix("samples.csv is empty") == true)
  }

  @Test func numbersHaveARange() {
    let text = CSV.document([attempt("a", repeat: 1, memory: 1)])
    #expect(
      sentence(text.replacing(",86400000,", with: ",0,"))
        == "samples.csv, line 2: '0' is no value for window_ms, which is from 1 to 1000000000000000"
    )
    // Of every record: what no column's declaration says otherwise is not negative.
    for kind in Experiments.kinds { numbersHaveARange(kind) }
    numbersHaveARange(Threshold.self)
  }

  private func numbersHaveARange<Record: Recorded>(_ kind: Record.Type) {
    for column in kind.columns {
      var record = kind.init()
      guard column.decode(&record, "x") == .unreadable, column.decode(&record, "1") == .taken else {
        continue
      }
      #expect(column.decode(&record, "-60001") == .outOfRange, "\(kind) \(column.name)")
      #expect(column.decode(&record, "1e300") != .taken)
    }
  }

  @Test func randomMutationsNeverCrash() {
    var random = TestRandom(seed: 1)
    let text = Array(CSV.document([awkward(), attempt("a", repeat: 1, memory: 1), awkward()]).utf8)
    var read = 0
    for round in 0..<1_000 {
      var bytes = text
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert([0x22, 0x2C, 0x0A, 0x0D, 0xFF][place % 5], at: place)
        case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
        default: bytes.removeSubrange(place...)
        }
        if bytes.isEmpty { break }
      }
      let lastLine: CSV.LastLine = round.isMultiple(of: 2) ? .optionalBreak : .tornIfUnbroken
      let parsed = try? CSV.parse(Sample.self, bytes, file: "samples.csv", lastLine: lastLine)
      if let parsed {
        read += 1
        #expect(parsed.intactByteCount <= bytes.count)
      }
    }
    #expect(read > 50 && read < 950)
  }
}
