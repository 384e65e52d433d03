/// The few elements of S3's XML answers that matter here, found by their tags: the answers are flat where we look, and
/// whatever doesn't look like one is nil.
enum S3Text {
    /// The text of the first element of that name.
    static func element(_ name: String, in text: some StringProtocol) -> String? {
        guard let start = text.firstRange(of: "<\(name)>") else { return nil }
        let rest = text.suffix(from: start.upperBound)
        guard let end = rest.firstRange(of: "</\(name)>") else { return nil }
        return unescaped(rest.prefix(upTo: end.lowerBound))
    }

    /// The insides of all elements of that name.
    static func elements(_ name: String, in text: String) -> [Substring] {
        text.split(separator: "<\(name)>").dropFirst().compactMap { part in
            part.firstRange(of: "</\(name)>").map { part.prefix(upTo: $0.lowerBound) }
        }
    }

    private static func unescaped(_ text: some StringProtocol) -> String {
        String(text).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&apos;", with: "'").replacing("&#39;", with: "'").replacing("&#34;", with: "\"")
            .replacing("&amp;", with: "&")
    }
}
