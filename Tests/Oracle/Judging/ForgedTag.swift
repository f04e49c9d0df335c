/// The tags of the forger: they say for which scope they were sent, so that hearing one elsewhere is a leak.
package enum ForgedTag {
    static let prefix = "forged"

    /// In wire form.
    package static func json(scope: String, number: Int) -> String {
        #"["\#(prefix)","\#(scope)",\#(number)]"#
    }

    /// The scope that a told tag was forged for; nil for a tag that was not forged.
    static func scope(of tag: String) -> String? {
        let segments = tag.split(separator: "/")
        guard segments.count >= 2, segments[0] == prefix else { return nil }
        return String(segments[1]).replacing("%2F", with: "/")
    }
}
