// Standard error: carries progress and remarks.

import Foundation
import Reports
import Synchronization

enum Terminal {
  /// True for a terminal if `NO_COLOR` is not set.
  static var colours: Bool {
    isatty(1) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  private static let isTerminal = isatty(2) == 1
  private static let line = Mutex((length: 0, shown: ContinuousClock.now - .seconds(60)))

  static func say(_ text: String) {
    // At the end of the process, a thread that waits for the reader of standard error must not
    // block.
    guard StandardStream.isEnding.load(ordering: .relaxed) else {
      return line.withLock { write(text, over: &$0.length) }
    }
    if line.withLockIfAvailable({ write(text, over: &$0.length) }) == nil { write(text + "\n") }
  }

  private static func write(_ text: String, over length: inout Int) {
    write(clearing(length) + text + "\n")
    length = 0
  }

  /// Shows a line that the next one replaces: every 100 ms on a terminal, otherwise every 10 s,
  /// which keeps a CI log short.
  static func progress(_ text: @autoclosure () -> String) {
    line.withLock { state in
      let now = ContinuousClock.now
      guard now - state.shown > (isTerminal ? .milliseconds(100) : .seconds(10)) else { return }
      state.shown = now
      let words = text()
      write(isTerminal ? clearing(state.length) + words : words + "\n")
      state.length = words.count
    }
  }

  /// Shows a bar in the same way, as wide as the terminal.
  static func progress(_ bar: @autoclosure () -> ProgressLine) {
    progress(bar().render(width: width - 1))
  }

  /// A result as JSON that people can read, with a line break at its end.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }

  /// A report as wide as the terminal, but not too wide to read.
  static func report(upTo widest: Int = 110) -> TerminalReport {
    TerminalReport(width: min(width, widest), colour: colours)
  }

  static var width: Int {
    var size = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
    return Int(size.ws_col)
  }

  private static func clearing(_ length: Int) -> String {
    isTerminal && length > 0 ? "\r\u{1B}[2K" : ""
  }

  // A progress line that cannot be written does not end the work.
  private static func write(_ text: String) { _ = StandardStream.error.write(text) }
}
