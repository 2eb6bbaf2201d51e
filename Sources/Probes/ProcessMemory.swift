// Resident memory and CPU time of a local process from `/proc/PID`.

import Foundation

package struct ProcessMemory: Sendable {
  private let folder: String

  /// By default this process.
  package init(processID: Int? = nil) {
    folder = processID.map { "/proc/\($0)" } ?? "/proc/self"
  }

  /// Resets the peak to the currently resident memory. False if the kernel refuses.
  package func resetPeak() -> Bool {
    let descriptor = open("\(folder)/clear_refs", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return write(descriptor, "5", 1) == 1
  }

  package var residentBytes: Int? { field("VmRSS:") }

  /// Peak since the last reset, or since the start.
  package var peakBytes: Int? { field("VmHWM:") }

  private func field(_ name: String) -> Int? {
    let descriptor = open("\(folder)/status", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return nil }
    for line in String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
    where line.hasPrefix(name) {
      return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
        .map { $0 * 1024 }
    }
    return nil
  }
}

/// User and system time of this process, in milliseconds.
package func ownCPUMs() -> Double {
  var usage = rusage()
  // 0 is RUSAGE_SELF, whose type differs between C libraries.
  guard getrusage(0, &usage) == 0 else { return 0 }
  func ms(_ time: timeval) -> Double { Double(time.tv_sec) * 1e3 + Double(time.tv_usec) / 1e3 }
  return ms(usage.ru_utime) + ms(usage.ru_stime)
}
