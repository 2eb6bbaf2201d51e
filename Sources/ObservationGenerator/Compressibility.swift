// Compressibility of generated texts: the fraction copied from stock passages, or random.

struct Compressibility: Sendable, Equatable {
  /// Steps out of 65,536 that are random characters, which hardly compress.
  var noise: UInt64 = 0
  /// Steps out of 65,536 that begin a stock passage, which compresses to almost nothing.
  var stock: UInt64 = 0

  /// Prose only.
  static let plain = Compressibility()

  var isPlain: Bool { noise == 0 && stock == 0 }

  /// The seed of one of the 64 passages.
  static func passage(_ number: UInt64) -> UInt64 { (number &+ 1) &* 0x9e37_79b9_7f4a_7c15 }
}

extension Compressibility {
  // Measured on column `input` of the suite's table, CODEC(ZSTD(3)), 25.8, texts of 1 and 4 KiB.
  // Within 5 % for medians from 300 bytes; shorter texts compress up to 10 % less.
  private static let measured: [(share: Double, compression: Double)] = [
    (-1, 1.431), (-0.7, 1.628), (-0.45, 1.93), (-0.25, 2.306), (-0.1, 2.734), (0, 3.186),
    (0.05, 3.57), (0.12, 4.178), (0.25, 5.398), (0.4, 6.95), (0.6, 9.44), (0.8, 12.82), (1, 18.68),
  ]

  /// - Parameter compression: the ratio under ZSTD(3); nil for prose only.
  init(compression: Double?) {
    let table = Self.measured
    guard let compression, let end = table.firstIndex(where: { $0.compression > compression }),
      end > 0
    else { return }
    let (low, high) = (table[end - 1], table[end])
    // The compressed size is nearly linear in the share.
    let part =
      (1 / low.compression - 1 / compression) / (1 / low.compression - 1 / high.compression)
    let share = low.share + part * (high.share - low.share)
    if share < 0 { noise = UInt64(-share * 65_536) } else { stock = UInt64(share * 65_536) }
  }
}
