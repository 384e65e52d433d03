import Foundation

extension Session {
    /// The header that a script would send: a token out of the answer to the sign-in, or a cookie that scripts repeat.
    static func guards(of answer: Answer, _ cookies: [SetCookie]) -> [HeaderField] {
        let repeated = [
            "xsrf-token": "X-XSRF-TOKEN", "csrftoken": "X-CSRFToken", "csrf-token": "X-CSRF-Token",
            "csrf_token": "X-CSRF-Token", "_csrf": "X-CSRF-Token", "csrf": "X-CSRF-Token",
        ]
        let names = ["csrfToken", "csrf_token", "csrf", "xsrfToken", "xsrf_token", "_csrf"]
        let places = names.flatMap { name in ["", "/data", "/user", "/session"].map { "\($0)/\(name)" } }
        func isPlain(_ text: String) -> Bool {
            (8...4_096).contains(text.utf8.count)
                && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F }
        }
        if let json = answer.json, let text = places.lazy.compactMap({ json.at($0)?.string }).first(where: isPlain) {
            return [HeaderField(name: "X-CSRF-Token", value: text)]
        }
        return cookies.compactMap { cookie in
            guard let header = repeated[cookie.name.lowercased()] else { return nil }
            let value = cookie.value.removingPercentEncoding ?? cookie.value
            return isPlain(value) ? HeaderField(name: header, value: value) : nil
        }
    }
}
