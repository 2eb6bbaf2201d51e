// Arrivals by time: a calendar queue (Brown, 1988) over pending versions. Time is divided into
// pages of about a thousand rows, each sorted when it is reached; a version is at most the largest
// lag ahead.

private struct Entry {
  let time: Int64
  let row: RowID

  @inline(__always)
  static func < (left: Entry, right: Entry) -> Bool {
    left.time < right.time || (left.time == right.time && left.row < right.row)
  }
}

struct ArrivalQueue: ArrivalOrder {
  let rows: Rows
  private let pageBits: Int64
  private var pages: Pages
  private var page = 0
  private let pageEnd: Int
  private var nextObservation = 0
  // The current page, sorted, and the number of entries already returned.
  private var current: [Entry] = []
  private var taken = 0
  private var unsorted: [Entry] = []
  private var places = [Int32](repeating: 0, count: Self.buckets + 1)

  private static let buckets = 1024
  private static let pagesMax = 1 << 16

  init(_ rows: Rows, _ dataset: Dataset) {
    self.rows = rows
    let span = Int64(dataset.span.milliseconds)
    var bits: Int64 = 0
    while (span >> bits) * 1024 > Int64(rows.count) { bits += 1 }
    while (rows.reach >> bits) + 2 > Int64(Self.pagesMax) { bits += 1 }
    pageBits = bits
    pages = Pages(count: Int(rows.reach >> bits) + 2)
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
    pages.empty(page % pages.count, into: &unsorted)
    sort(unsorted, from: pageStart)
    taken = 0
    page += 1
  }

  // Enters every version of the observations that start before the end of the page; later ones
  // arrive later.
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
        pages.append(
          Entry(time: time, row: RowID(observation: nextObservation, version: version)), to: slot)
      }
      nextObservation += 1
    }
  }

  // Bucket sort by time into a thousand buckets, most of one row, then insertion sort.
  private mutating func sort(_ entries: [Entry], from pageStart: Int64) {
    current.removeAll(keepingCapacity: true)
    current.append(contentsOf: entries)
    guard entries.count <= 16 * Self.buckets else { return current.sort(by: <) }
    let bits = max(0, pageBits - 10)
    for bucket in places.indices { places[bucket] = 0 }
    for entry in entries { places[Int((entry.time - pageStart) >> bits) + 1] += 1 }
    for bucket in 1..<places.count { places[bucket] += places[bucket - 1] }
    for entry in entries {
      let bucket = Int((entry.time - pageStart) >> bits)
      current[Int(places[bucket])] = entry
      places[bucket] += 1
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

/// The entries of all pages, in chunks that are recycled between pages: the steady state allocates
/// nothing.
private struct Pages {
  /// In entries.
  private static let chunkSize = 32
  /// Chunks per allocation.
  private static let slabSize = 256
  private static let none: Int32 = -1

  private struct Page {
    var last = Pages.none
    var entriesInLast: Int32 = 0
  }

  private var pages: [Page]
  private var slabs: [[Entry]] = []
  /// The previous chunk of the page, or the next free chunk.
  private var links: [Int32] = []
  private var free = none

  init(count: Int) { pages = Array(repeating: Page(), count: count) }

  var count: Int { pages.count }

  @inline(__always)
  mutating func append(_ entry: Entry, to page: Int) {
    if pages[page].last == Self.none || pages[page].entriesInLast == Self.chunkSize {
      let chunk = takeChunk()
      links[Int(chunk)] = pages[page].last
      pages[page] = Page(last: chunk)
    }
    let chunk = Int(pages[page].last)
    let place = chunk % Self.slabSize * Self.chunkSize + Int(pages[page].entriesInLast)
    slabs[chunk / Self.slabSize][place] = entry
    pages[page].entriesInLast += 1
  }

  /// Replaces `entries` by a page's, unsorted, and empties the page.
  mutating func empty(_ page: Int, into entries: inout [Entry]) {
    entries.removeAll(keepingCapacity: true)
    var chunk = pages[page].last
    var count = Int(pages[page].entriesInLast)
    while chunk != Self.none {
      let place = Int(chunk) % Self.slabSize * Self.chunkSize
      entries.append(contentsOf: slabs[Int(chunk) / Self.slabSize][place..<(place + count)])
      let before = links[Int(chunk)]
      links[Int(chunk)] = free
      (free, chunk, count) = (chunk, before, Self.chunkSize)
    }
    pages[page] = Page()
  }

  private mutating func takeChunk() -> Int32 {
    if free == Self.none {
      let first = Int32(links.count)
      let nothing = Entry(time: 0, row: RowID(observation: 0, version: 1))
      slabs.append(Array(repeating: nothing, count: Self.slabSize * Self.chunkSize))
      for chunk in first..<(first + Int32(Self.slabSize)) { links.append(chunk + 1) }
      links[links.count - 1] = Self.none
      free = first
    }
    let chunk = free
    free = links[Int(chunk)]
    return chunk
  }
}
