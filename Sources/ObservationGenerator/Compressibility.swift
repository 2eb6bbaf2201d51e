// How well texts compress: what part of them is written from a stock of passages, or is noise.

/// What prose is mixed with.
struct Compressibility: Sendable, Equatable {
  /// Of 65,536 steps, so many are noise, which hardly compresses.
  package var noise: UInt64 = 0
  /// Of 65,536 steps, so many begin a passage of the stock, which hardly takes any bytes.
  var stock: UInt64 = 0

  /// Prose as it is.
  package static let plain = Compressibility()

  package var isPlain: Bool { noise == 0 && stock == 0 }

  init() {}

  /// The seed of one of the 64 passages.
  package static func passage(_ number: UInt64) -> UInt64 { (number &+ 1) &* 0x9e37_79b9_7f4a_7c15 }
}

extension Compressibility {
  // Measured of column `input` of the suite's table, CODEC(ZSTD(3)), 25.8, texts of 1 and 4 KiB. Of
  // 300 bytes (at the median) and more it is within 5 %; shorter ones compress up to a tenth less.
  private static let measured: [(share: Double, compression: Double)] = [
    (-1, 1.431), (-0.7, 1.628), (-0.45, 1.93), (-0.25, 2.306), (-0.1, 2.734), (0, 3.186),
    (0.05, 3.57), (0.12, 4.178), (0.25, 5.398), (0.4, 6.95), (0.6, 9.44), (0.8, 12.82), (1, 18.68),
  ]

  /// The texture of which ZSTD(3) makes one byte of so many; prose as it is for nil.
  init(compression: Double?) {
    let table = Self.measured
    guard let compression, let end = table.firstIndex(where: { $0.compression > compression }),
      end > 0
    else { return }
    let (low, high) = (table[end - 1], table[end])
    // What is left of a text is nearly straight over the share.
    let part =
      (1 / low.compression - 1 / compression) / (1 / low.compression - 1 / high.compression)
    let share = low.share + part * (high.share - low.share)
    if share < 0 { noise = UInt64(-share * 65_536) } else { stock = UInt64(share * 65_536) }
  }
}
