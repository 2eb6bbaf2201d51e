// The clustered form of what makes tables says the same as the other one, but for where and how it
// is kept.

import TestSupport
import Testing
@testable import ExportPaths

@Suite struct ClusterSQLTests {
  /// A text without comments, and without what the clustered form has besides.
  private func plain(_ text: String) -> String {
    text.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
      .replacing(" ON CLUSTER default", with: "").replacing(
        "ReplicatedReplacing", with: "Replacing"
      )
      .replacing(" SYNC;", with: ";")
  }

  @Test func bothFormsSayTheSame() throws {
    #expect(plain(try Catalogue.observations(.clustered)) == plain(try Catalogue.observations()))
    let names = namesInFolder("\(packageFolder)/Sources/ExportPaths/SQL/objects")
      .filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }
    let needing = try Catalogue.paths().filter { !$0.needs.isEmpty }
    let objects = try Catalogue.objects(for: needing)
    #expect(Set(objects.map(\.name)) == Set(names))
    for object in objects {
      let (text, clustered) = (object.text(.unclustered), object.text(.clustered))
      #expect(plain(clustered) == plain(text), "\(object.name)")
      #expect(clustered.contains("ON CLUSTER default"), "\(object.name)")
      #expect(!text.contains("CLUSTER") && !text.contains("Replicated"), "\(object.name)")
    }
    let forms = try Migration.Form.allCases.map { try Catalogue.migrations($0) }
    for (one, other) in zip(forms[0], forms[1]) {
      #expect(plain(one.up) == plain(other.up) && plain(one.down) == plain(other.down))
    }
  }

  @Test func oneFileHasBothForms() {
    let source = """
      CREATE TABLE t/*clustered: ON CLUSTER default*/ (a Int8 /* kept */)
      ENGINE = /*clustered:Replicated*/MergeTree;
      """
    #expect(
      Migration.Form.unclustered.text(of: source) == """
        CREATE TABLE t (a Int8 /* kept */)
        ENGINE = MergeTree;
        """)
    #expect(
      Migration.Form.clustered.text(of: source) == """
        CREATE TABLE t ON CLUSTER default (a Int8 /* kept */)
        ENGINE = ReplicatedMergeTree;
        """)
  }

  @Test func everyStatementGoesToTheClusterThatIsNamed() throws {
    let texts =
      [try Catalogue.observations(.clustered)]
      + (try Catalogue.migrations(.clustered)).flatMap { [$0.up, $0.down] }
    for text in texts {
      let statements = Migration.statements(of: Migration.retargeted(text, to: "ON CLUSTER `a-b`"))
      #expect(!statements.isEmpty && statements.allSatisfy { $0.contains("ON CLUSTER `a-b`") })
    }
    let whole = try Catalogue.distributed("`t`", in: "`f`", over: "`l`", on: "`c`")
    #expect(whole.contains("CREATE TABLE IF NOT EXISTS `f`.`t` ON CLUSTER `c` AS `l`.`t`"))
    #expect(whole.contains("Distributed(`c`, `l`, `t`, cityHash64(project_id, id))"))
    #expect(!whole.contains("{"))
  }

  @Test func aPathThatKeepsSomethingInItsSessionIsRefusedThere() throws {
    let head = "-- idea: a\n-- keeps in memory: b\n-- gets wrong: c\n-- reads: observations\n"
    let select = "SELECT 1"
    #expect(try ExportPath(name: "p", text: head + select).notOnCluster == nil)
    let said = try ExportPath(name: "p", text: head + "-- not on a cluster: it is\n" + select)
    #expect(said.notOnCluster == "it is")
    let kept = try ExportPath(
      name: "p", text: head + "CREATE TEMPORARY TABLE t (a Int8);\n" + select)
    #expect(kept.notOnCluster?.contains("one server") == true)
  }
}
