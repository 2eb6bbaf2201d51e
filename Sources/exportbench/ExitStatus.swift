// How the process ends: one documented code for each kind of end, after `sysexits.h` where it has
// one.

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

/// Exit codes.
enum ExitStatus: Int32 {
  case done = 0
  /// `--gate`: a claim is refuted, or a path returned other rows than the ground truth. `compare`:
  /// a regression.
  case refuted = 1
  /// `--gate`: a claim could not be decided, or what it speaks of was unstable. `compare`: a figure
  /// grew by more than its threshold, but that may be chance.
  case inconclusive = 2
  /// The arguments are wrong.
  case usage = 64
  /// An input file is wrong.
  case input = 65
  /// A server or engine cannot be used.
  case server = 69
  /// A fault of exportbench itself.
  case fault = 70
  /// Output cannot be written.
  case output = 73
  /// A guard of the server's stopped the work, which can be gone on with later.
  case stopped = 75
  /// Ended by Ctrl-C or a signal.
  case interrupted = 130
  /// The reader of standard output closed it, as `head` does: what a shell reports of a program
  /// that SIGPIPE ends.
  case readerGone = 141

  private static let isLeaving = Mutex(false)

  /// Says what could not be cleaned up and the sentence on standard error, and ends. Of several
  /// threads the first one does.
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

  /// Ends as the error demands.
  static func exit(with error: any Error) -> Never {
    switch error {
    case let error as GateFailure: exit(error.status, error.sentence)
    case let error as DocumentError: exit(.input, "\(error)")
    case let error as RecordError: exit(.input, "\(error)")
    case let error as UsageError: exit(.usage, error.sentence)
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
      // The argument parser's own: help, a version, wrong arguments. It knows no other error.
      let code = Exportbench.exitCode(for: error)
      guard code != .failure else { exit(.fault, "internal error: \(error)") }
      exit(parsing: error, isMistake: code != .success)
    }
  }
}

extension ExitStatus {
  /// Ends with the argument parser's words: help and versions are results, and what is wrong with
  /// the arguments is a remark.
  static func exit(parsing error: any Error, isMistake: Bool = true) -> Never {
    let words = Exportbench.fullMessage(for: error)
    guard isMistake else {
      do { try Output.line(words) } catch { exit(with: error) }
      exit(.done, nil)
    }
    // It quotes arguments as they are.
    let lines = words.split(separator: "\n", omittingEmptySubsequences: false)
    Terminal.say(lines.map { oneLine(String($0)) }.joined(separator: "\n"))
    exit(.usage, nil)
  }
}

/// Arguments that are wrong in themselves.
struct UsageError: Error {
  let sentence: String
}

/// The caller asked for a gate, and it is shut.
struct GateFailure: Error {
  let status: ExitStatus
  let sentence: String?
}
