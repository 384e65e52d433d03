public import Kernel

extension JSONText {
    /// A member with a text.
    public mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }

    /// A member with a whole number.
    public mutating func member(_ name: StaticString, _ value: Int) {
        self.name(name)
        number(value)
    }

    /// A member with a list of texts.
    public mutating func list(_ name: StaticString, _ values: some Sequence<String>) {
        self.name(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// A member with a truth value.
    public mutating func member(_ name: StaticString, _ value: Bool) {
        self.name(name)
        boolean(value)
    }
}
