// Standard error: progress and remarks. Standard output is for results and nothing else.

import Foundation
import Reports
import Synchronization

/// The terminal behind standard error, if there is one.
enum Terminal {
  /// Whether standard output takes colours: a terminal, and `NO_COLOR` is not set.
  static var colours: Bool {
    isatty(1) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  private static let isTerminal = isatty(2) == 1
  private static let line = Mutex((length: 0, shown: ContinuousClock.now - .seconds(60)))

  /// Writes one line that stays.
  static func say(_ text: String) {
    // A thread that waits for the reader of standard error must not keep the process from ending.
    guard StandardStream.isEnding.load(ordering: .relaxed) else {
      return line.withLock { write(text, over: &$0.length) }
    }
    if line.withLockIfAvailable({ write(text, over: &$0.length) }) == nil { write(text + "\n") }
  }

  private static func write(_ text: String, over length: inout Int) {
    write(clearing(length) + text + "\n")
    length = 0
  }

  /// Shows a line that the next one replaces: ten times a second on a terminal, and otherwise every
  /// ten seconds, so that a log of CI stays short.
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

  /// Columns of the terminal, or 80.
  static var width: Int {
    var size = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
    return Int(size.ws_col)
  }

  private static func clearing(_ length: Int) -> String {
    isTerminal && length > 0 ? "\r\u{1B}[2K" : ""
  }

  // Progress is of no use to anybody where it cannot be written, and no reason to end the work.
  private static func write(_ text: String) { _ = StandardStream.error.write(text) }
}
