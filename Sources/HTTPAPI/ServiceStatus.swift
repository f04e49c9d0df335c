import Invalidation

/// The body of `GET {base}/status` (CONTRACT.md §6).
struct ServiceStatus: Sendable {
    let version: String
    let streams: Int
    let users: Int
    let controls: Controls
    let listener: String
    let delivery: String
    let position: Position?
    let roundTripMilliseconds: Double?

    var json: [UInt8] {
        var json: [UInt8] = []
        json.append(contentsOf: #"{"version":"#.utf8)
        JSONWriter.append(version, to: &json)
        json.append(contentsOf: #","streams":\#(streams),"users":\#(users),"paused":\#(controls.isPaused)"#.utf8)
        json.append(contentsOf: #","disabledTags":"#.utf8)
        JSONWriter.append(controls.disabled.tags, to: &json) { $0.write(to: &$1) }
        json.append(contentsOf: #","listener":"#.utf8)
        JSONWriter.append(listener, to: &json)
        json.append(contentsOf: #","delivery":"#.utf8)
        JSONWriter.append(delivery, to: &json)
        json.append(contentsOf: #","position":"#.utf8)
        if let position { JSONWriter.append(position.text, to: &json) } else { json.append(contentsOf: "null".utf8) }
        json.append(contentsOf: #","roundTripMs":"#.utf8)
        let tenths = roundTripMilliseconds.map { ($0 * 10).rounded() / 10 }
        json.append(contentsOf: (tenths.map { "\($0)" } ?? "null").utf8)
        json.append(UInt8(ascii: "}"))
        return json
    }
}
