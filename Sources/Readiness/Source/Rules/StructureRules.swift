extension SourceRule {
    private static func wiring(_ name: String, _ what: String, flawed: [String: String], sound: [String: String])
        -> SourceRule
    {
        SourceRule(
            id: "unwired.\(name)", gate: .unwired, severity: .major, cwe: 1164, asvs: "V15.1.5",
            rationale:
                "A control that is written and never wired protects nothing, and everybody believes that it does.",
            remediation: "Wire it (\(what)), or take it out.", flawed: flawed, sound: sound)
    }

    private static let flask = "from flask import Flask\napp = Flask(__name__)\n"

    /// What is declared and never wired.
    static let unwired: [SourceRule] = [
        wiring(
            "python-router", "`app.register_blueprint(…)`, `app.include_router(…)`",
            flawed: [
                "app.py": flask + "from admin import bp\n",
                "admin.py":
                    "from flask import Blueprint\nbp = Blueprint('a', __name__)\n@bp.route('/a')\ndef a():\n    return ''\n",
            ],
            sound: [
                "app.py": flask + "from admin import bp\napp.register_blueprint(bp)\n",
                "admin.py":
                    "from flask import Blueprint\nbp = Blueprint('a', __name__)\n@bp.route('/a')\ndef a():\n    return ''\n",
            ]),
        wiring(
            "python-middleware", "`app.add_middleware(…)`",
            flawed: [
                "app.py": "from fastapi import FastAPI\nfrom mw import Headers\napp = FastAPI()\n",
                "mw.py": "class Headers(BaseHTTPMiddleware):\n    pass\n",
            ],
            sound: [
                "app.py":
                    "from fastapi import FastAPI\nfrom mw import Headers\napp = FastAPI()\napp.add_middleware(Headers)\n",
                "mw.py": "class Headers(BaseHTTPMiddleware):\n    pass\n",
            ]),
        wiring(
            "python-django", "the list MIDDLEWARE in settings",
            flawed: [
                "s/settings.py": "MIDDLEWARE = ['django.middleware.security.SecurityMiddleware']\n",
                "s/audit.py": "class Audit:\n    def __init__(self, get_response):\n        self.next = get_response\n",
            ],
            sound: [
                "s/settings.py": "MIDDLEWARE = ['s.audit.Audit']\n",
                "s/audit.py": "class Audit:\n    def __init__(self, get_response):\n        self.next = get_response\n",
            ]),
        wiring(
            "python-guard", "as a decorator or by `Depends(…)`",
            flawed: [
                "app.py": flask + "from auth import admin_required\n@app.route('/a')\ndef a():\n    return ''\n",
                "auth.py":
                    "def admin_required(f):\n    @wraps(f)\n    def inner(*a):\n        return f(*a)\n    return inner\n",
            ],
            sound: [
                "app.py": flask
                    + "from auth import admin_required\n@app.route('/a')\n@admin_required\ndef a():\n    return ''\n",
                "auth.py":
                    "def admin_required(f):\n    @wraps(f)\n    def inner(*a):\n        return f(*a)\n    return inner\n",
            ]),
        wiring(
            "python-view", "a path in urlpatterns",
            flawed: [
                "settings.py": "MIDDLEWARE = []\n", "urls.py": "urlpatterns = []\n",
                "views.py": "def export(request):\n    return HttpResponse('x')\n",
            ],
            sound: [
                "settings.py": "MIDDLEWARE = []\n",
                "urls.py": "from views import export\nurlpatterns = [path('x', export)]\n",
                "views.py": "def export(request):\n    return HttpResponse('x')\n",
            ]),
        wiring(
            "javascript-router", "`app.use('/path', router)`",
            flawed: [
                "app.js": "const app = express()\nconst admin = require('./admin')\n",
                "admin.js":
                    "const router = express.Router()\nrouter.get('/a', (req, res) => res.end())\nmodule.exports = router\n",
            ],
            sound: [
                "app.js": "const app = express()\nconst admin = require('./admin')\napp.use('/admin', admin)\n",
                "admin.js":
                    "const router = express.Router()\nrouter.get('/a', (req, res) => res.end())\nmodule.exports = router\n",
            ]),
        wiring(
            "javascript-middleware", "`app.use(…)` or in the route",
            flawed: [
                "app.js": "const app = express()\nconst { requireAuth } = require('./auth')\napp.get('/a', show)\n",
                "auth.js": "function requireAuth(req, res, next) {\n  next()\n}\nmodule.exports = { requireAuth }\n",
            ],
            sound: [
                "app.js":
                    "const app = express()\nconst { requireAuth } = require('./auth')\napp.get('/a', requireAuth, show)\n",
                "auth.js": "function requireAuth(req, res, next) {\n  next()\n}\nmodule.exports = { requireAuth }\n",
            ]),
        wiring(
            "javascript-guard", "`@UseGuards(…)`, `app.useGlobalGuards(…)`, a provider",
            flawed: [
                "main.ts": "const app = await NestFactory.create(AppModule)\n",
                "guard.ts": "export class AdminGuard implements CanActivate {\n}\n",
            ],
            sound: [
                "main.ts": "const app = await NestFactory.create(AppModule)\napp.useGlobalGuards(new AdminGuard())\n",
                "guard.ts": "export class AdminGuard implements CanActivate {\n}\n",
            ]),
        wiring(
            "swift-middleware", "`router.add(middleware:)`, `app.middleware.use(…)`, `register(collection:)`",
            flawed: ["a.swift": "let router = Router()\n", "b.swift": "struct Guard: RouterMiddleware {\n}\n"],
            sound: [
                "a.swift": "let router = Router()\nrouter.add(middleware: Guard())\n",
                "b.swift": "struct Guard: RouterMiddleware {\n}\n",
            ]),
        wiring(
            "rust-middleware", "`.layer(…)`, `.merge(…)`, `.nest(…)`",
            flawed: [
                "main.rs": "use auth::require;\nfn main() { let app = Router::new(); }\n",
                "auth.rs":
                    "pub async fn require(request: Request, next: Next) -> Response {\n    next.run(request).await\n}\n",
            ],
            sound: [
                "main.rs": "use auth::require;\nfn main() { let app = Router::new().layer(from_fn(require)); }\n",
                "auth.rs":
                    "pub async fn require(request: Request, next: Next) -> Response {\n    next.run(request).await\n}\n",
            ]),
    ]

    private static func update(_ name: String, _ remediation: String, flawed: (String, String), sound: (String, String))
        -> SourceRule
    {
        SourceRule(
            id: "lost-updates.\(name)", gate: .lostUpdates, severity: .major, cwe: 362, asvs: "V15.4.2",
            rationale:
                "Two requests at once read the same number, and the second write undoes the first: money appears or disappears.",
            remediation: remediation, flawed: [flawed.0: flawed.1], sound: [sound.0: sound.1])
    }

    /// Read, changed in the app, written back.
    static let lostUpdates: [SourceRule] = [
        update(
            "python-object",
            "Read with a lock (`with_for_update()`, `select_for_update()`), or let the database compute (`Model.n + 1`, `F('n') + 1`).",
            flawed: (
                "a.py",
                "def pay(id, n):\n    account = Account.query.filter_by(id=id).first()\n    account.balance -= n\n    db.session.commit()\n"
            ),
            sound: (
                "a.py",
                "def pay(id, n):\n    account = Account.query.filter_by(id=id).with_for_update().first()\n    account.balance -= n\n    db.session.commit()\n"
            )),
        update(
            "javascript-object",
            "Lock the row (`lock: t.LOCK.UPDATE`), or let the database compute (`increment`, `$inc`).",
            flawed: (
                "a.js",
                "async function pay(id, n) {\n  const account = await Account.findByPk(id)\n  account.balance -= n\n  await account.save()\n}\n"
            ),
            sound: (
                "a.js",
                "async function pay(id, n) {\n  await Account.increment({ balance: -n }, { where: { id } })\n}\n"
            )),
        update(
            "prisma", "`{ decrement: n }`, or a transaction that reads `FOR UPDATE`.",
            flawed: (
                "a.ts",
                "async function pay(id, n) {\n  const account = await prisma.account.findUnique({ where: { id } })\n  await prisma.account.update({ where: { id }, data: { balance: account.balance - n } })\n}\n"
            ),
            sound: (
                "a.ts",
                "async function pay(id, n) {\n  await prisma.account.update({ where: { id }, data: { balance: { decrement: n } } })\n}\n"
            )),
        update(
            "swift-object", "Let the database compute (`SET n = n - ?`), or read inside the same write (GRDB).",
            flawed: (
                "a.swift",
                "func pay(_ id: UUID, _ n: Int, on db: any Database) async throws {\n    guard let account = try await Account.find(id, on: db) else { return }\n    account.balance -= n\n    try await account.save(on: db)\n}\n"
            ),
            sound: (
                "a.swift",
                "func pay(_ db: DatabasePool, _ id: Int64, _ n: Int) async throws {\n    try await db.write { db in\n        guard var account = try Account.fetchOne(db, key: id) else { return }\n        account.balance -= n\n        try account.update(db)\n    }\n}\n"
            )),
        update(
            "rust-object", "Let the database compute (`quantity.eq(quantity - n)`), or read `for_update()`.",
            flawed: (
                "a.rs",
                "fn pay(conn: &mut PgConnection, id: i32, n: i32) {\n    let row: Account = accounts.find(id).first(conn)?;\n    diesel::update(accounts.find(id)).set(balance.eq(row.balance - n)).execute(conn)?;\n}\n"
            ),
            sound: (
                "a.rs",
                "fn pay(conn: &mut PgConnection, id: i32, n: i32) {\n    diesel::update(accounts.find(id)).set(balance.eq(balance - n)).execute(conn)?;\n}\n"
            )),
        update(
            "sql", "One statement (`SET n = n - ?`), or read it `FOR UPDATE` in the same transaction.",
            flawed: (
                "a.rs",
                "async fn pay(id: i64, n: i64) {\n    let row = sqlx::query(\"SELECT balance FROM accounts WHERE id = $1\");\n    let next = row.balance - n;\n    sqlx::query(\"UPDATE accounts SET balance = $1 WHERE id = $2\");\n}\n"
            ),
            sound: (
                "a.rs",
                "async fn pay(id: i64, n: i64) {\n    let row = sqlx::query(\"SELECT balance FROM accounts WHERE id = $1 FOR UPDATE\");\n    let next = row.balance - n;\n    sqlx::query(\"UPDATE accounts SET balance = $1 WHERE id = $2\");\n}\n"
            )),
    ]
}
