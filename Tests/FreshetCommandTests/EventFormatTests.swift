import Foundation
import ServerSentEvents
import Testing

@testable import FreshetCommand

@Suite struct EventFormatTests {
    private let noon = Date(timeIntervalSince1970: 1_700_000_000.12)

    private func line(_ type: String, _ data: String, id: String = "k1-7", format: EventFormat = .text) -> String {
        let event = ServerSentEvent(type: type, data: data, lastEventID: id)
        return format.line(event, at: noon, timeZone: .gmt)
    }

    @Test func `an invalidation shows time, scopes, tags, transactions and position`() {
        #expect(
            line(
                "invalidate",
                #"{"tags":[["todos"],["todo",42]],"scopes":["user/42"],"txids":["81240"],"origin":"tab-7"}"#
            ) == "22:13:20.120 invalidate user/42 todos todo/42 tx=81240 origin=tab-7 id=k1-7"
        )
    }

    @Test func `merged invalidations show all scopes and transactions`() {
        #expect(
            line("invalidate", #"{"tags":[["a"]],"scopes":["global","user/1"],"txids":["1","2"],"spread":1500}"#)
                == "22:13:20.120 invalidate global,user/1 a tx=1,2 spread=1500 id=k1-7"
        )
    }

    @Test func `a welcome shows who hears what`() {
        #expect(
            line("welcome", #"{"user":"42","scopes":["global","user/42"],"resumed":true}"#)
                == "22:13:20.120 welcome user=42 scopes=global,user/42 resumed=true id=k1-7"
        )
        #expect(
            line("welcome", #"{"user":null,"scopes":["global"],"resumed":false}"#)
                == "22:13:20.120 welcome user=none scopes=global resumed=false id=k1-7"
        )
    }

    @Test func `reset and goaway show their reasons`() {
        #expect(line("reset", #"{"reason":"gap"}"#) == "22:13:20.120 reset reason=gap id=k1-7")
        #expect(line("goaway", #"{"reason":"shutdown"}"#, id: "") == "22:13:20.120 goaway reason=shutdown")
    }

    @Test func `what a terminal would obey is escaped, and blanks are quoted`() {
        #expect(
            line("invalidate", #"{"tags":[["a\u001b[2J"],["b c"],["d\u202ee"],["😀"]],"scopes":["user/\"x"]}"#)
                == #"22:13:20.120 invalidate "user/\"x" "a\u{1b}[2J" "b c" "d\u{202e}e" 😀 id=k1-7"#
        )
    }

    @Test func `data that is no object is shown as it is, in one word`() {
        #expect(line("invalidate", "no JSON") == #"22:13:20.120 invalidate "no JSON" id=k1-7"#)
        #expect(line("message", "a\nb", id: "") == #"22:13:20.120 message "a\u{a}b""#)
    }

    @Test func `a part of a second is never written as a whole one`() {
        let event = ServerSentEvent(type: "reset", data: "{}")
        let almost = Date(timeIntervalSince1970: 1_700_000_000.9996)
        #expect(EventFormat.text.line(event, at: almost, timeZone: .gmt) == "22:13:21.000 reset")
    }

    @Test func `JSON lines carry the data as it came`() {
        #expect(
            line("invalidate", #"{"tags":[["a",1]]}"#, format: .json)
                == #"{"at":"2023-11-14T22:13:20.120Z","event":"invalidate","id":"k1-7","data":{"tags":[["a",1]]}}"#
        )
    }

    @Test func `JSON lines stay one line and valid whatever the data is`() {
        #expect(line("x", "no\nJSON", format: .json).hasSuffix(#""data":"no\nJSON"}"#))
        #expect(line("x", "{\"a\":\n1}", format: .json).hasSuffix(#""data":"{\"a\":\n1}"}"#))
    }
}
