/// How a page looked in the browser of a run.
public struct Screenshot: Sendable, Codable, Equatable {
    /// Path and query of the page.
    public var page: String
    /// Pixels of the screen that it was shown on.
    public var width: Int
    /// The picture, JPEG in base64 of at most `mostCharacters`.
    public var jpeg: String

    /// Six of them leave a report of one file below 2 MB.
    static let mostCharacters = 300_000

    /// nil where the text is no base64, or too long: it ends up in an address of a page.
    init?(page: String, width: Int, jpeg: String) {
        let isBase64 = jpeg.utf8.allSatisfy {
            $0.isDigit || $0.isLetterASCII || $0 == 0x2B || $0 == 0x2F || $0 == 0x3D
        }
        guard isBase64, !jpeg.isEmpty, jpeg.utf8.count <= Self.mostCharacters else { return nil }
        self.page = visible(page, limit: 200)
        self.width = width
        self.jpeg = jpeg
    }
}
