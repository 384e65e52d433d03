/// One page of the console: what it says, as values. How it looks is the template's business; whatever text is in it is
/// escaped there, scalar by scalar.
public struct ConsolePage: Sendable {
    public var title: String
    /// One or two sentences under the title.
    public var lead: String?
    /// The path of the entry of the navigation that this page belongs to.
    public var current: String
    /// What went wrong, said first and to screen readers at once.
    public var alert: ConsoleNotice?
    /// What was just done.
    public var done: String?
    public var blocks: [ConsoleBlock]

    public init(
        _ title: String, lead: String? = nil, current: String = "", alert: ConsoleNotice? = nil, done: String? = nil,
        _ blocks: [ConsoleBlock] = []
    ) {
        self.title = title
        self.lead = lead
        self.current = current
        self.alert = alert
        self.done = done
        self.blocks = blocks
    }
}

/// A title with a sentence.
public struct ConsoleNotice: Sendable {
    public let title: String
    public let detail: String
    public init(_ title: String, _ detail: String = "") {
        self.title = title
        self.detail = detail
    }
}

/// How a piece of text is meant. The word itself says it too: colour alone tells nobody anything.
public enum ConsoleTone: String, Sendable {
    case plain, good, warn, bad
}

/// A part of a page, in reading order.
public enum ConsoleBlock: Sendable {
    case heading(String)
    case text(String)
    /// Figures, large.
    case tiles([ConsoleTile])
    case facts([ConsoleFact])
    case table(ConsoleTable)
    case form(ConsoleForm)
    /// Fields that ask for the same page again.
    case filter(ConsoleForm)
    /// Acts side by side.
    case acts([ConsoleForm])
    /// Text as it is, such as a mail's words or a command.
    case code(String)
    /// Nothing is there: why, and what would change that.
    case empty(String, command: String?)
    /// Links to the page before and the one after.
    case pages(first: String?, next: String?)
}

public struct ConsoleTile: Sendable {
    public let label: String
    public let value: String
    public let hint: String
    public let tone: ConsoleTone
    public let link: String?

    public init(_ label: String, _ value: String, hint: String = "", tone: ConsoleTone = .plain, link: String? = nil) {
        self.label = label
        self.value = value
        self.hint = hint
        self.tone = tone
        self.link = link
    }
}

public struct ConsoleFact: Sendable {
    public let label: String
    public let cell: ConsoleCell

    public init(_ label: String, _ cell: ConsoleCell) {
        self.label = label
        self.cell = cell
    }

    public init(_ label: String, _ text: String) { self.init(label, ConsoleCell(text)) }
}

/// What stands in one place of a table.
public struct ConsoleCell: Sendable {
    public var text: String
    /// A smaller line below.
    public var hint: String
    public var link: String?
    /// Shown as a badge where it isn't plain.
    public var tone: ConsoleTone
    public var isBadge: Bool
    public var isCode: Bool
    public var acts: [ConsoleForm]

    public init(
        _ text: String, hint: String = "", link: String? = nil, tone: ConsoleTone = .plain, isBadge: Bool = false,
        isCode: Bool = false, acts: [ConsoleForm] = []
    ) {
        self.text = text
        self.hint = hint
        self.link = link
        self.tone = tone
        self.isBadge = isBadge
        self.isCode = isCode
        self.acts = acts
    }

    public static func badge(_ text: String, _ tone: ConsoleTone) -> ConsoleCell {
        ConsoleCell(text, tone: tone, isBadge: true)
    }

    public static func code(_ text: String, hint: String = "", link: String? = nil) -> ConsoleCell {
        ConsoleCell(text, hint: hint, link: link, isCode: true)
    }

    public static func acts(_ acts: [ConsoleForm]) -> ConsoleCell { ConsoleCell("", acts: acts) }
}

public struct ConsoleTable: Sendable {
    /// Read out before the table.
    public let caption: String
    public let columns: [String]
    public let rows: [[ConsoleCell]]

    public init(_ caption: String, columns: [String], rows: [[ConsoleCell]]) {
        self.caption = caption
        self.columns = columns
        self.rows = rows
    }
}

public struct ConsoleField: Sendable {
    public enum Kind: String, Sendable {
        case text, email, password, search, hidden, select
        /// One of few, each to be seen; a letter (`accessKey`) chooses it.
        case radio
        /// More than one line.
        case area
        case file
    }

    public let name: String
    public let label: String
    public let kind: Kind
    public let value: String
    public let hint: String
    public let autocomplete: String
    public let isRequired: Bool
    /// Of a `select`: what is sent and what is shown.
    public let choices: [(value: String, label: String)]
    /// Whether a page begins here for whoever works by keyboard.
    public let isFocused: Bool

    public init(
        _ name: String, _ label: String, _ kind: Kind = .text, value: String = "", hint: String = "",
        autocomplete: String = "off", isRequired: Bool = false, choices: [(value: String, label: String)] = [],
        isFocused: Bool = false
    ) {
        self.isFocused = isFocused
        self.name = name
        self.label = label
        self.kind = kind
        self.value = value
        self.hint = hint
        self.autocomplete = autocomplete
        self.isRequired = isRequired
        self.choices = choices
    }

    /// Choices that are shown as they are sent; the empty one is `any`.
    public static func choices(_ values: [String], hasAny: Bool = true) -> [(value: String, label: String)] {
        let all = values.map { (value: $0, label: $0) }
        return hasAny ? [(value: "", label: "any")] + all : all
    }

    public static func hidden(_ name: String, _ value: String) -> ConsoleField {
        ConsoleField(name, "", .hidden, value: value)
    }
}

/// A form: without visible fields it is a button. Those that change something carry the session's token.
public struct ConsoleForm: Sendable {
    public enum Weight: String, Sendable { case primary, quiet, danger }

    public let action: String
    public let button: String
    /// For screen readers, where the button alone doesn't say of what.
    public let label: String
    public let weight: Weight
    public let fields: [ConsoleField]

    public init(
        _ action: String, _ button: String, label: String = "", _ weight: Weight = .quiet, _ fields: [ConsoleField] = []
    ) {
        self.action = action
        self.button = button
        self.label = label
        self.weight = weight
        self.fields = fields
    }
}

/// What surrounds every page: who is there, where one can go, the token for acts.
public struct ConsoleFrame: Sendable {
    public struct Entry: Sendable {
        public let path: String
        public let label: String
        public init(_ path: String, _ label: String) {
            self.path = path
            self.label = label
        }
    }

    /// nil: nobody is signed in.
    public let who: String?
    public let role: String
    public let site: String
    public let version: String
    /// Groups of the navigation, with their names.
    public let navigation: [(name: String, entries: [Entry])]
    public let token: String

    public init(
        who: String?, role: String, site: String, version: String, navigation: [(name: String, entries: [Entry])],
        token: String
    ) {
        self.who = who
        self.role = role
        self.site = site
        self.version = version
        self.navigation = navigation
        self.token = token
    }
}
