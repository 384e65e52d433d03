/// Whom a browser opens pages as, and what it is given for that: cookies, or a field of every request.
///
/// A context in which somebody is signed in reaches the site's own origin and nothing else, not even another port of the same
/// host: cookies know no ports, and a field goes along with every request.
struct PagePerson: Sendable {
    let name: String
    let site: SiteURL
    let cookies: [SetCookie]
    let header: HeaderField?

    init(_ session: Session, on site: SiteURL) {
        name = session.identity.name
        cookies = session.cookies.filter { !$0.isRemoval }
        header = session.header
        self.site = site
    }

    /// Host and port, the port also where it is the usual one.
    var place: String { "\(site.host.contains(":") ? "[\(site.host)]" : site.host):\(site.port)" }
}

/// What shows that somebody isn't signed in after all.
enum SignInForm {
    /// A script that tells of the page how it came out: path and query, whether it asks for a name and one password and offers no
    /// way out, and how it begins.
    static let question =
        "(()=>{const v=e=>e.getClientRects().length>0,q=s=>[...document.querySelectorAll(s)];"
        + "const p=q('input[type=password]').filter(v),f=p.length===1?(p[0].form||document):null;"
        + "const n=!!f&&[...f.querySelectorAll('input')].some(e=>v(e)&&['text','email','tel'].includes(e.type));"
        + "const o=/(sign|log)[-_\\s]*(out|off)|end[-_\\s]*session/i;"
        + "const l=q('a,button,form,input[type=submit]').some(e=>o.test((e.tagName==='FORM'?'':e.textContent.slice(0,80))"
        + "+' '+(e.getAttribute('href')||'')+' '+(e.getAttribute('action')||'')+' '+(e.getAttribute('value')||'')));"
        + "return JSON.stringify([location.pathname+location.search,n&&!l,"
        + "document.title+' '+(document.body?document.body.innerText.slice(0,500):'')])})()"

    /// What the script says.
    struct Sight: Sendable, Equatable {
        /// Path and query at which the page came out.
        var path: String
        var asksForSignIn: Bool
        var beginning: String

        init?(_ answer: String?) {
            let parts = answer.flatMap { JSONValue(bytes: Array($0.utf8))?.items } ?? []
            guard parts.count == 3, let path = parts.first?.string, let beginning = parts.last?.string else {
                return nil
            }
            self.path = path
            self.beginning = beginning
            asksForSignIn = parts.dropFirst().first == .bool(true)
        }

        /// Whether the page that was asked for is not the one that came, and that one is for signing in.
        func isInstead(of asked: String) -> Bool {
            let (came, wanted) = (path.prefix { $0 != "?" }, asked.prefix { $0 != "?" && $0 != "#" })
            guard came != wanted else { return false }
            return asksForSignIn || Self.words.contains { came.lowercased().contains($0) }
        }

        private static let words = ["login", "log-in", "log_in", "signin", "sign-in", "sign_in"]
    }

    /// Whether an answer is a page that asks for a name and one password, and offers no way out.
    static func isShown(by answer: Answer) -> Bool {
        let scan = PageScan(html: answer.bodyText)
        let asks = scan.forms.contains { form in
            form.fields.count { $0.type == "password" } == 1
                && form.fields.contains { ["text", "email", "tel", ""].contains($0.type) }
        }
        return asks && !(scan.anchors + scan.forms.map(\.action)).contains(where: Discovery.isSignOut)
    }
}

extension Browser {
    /// A context of its own in Chromium, for a stranger or for somebody.
    func openContext(of person: PagePerson?) async throws -> JSONValue {
        var wishes: [String: JSONValue] = ["disposeOnDetach": .bool(false)]
        if let person {
            // Everything but the origin goes to a proxy that isn't there.
            wishes["proxyServer"] = .string("127.0.0.1:1")
            wishes["proxyBypassList"] = .string("<-loopback>;\(person.place)")
        }
        guard let context = try await send("Target.createBrowserContext", .object(wishes)).at("/browserContextId")
        else { throw BrowserFailure.refused("no context") }
        return context
    }

    /// Gives a page of that context what the person's requests carry.
    func signIn(_ person: PagePerson, in session: String) async throws {
        if let header = person.header {
            try await send(
                "Network.setExtraHTTPHeaders",
                .object(["headers": .object([header.name: .string(header.value)])]), in: session)
        }
        var taken = 0
        for cookie in person.cookies {
            // These two names are only taken as secure ones, which a loopback address may have over http.
            let isBound = cookie.name.hasPrefix("__Host-") || cookie.name.hasPrefix("__Secure-")
            let isSecure = isBound || (person.site.scheme == .https && cookie.isSecure)
            var wishes: [String: JSONValue] = [
                "name": .string(cookie.name), "value": .string(cookie.value), "path": .string("/"),
                "url": .string("\(isSecure ? "https" : "http")://\(person.place)/"),
                "secure": .bool(isSecure), "httpOnly": .bool(cookie.isHTTPOnly),
            ]
            if let word = ["strict": "Strict", "lax": "Lax"][cookie.sameSite ?? ""] {
                wishes["sameSite"] = .string(word)
            }
            if try await send("Network.setCookie", .object(wishes), in: session).at("/success") == .bool(true) {
                taken += 1
            }
        }
        if taken == 0, !person.cookies.isEmpty {
            throw BrowserFailure.refused("the browser doesn't take the cookies of \(visible(person.name, limit: 40))")
        }
    }
}
