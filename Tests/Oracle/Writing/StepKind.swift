/// What a writer does, and how often in comparison.
enum StepKind: CaseIterable, Sendable {
    case insertNote, updateNote, touchNote, moveNote, deleteNote, upsertNote
    case bulkInsert, bulkUpdate, bulkDelete
    case updateBoard, renameBoard
    case insertItem, updateItem, moveItem, deleteItem
    case insertReading, insertReadingDirectly, updateReading, moveReading, deleteReading
    case insertScrap, invalidate

    var weight: Int {
        switch self {
        case .insertNote, .updateNote: 10
        case .moveNote, .upsertNote, .updateBoard, .invalidate: 6
        case .touchNote, .deleteNote, .insertItem, .updateItem, .insertScrap: 4
        case .insertReading, .insertReadingDirectly, .updateReading, .moveReading: 3
        case .moveItem, .deleteItem, .deleteReading, .renameBoard: 2
        case .bulkInsert, .bulkUpdate, .bulkDelete: 1
        }
    }

    static let weighted: [StepKind] = allCases.flatMap { Array(repeating: $0, count: $0.weight) }
}
