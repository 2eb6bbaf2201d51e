// Exit codes of the process, after `sysexits.h` where it has one.

import ArgumentParser
import CSVRecords
import ClickHouseClient
import Engine
import ExportPaths
import Failures
import Files
import Foundation
import Parquet
import Probes
import StrictYAML
import Synchronization
import Units

enum ExitStatus: Int32 {
  case done = 0
  /// `--gate`: a claim is refuted, or rows are wrong. `compare`: a regression.
  case refuted = 1
  /// `--gate`: a claim is inconclusive or unstable. `compare`: growth beyond the threshold that may
  /// be chance.
  case inconclusive = 2
  case usage = 64
  case input = 65
  case server = 69
  /// A fault of exportbench itself.
  case fault = 70
  case output = 73
  /// `--max-server-memory` stopped the work, which can be resumed.
  case stopped = 75
  case interrupted = 130
  /// Standard output was closed by its reader, as `head` does: 128 + SIGPIPE.
  case readerGone = 141

  private static let isLeaving = Mutex(false)

  /// Prints failed clean-ups and the sentence on standard error and ends the process. If several
  /// threads call it, only the first prints.
  static func exit(_ status: ExitStatus, _ sentence: String?) -> Never {
    let isFirst = isLeaving.withLock { flag in
      defer { flag = true }
      return !flag
    }
    while !isFirst { sleep(1) }
    for remark in PendingCleanup.leftBehind { Terminal.say("left behind: \(remark)") }
    if let sentence { Terminal.say("exportbench: \(sentence)") }
    _exit(status.rawValue)
  }

  static func exit(with error: any Error) -> Never {
    switch error {
    case let error as GateFailure: exit(error.status, error.sentence)
    case let error as DocumentError: exit(.input, "\(error)")
    case let error as RecordError: exit(.input, "\(error)")
    case let error as UnitError: exit(.usage, "\(error)")
    case let error as ExportsError: exit(error.isInFile ? .input : .usage, "\(error)")
    case let error as ServerMemoryExceeded: exit(.stopped, "\(error)")
    case let error as FileError: exit(error.isOfInput ? .input : .output, "\(error)")
    case let error as ServerError: exit(.server, "\(error)")
    case let error as AnswerError: exit(.server, "\(error)")
    case let error as ClickHouseError:
      switch error {
      case .badEndpoint, .badIdentifier, .badCluster: exit(.usage, "\(error)")
      default: exit(.server, "\(error)")
      }
    case let error as UserError:
      switch error.kind {
      case .usage: exit(.usage, "\(error)")
      case .input: exit(.input, "\(error)")
      case .server: exit(.server, "\(error)")
      case .output: exit(.output, "\(error)")
      }
    case is CancellationError: exit(.interrupted, "interrupted")
    case is ReaderGone: exit(.readerGone, nil)
    default:
      // The argument parser's own: help, version, wrong arguments.
      let code = Exportbench.exitCode(for: error)
      guard code != .failure else { exit(.fault, "internal error: \(error)") }
      exit(parsing: error, isMistake: code != .success)
    }
  }
}

extension ExitStatus {
  /// Ends with the argument parser's text: help and versions go to standard output, errors to
  /// standard error.
  static func exit(parsing error: any Error, isMistake: Bool = true) -> Never {
    let words = Exportbench.fullMessage(for: error)
    guard isMistake else {
      do { try Output.line(words) } catch { exit(with: error) }
      exit(.done, nil)
    }
    // The text quotes arguments unescaped.
    let lines = words.split(separator: "\n", omittingEmptySubsequences: false)
    Terminal.say(lines.map { oneLine(String($0)) }.joined(separator: "\n"))
    exit(.usage, nil)
  }
}

struct GateFailure: Error {
  let status: ExitStatus
  let sentence: String?

  init(_ status: ExitStatus, _ sentence: String?) {
    (self.status, self.sentence) = (status, sentence)
  }
}
