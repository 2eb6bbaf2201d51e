// Describes the driver's machine.

import Foundation
import RunStore

extension Manifest.Machine {
  package static var current: Manifest.Machine {
    func field(_ name: String, of file: String) -> String? {
      guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
      for line in text.split(separator: "\n") where line.hasPrefix(name) {
        let value = line.dropFirst(name.count).drop { " \t:=\"".contains($0) }
        return value.last == "\"" ? String(value.dropLast()) : String(value)
      }
      return nil
    }
    var names = utsname()
    uname(&names)
    let kernel = withUnsafeBytes(of: &names.release) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return Manifest.Machine(
      cpu: field("model name", of: "/proc/cpuinfo") ?? "unknown",
      cores: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: Int(ProcessInfo.processInfo.physicalMemory),
      kernel: kernel, os: field("PRETTY_NAME", of: "/etc/os-release") ?? "Linux")
  }
}
