// Arrivals by time: a calendar queue (Brown, 1988) over the versions that are still to come.
//
// Time is cut into equal pages of about a thousand rows. A page is sorted when its turn comes; a
// version goes to the page of its time, at most the largest lag ahead.

struct Calendar: ArrivalOrder {
  private struct Entry {
    let time: Int64
    let row: RowID

    @inline(__always)
    static func < (left: Entry, right: Entry) -> Bool {
      left.time < right.time || (left.time == right.time && left.row < right.row)
    }
  }

  let rows: Rows
  private let pageBits: Int64
  private var pages: [[Entry]]
  private var page = 0
  private let pageEnd: Int
  private var nextObservation = 0
  // The page whose turn it is, in order, and how much of it has been handed out.
  private var current: [Entry] = []
  private var taken = 0
  private var places = [Int32](repeating: 0, count: Self.drawers + 1)

  private static let drawers = 1024
  private static let pagesMax = 1 << 16

  init(_ rows: Rows, _ dataset: Dataset) {
    self.rows = rows
    let span = Int64(dataset.span.milliseconds)
    var bits: Int64 = 0
    while (span >> bits) * 1024 > Int64(rows.count) { bits += 1 }
    while (rows.reach >> bits) + 2 > Int64(Self.pagesMax) { bits += 1 }
    pageBits = bits
    pages = Array(repeating: [], count: Int(rows.reach >> bits) + 2)
    pageEnd = Int((span + rows.reach) >> bits) + 1
  }

  mutating func next(into batch: inout [RowID], _ limit: Int) {
    while batch.count < limit {
      if taken == current.count {
        guard page < pageEnd else { return }
        turnPage()
        continue
      }
      let end = min(current.count, taken + limit - batch.count)
      for position in taken..<end { batch.append(current[position].row) }
      taken = end
    }
  }

  private mutating func turnPage() {
    let pageStart = Int64(page) << pageBits
    enter(before: pageStart + 1 << pageBits)
    let slot = page % pages.count
    var entries: [Entry] = []
    swap(&entries, &pages[slot])
    sort(entries, from: pageStart)
    taken = 0
    page += 1
  }

  // Enters every version of the observations that start before the end of the page: one that starts
  // later arrives later.
  private mutating func enter(before end: Int64) {
    while nextObservation < rows.count {
      let key = rows.key(of: nextObservation)
      var time = rows.start(of: nextObservation, key) &- rows.start
      if time >= end { return }
      let shape = rows.shape(key)
      let versions = rows.versions(key, shape)
      for place in 1...versions {
        time &+= rows.lag(key, shape, place: place)
        let version = rows.version(arriving: place, shape, of: versions)
        let slot = Int(truncatingIfNeeded: time >> pageBits) % pages.count
        pages[slot].append(
          Entry(time: time, row: RowID(observation: nextObservation, version: version)))
      }
      nextObservation += 1
    }
  }

  // A thousand drawers by time, then neighbours put right: most drawers hold one row.
  private mutating func sort(_ entries: [Entry], from pageStart: Int64) {
    current.removeAll(keepingCapacity: true)
    current.append(contentsOf: entries)
    guard entries.count <= 16 * Self.drawers else { return current.sort(by: <) }
    let bits = max(0, pageBits - 10)
    for drawer in places.indices { places[drawer] = 0 }
    for entry in entries { places[Int((entry.time - pageStart) >> bits) + 1] += 1 }
    for drawer in 1..<places.count { places[drawer] += places[drawer - 1] }
    for entry in entries {
      let drawer = Int((entry.time - pageStart) >> bits)
      current[Int(places[drawer])] = entry
      places[drawer] += 1
    }
    current.withUnsafeMutableBufferPointer { sorted in
      for position in 1..<max(1, sorted.count) {
        let entry = sorted[position]
        var hole = position
        while hole > 0 && entry < sorted[hole - 1] {
          sorted[hole] = sorted[hole - 1]
          hole -= 1
        }
        sorted[hole] = entry
      }
    }
  }
}
