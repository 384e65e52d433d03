/// A team's checklist as it was read: items, the sections that they stand in, and other lines that state something.
public struct TeamChecklist: Sendable {
    public var encoding: String
    public var items: [ChecklistItem] = []
    public var sections: [ChecklistSection] = []
    /// Lines outside of items that hold a figure, a mark or a status.
    public var statements: [ChecklistStatement] = []
    public var tables: [ChecklistTable] = []
    /// Set when the document has more items than are read.
    public var isCut = false

    /// More items than any checklist has.
    static let mostItems = 20_000

    /// The titles above an item, the outermost first.
    public func headings(of item: ChecklistItem) -> [String] {
        var titles: [String] = []
        var index = item.section
        while let own = index, let section = sections.dropFirst(own).first, titles.count < 8 {
            titles.append(section.title)
            index = section.parent
        }
        return titles.reversed()
    }
}

public struct ChecklistItem: Sendable, Equatable {
    /// Counted from 1.
    public var line: Int
    /// Without its markup.
    public var text: String
    public var tick: Tick?
    /// Index of the section that it stands in.
    public var section: Int?
    /// Index of the item that it is a part of.
    public var parent: Int?
    public var required: String?
    public var actual: String?
    public var weight: Double?
    /// Whose signature it asks for.
    public var role: String?
    /// What a mark beside its box says.
    public var mark: Tick?
    /// The marks contradict each other, such as `[x]` beside ❌.
    public var hasTwoTicks = false
}

public struct ChecklistSection: Sendable, Equatable {
    public var line: Int
    public var title: String
    public var depth: Int
    public var parent: Int?
    /// What the heading itself says, at its end: `Security ✅`.
    public var tick: Tick?
}

public struct ChecklistStatement: Sendable, Equatable {
    public var line: Int
    public var text: String
    public var section: Int?
}

public struct ChecklistTable: Sendable, Equatable {
    public struct Row: Sendable, Equatable {
        public var line: Int
        public var cells: [String]
    }
    public var line: Int
    public var header: [String]
    public var rows: [Row] = []
    public var section: Int?
}
