// Checks of the local machine that affect how reliable a run's numbers are. Read-only.

import Foundation
import Probes
import RunStore
import Units

package enum MachineExamination {
  /// Minimum of free bytes: an embedded server's data and a run's files are below the working
  /// folder.
  static let diskBytesMin = 2 << 30

  package static func observations() -> [Observation] {
    [processors(), memory(), disk(), allocator(), build()].compactMap(\.self)
  }

  private static func processors() -> Observation {
    let machine = Manifest.Machine.current
    let load = firstNumber(of: "/proc/loadavg")
    let finding =
      "\(machine.cpu), \(machine.cores) \(machine.cores == 1 ? "core" : "cores")"
      + (load.map { ", load \(fixed($0, 1))" } ?? "")
    guard let load else { return Observation("processors", .good, finding) }
    return processors(finding, cores: machine.cores, load: load)
  }

  /// Evaluates the load average for a number of cores.
  static func processors(_ finding: String, cores: Int, load: Double) -> Observation {
    if load > Double(cores) / 2 {
      return Observation(
        "processors", .caution, finding,
        "other processes are running: times will vary, and peak memory by a few percent "
          + "because threads overlap differently; rows, bytes and storage are exact. Wait until "
          + "the load is below \(fixed(Double(cores) / 2, 1)), or add repeats")
    }
    if cores == 1 {
      return Observation(
        "processors", .caution, finding,
        "driver and embedded server share one core: times are unreliable, memory and rows are not")
    }
    return Observation("processors", .good, finding)
  }

  private static func memory() -> Observation? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else {
      return nil
    }
    func bytes(_ name: String) -> Int? {
      text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        .flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
        .map { $0 * 1024 }
    }
    guard let available = bytes("MemAvailable"), let total = bytes("MemTotal") else { return nil }
    return memory(
      available: available, total: total, limit: firstNumber(of: "/sys/fs/cgroup/memory.max"),
      swapped: max(0, (bytes("SwapTotal") ?? 0) - (bytes("SwapFree") ?? 0)))
  }

  package static func memory(available: Int, total: Int, limit: Double?, swapped: Int)
    -> Observation
  {
    var finding = "\(ByteCount(available)) of \(ByteCount(total)) available"
    let bound = limit.map { Int(min($0, Double(total))) } ?? total
    if bound < total { finding += ", and \(ByteCount(bound)) allowed to this container" }
    if min(available, bound) < 4 << 30 {
      return Observation(
        "memory", .caution, finding,
        "an export by LIMIT 1 BY of the claim's thirty days takes 1.3 GiB, of wide rows 3.2 GiB; "
          + "an embedded server here may refuse or be killed. Choose smaller windows, or more "
          + "memory")
    }
    guard swapped < 256 << 20 else {
      return Observation(
        "memory", .caution, finding + ", \(ByteCount(swapped)) swapped out",
        "a resident set that is swapped out looks smaller than it is; turn swap off for a run")
    }
    return Observation("memory", .good, finding)
  }

  private static func disk() -> Observation? {
    var space = statvfs()
    guard statvfs(".", &space) == 0 else { return nil }
    let free = Int(space.f_bavail) * Int(space.f_frsize)
    let finding = "\(ByteCount(free)) free where results and an embedded server's data go"
    guard free < diskBytesMin else { return Observation("disk", .good, finding) }
    return Observation(
      "disk", .obstacle, finding,
      "the largest dataset takes about \(ByteCount(diskBytesMin)); free some space, or run in "
        + "another folder")
  }

  private static func allocator() -> Observation {
    let proof = AllocatorProof.take()
    guard proof.holds else {
      return Observation(
        "allocator", .caution, "jemalloc does not serve this whole process",
        "columns of the driver's allocator stay empty; build with the trait Jemalloc, linked "
          + "dynamically, as ./scripts/bench does")
    }
    let version = proof.version?.prefix { $0 != "-" } ?? ""
    return Observation(
      "allocator", .good, "jemalloc \(version), verified for Swift and libcurl")
  }

  private static func build() -> Observation? {
    #if DEBUG
      return Observation(
        "build", .caution, "without optimization",
        "the driver's own time and CPU are meaningless; ./scripts/bench builds with it")
    #else
      return nil
    #endif
  }

  private static func firstNumber(of file: String) -> Double? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    return text.split { $0 == " " || $0 == "\n" }.first.flatMap { Double($0) }
  }
}
