/// What a person calls themselves, where we repeat it in a mail.
///
/// Strangers choose it: one who signs up others' addresses as “Win at evil.example” would have us send advertisements. So
/// what could be read as an address, or is too long for a name, is left out.
enum PersonName {
    static func presentable(_ name: String) -> String? {
        let name = String(name.trimmingBlanks)
        guard !name.isEmpty, name.unicodeScalars.count <= 60, name.utf8.count <= 240, LineText.isSafe(name),
            !name.contains(where: { "/\\:@<>{}[]|=".contains($0) }), !name.lowercased().contains("www.")
        else { return nil }
        // “J. R. R. Tolkien” is a name, “evil.com” isn't.
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst()
        guard parts.allSatisfy({ $0.prefix(while: { $0.isLetter || $0.isNumber }).count < 2 }) else { return nil }
        return name
    }
}

extension String {
    fileprivate var trimmingBlanks: Substring {
        var rest = self[...]
        while rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " { rest = rest.dropLast() }
        return rest
    }
}
