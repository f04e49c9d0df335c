/// Writes array literals (the manual's page "Array Input and Output Syntax").
enum ArrayText {
    /// Every element is quoted, so that an empty one, `NULL`, blanks and braces are what they are.
    static func literal(_ values: [String?]) -> String {
        var text = "{"
        for (index, value) in values.enumerated() {
            if index > 0 { text += "," }
            guard let value else {
                text += "NULL"
                continue
            }
            text += "\""
            for character in value.unicodeScalars {
                if character == "\"" || character == "\\" { text += "\\" }
                text.unicodeScalars.append(character)
            }
            text += "\""
        }
        return text + "}"
    }
}
