// The option `--driver`: which of several drivers this one is.

import ArgumentParser
import Failures
import Units

/// The share of the work of one of several drivers.
struct DriverOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Be one of several drivers, and do this share of the work, such as 2/8.", valueName: "k/n"))
  var driver: String?

  /// The name of ``driver`` until version 0.2.
  @Option(name: .customLong("part"), help: .hidden)
  var formerDriver: String?

  /// Nil of one driver that does everything.
  var shard: DriverShard? {
    get throws {
      guard driver == nil || formerDriver == nil else {
        throw UserError.usage("--part is the former name of --driver; give one of the two")
      }
      return try (driver ?? formerDriver).map { try DriverShard(parsing: $0) }
    }
  }
}
