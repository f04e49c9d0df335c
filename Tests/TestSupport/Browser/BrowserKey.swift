/// A key that does something else than typing its letter.
package enum BrowserKey: Sendable {
    case tab, enter, space, escape

    /// As the debugger names it, with the number that Windows gives it.
    var parameters: [String: JSONValue] {
        switch self {
        case .tab: ["key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9]
        case .enter: ["key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"]
        case .space: ["key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "]
        case .escape: ["key": "Escape", "code": "Escape", "windowsVirtualKeyCode": 27]
        }
    }
}
