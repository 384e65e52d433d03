/// What a page showed to whoever opened it.
struct PageLook: Sendable, Equatable {
    /// Of the page itself, after redirects; nil where the browser didn't say.
    var status: Int?
    /// The text that it shows, up to 200,000 characters.
    var text: String
    /// Errors on the console and exceptions that nobody caught, 20 at most.
    var errors: [String] = []
    /// Pixels by which it is wider than the screen.
    var overflow = 0
}

/// Opens pages, each in a context of its own.
protocol PageOpener: Sendable {
    func open(_ url: String, _ size: ScreenSize) async throws -> PageLook
    func stop() async
}
