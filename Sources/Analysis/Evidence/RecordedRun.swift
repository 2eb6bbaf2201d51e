// A run as its folder has it.

import RunStore

/// The manifest and the records of a run.
package struct RecordedRun: Sendable {
  package let manifest: Manifest
  package let records: Records

  package init(manifest: Manifest, records: Records) {
    (self.manifest, self.records) = (manifest, records)
  }

  /// The names of its export paths, in the order of the manifest.
  package var paths: [String] { manifest.paths.map(\.name) }
}
