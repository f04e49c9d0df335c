import Invalidation
import Testing

@testable import Listener

@Suite struct PayloadTests {
    @Test func `the example of the contract is an invalidation with a claim only if it has a proof`() throws {
        let text =
            #"{"tags":[["todos"],["todo",42]],"scope":"user/42","xid":"81240","horizon":"81231","origin":"tab-7f3"}"#
        guard case .invalidation(let told, let claim) = try Payload(text) else { return #expect(Bool(false)) }
        #expect(told.tags.map(\.text) == ["todos", "todo/42"])
        #expect(told.scope.text == "user/42")
        #expect(told.origin == "tab-7f3")
        #expect(claim == nil)

        let proven = text.dropLast() + #","proof":"ab"}"#
        guard case .invalidation(_, let given?) = try Payload(String(proven)) else { return #expect(Bool(false)) }
        #expect(given == Payload.Claim(xid: 81240, horizon: 81231, proof: "ab"))
    }

    @Test func `a notification by hand needs tags and a scope and nothing else`() throws {
        guard case .invalidation(let told, nil) = try Payload(#"{"tags":[["todos"]],"scope":"global"}"#) else {
            return #expect(Bool(false))
        }
        #expect(told.scope == .global)
    }

    @Test func `a scope may be an object of kind and id`() throws {
        for text in [#"{"kind":"user","id":"42"}"#, #"{"id":42,"kind":"user"}"#] {
            guard case .invalidation(let told, _) = try Payload(#"{"tags":[["a"]],"scope":\#(text)}"#) else {
                return #expect(Bool(false))
            }
            #expect(told.scope == .user("42"))
        }
    }

    @Test func `unknown members are passed over, whatever they hold`() throws {
        let text = #"{"later":{"a":[1,{"b":null}]},"tags":[["a"]],"x":-1.5e3,"scope":"global","y":true}"#
        guard case .invalidation = try Payload(text) else { return #expect(Bool(false)) }
    }

    @Test func `the empty tag covers all`() throws {
        guard case .invalidation(let told, _) = try Payload(#"{"tags":[[]],"scope":"user/1"}"#) else {
            return #expect(Bool(false))
        }
        #expect(told.coversAll)
    }

    @Test(arguments: [
        "", "todos", "[]", "{", #"{"tags":[["a"]],"scope":"global"} x"#, #"{"tags":["a"],"scope":"global"}"#,
        #"{"tags":[[1.5]],"scope":"global"}"#, #"{"tags":[[null]],"scope":"global"}"#,
        #"{"tags":"a","scope":"global"}"#,
        #"{"tags":[],"scope":"global"}"#, #"{"tags":[["a"]]}"#, #"{"tags":[["a"]],"scope":"user"}"#,
        #"{"tags":[["a"]],"scope":"user/"}"#, #"{"tags":[["a"]],"scope":""}"#, #"{"scope":"global"}"#,
    ])
    func `what is no payload is a fault and never a trap`(text: String) {
        #expect(throws: Payload.Fault.self) { try Payload(text) }
    }

    @Test func `words about sessions are signals`() throws {
        #expect(try Payload(#"{"session":"s1"}"#) == .signal(.session("s1")))
        #expect(try Payload(#"{"user":"42"}"#) == .signal(.user("42")))
        #expect(try Payload(#"{"session":"*"}"#) == .signal(.all))
        #expect(try Payload(#"{"user":"*"}"#) == .signal(.all))
        #expect(try Payload(#"{"control":"settings"}"#) == .settings)
        #expect(try Payload(#"{"control":"another"}"#) == .other)
    }
}
