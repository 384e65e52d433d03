import Foundation
import Testing

@testable import Readiness

/// A small service in Python as its repository: routes, settings, a program, a licence, a report of coverage.
enum ClaimedService {
    static let files: [String: String] = [
        "src/shop/__init__.py": "from .main import create_app\n",
        "src/shop/main.py": """
        app = FastAPI()
        app.include_router(orders, prefix="/api/v1/orders")
        paths = ["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"]
        @app.get("/health")
        def health(): ...
        @app.get(
            "/api/v1/users",
            response_model=list,
        )
        def users(): ...
        @app.post("/api/v1/users")
        def create(): ...
        @app.delete("/api/v1/users/{user_id}")
        def delete_user(user_id): ...
        """,
        "src/shop/orders.py": """
        @router.get("/")
        def all_orders(): ...
        @router.get("/{order_id}")
        def one(order_id): ...
        @router.post("/{order_id}/refund")
        def refund(order_id): ...
        """,
        "src/shop/settings.py": """
        class Settings(BaseSettings):
            database_url: str
            token_seconds: int = 900
        def rotate_tokens(): ...
        """ + (1...120).map { "word\($0)" }.joined(separator: " "),
        "src/shop/cli.py": "parser.add_argument('--workers'); parser.add_argument('--dry-run')\n",
        "src/shop/extra.py": "x = 1\n",
        "tests/test_orders.py": (1...6).map { "def test_\($0)(): ...\n" }.joined(),
        "scripts/seed.py": "print(1)\n", "requirements.txt": "fastapi\n", "docker-compose.yml": "services:\n",
        ".github/workflows/ci.yml": "on: push\n",
        "pyproject.toml": """
        [project]
        name = "shop"
        version = "1.4.0"
        requires-python = ">=3.11"
        dependencies = ["fastapi", "redis"]
        [project.scripts]
        shop = "shop.cli:main"
        """,
        "LICENSE": "MIT License\n\nPermission is hereby granted, free of charge, to any person",
        "coverage.xml": "<?xml version=\"1.0\" ?>\n<coverage line-rate=\"0.713\" branch-rate=\"0\">",
        ".gitignore": "scratch/\n*.db\n",
    ]

    static func claims(
        _ document: String, at path: String = "README.md", without: [String] = [], with: [String: String] = [:]
    )
        throws -> Claims
    {
        var files = files.merging(with) { $1 }
        for name in without { files[name] = nil }
        files[path] = document
        return Claims(RepositoryTree(files: files), today: try #require(CalendarDay("2026-11-26")))
    }
}

@Suite("Each kind of claim is held against what decides it")
struct ClaimKindTests {
    @Test(
        "what the repository contradicts is found where it stands",
        arguments: [
            ("`GET /health`, `GET /api/v1/customers`", "1 endpoint"),
            ("| GET | `/health` |\n| DELETE | `/api/v1/users` |", "2 endpoint"),
            ("- `GET /health`\n- `PUT /api/v1/users/{user_id}`", "2 endpoint"),
            ("- `GET /health`\n- `POST /api/v1/orders/{id}/cancel`", "2 endpoint"),
            (
                "```bash\ncurl http://localhost:8000/health\ncurl http://localhost:8000/api/v1/invoices\n```",
                "3 endpoint"
            ),
            (
                "```bash\ncurl http://localhost:8000/health\ncurl -X PATCH http://localhost:8000/health -d '{}'\n```",
                "3 endpoint"
            ),
            ("```env\nDATABASE_URL=x\nSMTP_PASSWORD_FILE=y\n```", "3 variable"),
            ("## Configuration\n| `TOKEN_SECONDS` | 900 |\n| `SESSION_LIFETIME` | 60 |", "3 variable"),
            ("Run `python scripts/fill.py`.", "1 file"), ("The code is in `src/shop/payments.py`.", "1 file"),
            ("```sh\npip install -r requirements-dev.txt\n```", "2 file"),
            ("![CI](https://github.com/a/shop/actions/workflows/tests.yml/badge.svg)", "1 file"),
            (
                "```\nshop/\n├── src/\n│   └── shop/\n│       ├── main.py\n│       └── auth.py\n└── scripts/\n```",
                "6 tree"
            ),
            ("## License\nApache License 2.0", "2 licence"),
            ("[![License](https://img.shields.io/badge/license-GPLv3-blue)](LICENSE)", "1 licence"),
            ("**Version**: 1.3.0", "1 version"), ("Open http://localhost:8931/", "1 port"),
            ("Python 3.9+", "1 requirement"), ("Test coverage: 95%", "1 figure"),
            ("![c](https://img.shields.io/badge/coverage-92%25-green)", "1 figure"), ("120+ tests", "1 figure"),
            ("It has 40 REST API endpoints.", "1 count"),
            ("```sh\nshop --workers 4\nshop --verbose-log\n```", "3 flag"),
            ("```python\nfrom shop.settings import Settings\nfrom shop.settings import Vault\n```", "3 import"),
            ("- ✅ Keys are rotated by `rotate_keys()`", "1 completion"),
            ("## Features\n- **Rate limiting** per user", "2 technology"),
            ("## Features\n- ✅ Celery workers", "2 technology"),
            ("- **Database**: Apache Cassandra", "1 technology"),
            ("| Task queue | Celery |", "1 technology"),
            ("It has a Cassandra-backed queue.", "1 technology"),
            ("A shop with its carts stored in Cassandra.", "1 technology"),
            ("- **Rate limiting**: SlowAPI, 100 a minute", "1 technology"),
            ("It is built with Celery. Plugins are optional.", "1 technology"),
            ("## Endpoints\n- `GET /api/v1/users-ledger`", "2 endpoint"),
            ("`PATCH /api/v1/orders/{id}/refund`", "1 endpoint"),
        ])
    func contradicted(document: String, expected: String) throws {
        let found = try ClaimedService.claims(document).findings.map { "\($0.line) \($0.kind)" }
        #expect(found == [expected], "\(document)")
    }

    @Test(
        "what it doesn't contradict is left alone",
        arguments: [
            "- **Database**: FastAPI's own, or Apache Cassandra", "| Database | FastAPI | Apache Cassandra |",
            "## Compared\n- **Database**: Apache Cassandra", "Carts can be stored in Cassandra if you want.",
            "Carts stored in FastAPI's state.", "- **Notes**: SlowAPI is another one",
            "```\nAcquire::http::Proxy \"http://localhost:8931\";\n```",
            "## License\nIt is released under the MIT license. What is written in Lua has the\nApache License 2.0.",
            "Consider this `data-dir`:\n```\nshop/\n├── src/\n│   └── shop/\n│       ├── main.py\n│       └── auth.py\n└── scripts/\n```",
            "## Endpoints\n- `GET /v2/invoices`", "`GET /api/v1/users-ledger`",
            "- Python >=2.7,<3.5: Unsupported", "Python 3.9+ was dropped.", "- 1.4: Python 3.11+\n- 1.2: Python 3.9+",
            "`GET /api/v1/users`", "`DELETE /api/v1/users/7`", "`GET /users`", "`GET /api/v1/orders/{id}`",
            "`POST /orders/17/refund`", "`GET /api/v1/orders`", "`GET /docs`",
            "```bash\ncurl https://api.example.com/invoices\n```",
            "```bash\ncurl http://localhost:8000/api/v1/users/ \\\n  -d x\n```",
            "```env\nDATABASE_URL=x\nSHOP_DATABASE_URL=x\nOPENAI_API_KEY=k\n```", "```sh\nNAME=x\n```",
            "```env\nSMTP_HOST_NAME=x\nSMTP_PASS_WORD=y\n```\nfor whatever mail server", "Create `src/shop/mine.py`.",
            "Run `python scripts/seed.py`.", "```sh\npip install -r requirements.txt\n```",
            "`cp .env.example .env`\n`docs/x.foo`",
            "Your settings go into `config/settings.yaml`.", "`src/shop/{name}.py`",
            "```\nyour-project/\n├── app/\n│   └── views.py\n└── manage.py\n```",
            "```\n├── src/\n│   └── shop/\n│       └── main.py\n├── scratch/\n├── shop.db\n└── scripts/\n```",
            "## License\nMIT", "## License\nMIT or Apache License 2.0",
            "Fonts are licensed under the OFL and Apache License 2.0",
            "Version 1.4.0", "Since version 1.2.0 it does", "http://localhost:8000", "http://localhost:5173/",
            "Python 3.11+", "Coverage: 71%", "6 tests", "It has 7 endpoints.",
            "```sh\nshop --dry-run --no-workers\nother --verbose\n```",
            "```python\nfrom shop.main import create_app\n```",
            "```python\nfrom elsewhere import Vault\n```", "- ✅ `rotate_tokens()`", "- [ ] `rotate_keys()`",
            "## Features\n- **Rate limiting** is planned", "## Features\n- **Caching** with Redis",
        ])
    func left(document: String) throws {
        let found = try ClaimedService.claims(document).findings.map { "\($0.line) \($0.kind) \($0.seen)" }
        #expect(found == [], "\(document)")
    }

    @Test("a document that speaks of another system is left alone")
    func another() throws {
        let others = (1...8).map { "- `GET /v2/things\($0)/status\($0)`" }.joined(separator: "\n")
        #expect(try ClaimedService.claims(others).findings.isEmpty)
        let variables = "```env\n" + (1...8).map { "OTHER_KEY\($0)_NAME=x" }.joined(separator: "\n") + "\n```"
        #expect(try ClaimedService.claims(variables).findings.isEmpty)
    }

    @Test("in a source package, files that were left out are no contradiction, and the report says so")
    func package() throws {
        let document =
            "See [more](docs/gone.md). Run `python scripts/fill.py`. We have 900 tests. `GET /health`, `GET /api/v1/customers`"
        let claims = try ClaimedService.claims(
            document, without: [".github/workflows/ci.yml"],
            with: ["PKG-INFO": "celery", "shop.egg-info/PKG-INFO": "celery"])
        // Without its folder, `.github` isn't there either.
        #expect(claims.findings.map(\.kind) == ["endpoint"])
        #expect(claims.isPartial)
        #expect(claims.report().contains("source package"))
        #expect(try claims.json().contains("\"isPartial\" : true"))
    }

    @Test("what a source package says about itself in words doesn't show a technology")
    func praise() throws {
        let claims = try ClaimedService.claims(
            "It is built with Celery.", with: ["PKG-INFO": "celery", "setup.py": "description = 'uses celery'\n"])
        #expect(claims.findings.map(\.kind) == ["technology"])
    }

    @Test("a method that a path isn't answered to is shown with the line that declares the others")
    func method() throws {
        let finding = try #require(try ClaimedService.claims("`GET /health`, `PATCH /health`").findings.first)
        #expect(finding.seen == "the source answers GET there, not PATCH (src/shop/main.py:4)")
    }

    @Test("a manifest with Windows line ends is read line by line")
    func lineEnds() throws {
        let manifest = "[build-system]\r\nrequires = [\"setuptools>=68.0\"]\r\nrequires-python = \">=3.8\"\r\n"
        #expect(try ClaimedService.claims("Python 3.8+", with: ["pyproject.toml": manifest]).findings.isEmpty)
        let found = try ClaimedService.claims("Python 3.7+", with: ["pyproject.toml": manifest]).findings.map(\.seen)
        #expect(found == ["the manifest asks for python 3.8 or newer"])
    }

    @Test(
        "`make` is held against the Makefile that it is run with",
        arguments: [
            ("README.md", "```sh\nmake deploy\n```", ["make deploy"]), ("README.md", "```sh\nmake test\n```", []),
            ("docs/CONTRIBUTING.md", "```sh\nmake deploy\n```", ["make deploy"]),
            ("plugins/x/README.md", "```sh\nmake deploy\n```", []),
            ("README.md", "```sh\nwget https://example.com/x.tar.gz\ntar xf x.tar.gz\nmake deploy\n```", []),
            ("README.md", "```sh\ngit clone https://example.com/a/other\ncd other\nmake deploy\n```", []),
            (
                "README.md", "```sh\ngit clone https://example.com/a/shop.git\ncd shop\nmake deploy\n```",
                ["make deploy"]
            ),
        ] as [(String, String, [String])])
    func make(path: String, document: String, expected: [String]) throws {
        let makefile = ["Makefile": "test:\n\tpytest\n"]
        #expect(try ClaimedService.claims(document, at: path, with: makefile).findings.map(\.claimed) == expected)
        // What writes the Makefile adds targets to it.
        let made = makefile.merging(["CMakeLists.txt": ""]) { $1 }
        #expect(try ClaimedService.claims(document, at: path, with: made).findings.isEmpty)
    }

    @Test("a document that is no text is named and not read")
    func binary() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "seaworthy-claims-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data([0x89, 0x50, 0x4E, 0x47, 0x00, 0x00, 0x01, 0xFF, 0x0A, 0x23])
            .write(to: folder.appending(path: "README.md"))
        let tree = RepositoryTree(folder: folder.path)
        #expect(tree.documentCount == 0)
        #expect(tree.unread == ["README.md"])
        #expect(DocumentText.isText([0xFF, 0xFE, 0x23, 0x00, 0x20, 0x00, 0x41, 0x00]))
    }

    @Test("of a tree that wasn't read whole, nothing is said to be missing, and documents that are too large are named")
    func bounds() throws {
        var tree = RepositoryTree(files: ["README.md": "It is built with Celery.\n", "a.py": "x = 1\n"])
        tree.isCut = true
        tree.unread = ["docs/huge.md"]
        let claims = Claims(tree, today: try #require(CalendarDay("2026-11-26")))
        #expect(claims.findings.isEmpty)
        #expect(claims.report().contains("docs/huge.md"))
        #expect(claims.report().contains("or no text"))
    }
}
