import Foundation

/// The files beside the scripts that make them.
enum Vectors {
    static func read<File: Decodable>(_ name: String) -> File {
        guard let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"),
            let data = try? Data(contentsOf: url), let file = try? JSONDecoder().decode(File.self, from: data)
        else { preconditionFailure("Vectors/\(name).json cannot be read") }
        return file
    }
}
