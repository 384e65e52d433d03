import Yams

extension YAMLReader {
    mutating func path(_ members: [String: Node], _ key: String, at path: String) -> String? {
        guard let text = string(members, key, at: path) else { return nil }
        guard text.hasPrefix("/"), text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
            add(members[key], join(path, key), text, "must be a path on the target, such as `/start`")
            return nil
        }
        return text
    }

    mutating func url(_ members: [String: Node], _ key: String, scheme: SiteURL.Scheme) -> SiteURL? {
        guard let text = string(members, key, at: "") else { return nil }
        guard let url = SiteURL(text), url.scheme == scheme else {
            add(members[key], key, text, "must be an address that begins with \(scheme.rawValue)://")
            return nil
        }
        return url
    }

    mutating func openAPI(_ members: [String: Node], file: (String) -> String?) -> OpenAPISource? {
        guard let text = string(members, "openapi", at: "") else { return nil }
        if text.hasPrefix("/") { return .path(text) }
        if let url = SiteURL(text) { return .path(url.path) }
        guard let content = file(text) else {
            add(
                members["openapi"], "openapi", text, "must be a path on the target (`/openapi.json`) or a readable file"
            )
            return nil
        }
        return .text(content)
    }

    mutating func login(_ node: Node) -> Login? {
        let members = members(
            node, at: "login",
            known: [
                "path", "method", "json", "form", "page", "success", "sign-out", "sign-out-page", "idle", "token",
                "scheme", "basic",
            ])
        let path = path(members, "path", at: "login")
        if members["path"] == nil { add(node, "login.path", nil, "is missing") }
        let method = string(members, "method", at: "login") ?? (members["basic"] == nil ? "POST" : "GET")
        if Operation("\(method) /") == nil {
            add(members["method"], "login.method", method, "must be POST, PUT, PATCH or GET", nearest: "POST")
        }
        let body = body(members, at: "login")
        let basic = string(members, "basic", at: "login") ?? "false"
        if !["true", "false"].contains(basic) { add(members["basic"], "login.basic", basic, "must be true or false") }
        if body == nil, members["form"] == nil, basic != "true" {
            add(node, "login.json", nil, "is missing: `json` or `form` with {user} and {password}")
        }
        var login = Login(
            operation: Operation("\(method) \(path ?? "/")") ?? .init(method: "POST", path: path ?? "/"),
            body: body ?? .json("{}"))
        login.page = self.path(members, "page", at: "login")
        login.isBasic = basic == "true"
        if members["token"] != nil { login.token = pointer(members, "token", at: "login", of: node) }
        login.scheme = string(members, "scheme", at: "login") ?? login.scheme
        if let success = members["success"] {
            let parts = self.members(success, at: "login.success", known: ["status", "cookie"])
            login.status = integer(parts, "status", at: "login.success", in: 200...399)
            login.cookie = string(parts, "cookie", at: "login.success")
        }
        login.signOut = operation(members, "sign-out", at: "login", of: node, isRequired: false)
        login.signOutPage = self.path(members, "sign-out-page", at: "login")
        login.idle = integer(members, "idle", at: "login", in: 1...86_400).map(Double.init)
        return path == nil ? nil : login
    }

    mutating func passwordChange(_ node: Node) -> PasswordChange? {
        let place = "password-change"
        let members = members(node, at: place, known: ["operation", "json", "form", "page"])
        let operation = operation(members, "operation", at: place, of: node)
        guard let body = body(members, at: place) else {
            add(node, "\(place).json", nil, "is missing: `json` or `form` with {password} and {new}")
            return nil
        }
        guard let operation else { return nil }
        return PasswordChange(operation: operation, body: body, page: path(members, "page", at: place))
    }

    mutating func identities(_ node: Node?, environment: [String: String]) -> [Identity] {
        var found: [Identity] = []
        for (index, item) in items(node, at: "identities").enumerated() {
            let path = "identities[\(index)]"
            let members = members(
                item, at: path,
                known: ["name", "user", "password", "password-env", "role", "expendable", "header", "header-env"])
            let name = required(members, "name", at: path, of: item)
            let header = header(members, at: path, environment: environment)
            let user =
                header == nil
                ? required(members, "user", at: path, of: item) : string(members, "user", at: path) ?? name
            var password = string(members, "password", at: path, isSecret: true) ?? header.map { _ in "" }
            if let variable = string(members, "password-env", at: path) {
                password = environment[variable]
                if password == nil {
                    add(members["password-env"], "\(path).password-env", variable, "must name a variable that is set")
                }
            } else if password == nil {
                add(item, "\(path).password", nil, "is missing (or `password-env`, or `header`)")
            }
            guard let name, let user, let password else { continue }
            if found.contains(where: { $0.name == name }) {
                add(item, "\(path).name", name, "is there twice")
                continue
            }
            let expendable = string(members, "expendable", at: path) ?? "false"
            if !["true", "false"].contains(expendable) {
                add(members["expendable"], "\(path).expendable", expendable, "must be true or false")
            }
            var person = Identity(
                name: name, user: user, password: password, role: string(members, "role", at: path),
                isExpendable: expendable == "true")
            person.header = header
            found.append(person)
        }
        return found
    }

    /// `header: "X-API-Key: …"`, or the variable that holds it; never shown.
    private mutating func header(
        _ members: [String: Node], at path: String, environment: [String: String]
    ) -> HeaderField? {
        var text = string(members, "header", at: path, isSecret: true)
        if let variable = string(members, "header-env", at: path) {
            text = environment[variable]
            if text == nil {
                add(members["header-env"], "\(path).header-env", variable, "must name a variable that is set")
            }
        }
        guard let text else { return nil }
        let name = text.prefix { $0 != ":" }
        let value = text.dropFirst(name.count + 1).trimmed
        let isName =
            !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        guard isName, !value.isEmpty, value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7F }) else {
            add(
                members["header"] ?? members["header-env"], "\(path).header", nil,
                "must be a field such as `Authorization: Bearer …`")
            return nil
        }
        return HeaderField(name: String(name), value: String(value))
    }

    mutating func protected(_ node: Node?) -> [ProtectedOperation] {
        items(node, at: "protected").enumerated().compactMap { index, item in
            let path = "protected[\(index)]"
            let members = members(item, at: path, known: ["operation", "as"])
            guard let operation = operation(members, "operation", at: path, of: item) else { return nil }
            return ProtectedOperation(operation: operation, identity: string(members, "as", at: path))
        }
    }

    mutating func object(_ node: Node, _ index: Int) -> ObjectRule? {
        let path = "objects[\(index)]"
        let members = members(node, at: path, known: ["name", "learn", "pointer", "read", "shared"])
        let name = required(members, "name", at: path, of: node)
        let learn = operation(members, "learn", at: path, of: node)
        let pointer = pointer(members, "pointer", at: path, of: node)
        let read = operation(members, "read", at: path, of: node)
        guard let name, let learn, let pointer, let read else { return nil }
        if !read.path.contains("{id}") {
            add(members["read"], "\(path).read", read.description, "must have {id} in its path")
        }
        let shared = string(members, "shared", at: path) ?? "false"
        if !["true", "false"].contains(shared) {
            add(members["shared"], "\(path).shared", shared, "must be true or false")
        }
        return ObjectRule(name: name, learn: learn, pointer: pointer, read: read, isShared: shared == "true")
    }

    mutating func comments(_ node: Node) -> CommentRule? {
        let members = members(node, at: "comments", known: ["as", "object", "write", "json", "form", "page"])
        let write = operation(members, "write", at: "comments", of: node)
        let page = self.path(members, "page", at: "comments")
        if members["page"] == nil { add(node, "comments.page", nil, "is missing") }
        guard let body = body(members, at: "comments") else {
            add(node, "comments.json", nil, "is missing: `json` or `form` with {payload}")
            return nil
        }
        guard let write, let page else { return nil }
        return CommentRule(
            identity: string(members, "as", at: "comments"), object: string(members, "object", at: "comments"),
            write: write, body: body, page: page)
    }

    mutating func search(_ node: Node) -> SearchRule? {
        let members = members(node, at: "search", known: ["as", "operation", "value"])
        let operation = operation(members, "operation", at: "search", of: node)
        let value = required(members, "value", at: "search", of: node)
        guard let operation, let value else { return nil }
        if !operation.path.contains("{value}") {
            add(members["operation"], "search.operation", operation.description, "must have {value} in its path")
        }
        return SearchRule(identity: string(members, "as", at: "search"), operation: operation, value: value)
    }

    mutating func profile(_ node: Node) -> ProfileRule? {
        let members = members(
            node, at: "profile", known: ["as", "read", "write", "json", "field", "value", "pointer"])
        let read = operation(members, "read", at: "profile", of: node)
        let write = operation(members, "write", at: "profile", of: node)
        let field = required(members, "field", at: "profile", of: node)
        let value = required(members, "value", at: "profile", of: node)
        let pointer = pointer(members, "pointer", at: "profile", of: node)
        guard let read, let write, let field, let value, let pointer else { return nil }
        return ProfileRule(
            identity: string(members, "as", at: "profile"), read: read, write: write,
            body: members["json"].map { json($0).compact } ?? "{}", field: field, value: value, pointer: pointer)
    }

    mutating func upload(_ node: Node) -> UploadRule? {
        let members = members(
            node, at: "upload", known: ["as", "object", "operation", "field", "name", "type", "content"])
        let operation = operation(members, "operation", at: "upload", of: node)
        let name = required(members, "name", at: "upload", of: node)
        let content = required(members, "content", at: "upload", of: node)
        guard let operation, let name, let content else { return nil }
        return UploadRule(
            identity: string(members, "as", at: "upload"), object: string(members, "object", at: "upload"),
            operation: operation, field: string(members, "field", at: "upload"), fileName: name,
            type: string(members, "type", at: "upload") ?? "text/csv", content: content)
    }

    mutating func redirects(_ node: Node?) -> [String] {
        items(node, at: "redirects").prefix(4).enumerated().compactMap { index, item in
            guard let text = item.scalar?.string, text.hasPrefix("/"), text.contains("{url}") else {
                add(item, "redirects[\(index)]", item.scalar?.string, "must be a path with {url} in it")
                return nil
            }
            return text
        }
    }

    mutating func closed(_ node: Node?) -> [String] {
        items(node, at: "closed").enumerated().compactMap { index, item in
            guard let text = item.scalar?.string, text.hasPrefix("/"),
                text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F })
            else {
                add(item, "closed[\(index)]", item.scalar?.string, "must be a path such as `/internal/status`")
                return nil
            }
            return text
        }
    }

    mutating func level(_ node: Node, _ index: Int) -> Level? {
        let path = "levels[\(index)]"
        let members = members(node, at: path, known: ["name", "requires", "blocks", "score", "areas"])
        guard let name = required(members, "name", at: path, of: node) else { return nil }
        let words = CheckCatalogue.everySheet.map(\.id) + ["edge", "app", "all"]
        func selectors(_ key: String, _ reader: inout YAMLReader) -> [String] {
            reader.items(members[key], at: "\(path).\(key)").compactMap { item in
                guard let word = item.scalar?.string, words.contains(word) else {
                    let text = item.scalar?.string ?? ""
                    reader.add(
                        item, "\(path).\(key)", text, "must be the id of a check, or edge, app or all",
                        nearest: nearest(to: text, among: words))
                    return nil
                }
                return word
            }
        }
        let requires = selectors("requires", &self)
        let blocks = selectors("blocks", &self)
        return Level(
            name: name, requires: requires, blocks: blocks.isEmpty ? requires : blocks,
            minimumScore: integer(members, "score", at: path, in: 0...100) ?? 0,
            areas: areas(members["areas"], at: "\(path).areas"))
    }

    /// `items` are the ids of the criteria that can be waived beside checks.
    mutating func waiver(_ node: Node, _ index: Int, items: [String]) -> Waiver? {
        let path = "waivers[\(index)]"
        let members = members(node, at: path, known: ["check", "owner", "scope", "reason", "expires"])
        let check = required(members, "check", at: path, of: node)
        let owner = required(members, "owner", at: path, of: node)
        let reason = required(members, "reason", at: path, of: node)
        let scope = required(members, "scope", at: path, of: node)
        let expires = required(members, "expires", at: path, of: node, valid: "is missing: every waiver ends some day")
        guard let check, let owner, let reason, let scope, let expires else { return nil }
        let ids = CheckCatalogue.everySheet.map(\.id) + items
        if !ids.contains(check) {
            add(
                members["check"], "\(path).check", check, "must be the id of a check or of an item of the checklist",
                nearest: nearest(to: check, among: ids))
        }
        for (key, text) in [("owner", owner), ("reason", reason), ("scope", scope)] where text.trimmed.isEmpty {
            add(members[key], "\(path).\(key)", nil, "is blank: who accepts what, where, and why?")
        }
        guard let day = CalendarDay(expires) else {
            add(members["expires"], "\(path).expires", expires, "must be a day such as 2027-03-31")
            return nil
        }
        return Waiver(check: check, owner: owner, scope: scope, reason: reason, expires: day)
    }
}

extension Operation {
    /// As it is; for what is no text of somebody's.
    public init(method: String, path: String) {
        self.method = method
        self.path = path
    }
}
