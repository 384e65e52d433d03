internal import Kernel

/// Whether an HTML page is a listing of a folder's files that a server made by itself.
enum DirectoryListing {
    /// Bytes of a page that are looked at: listings name themselves at once.
    static let prefix = 1024

    private static let titles = [
        // Apache, nginx, lighttpd, WEBrick; Python; Tomcat; Jetty; serve-index; IIS's way is a mark of its own.
        "index of /", "directory listing for", "directory: /", "listing directory", "files within",
    ].map { Array($0.utf8) }

    static func matches(_ page: [UInt8]) -> Bool {
        let start = page.prefix(prefix).map(\.asciiLowercased)
        for mark in ["<title>", "<h1>"] {
            guard let after = tail(of: start, after: Array(mark.utf8)) else { continue }
            let text = after.drop(while: { $0 <= 0x20 })
            if titles.contains(where: { text.starts(with: $0) }) { return true }
        }
        if tail(of: start, after: Array("[to parent directory]".utf8)) != nil { return true }
        // Go's file server: links and nothing else.
        let bare = ArraySlice(start).drop(while: { $0 <= 0x20 })
        return bare.starts(with: "<pre>\n<a href=".utf8)
            || bare.starts(
                with: "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n<a ".utf8)
    }

    private static func tail(of text: [UInt8], after mark: [UInt8]) -> ArraySlice<UInt8>? {
        var rest = ArraySlice(text)
        while !rest.isEmpty {
            rest = rest.drop(while: { $0 != mark.first })
            if rest.starts(with: mark) { return rest.dropFirst(mark.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
