extension SourceRule {
    private static func flow(
        _ name: String, _ severity: Severity, cwe: Int, asvs: String, _ rationale: String, _ remediation: String,
        flawed: (String, String), sound: (String, String)
    ) -> SourceRule {
        SourceRule(
            id: "patterns.\(name)", gate: .patterns, severity: severity, cwe: cwe, asvs: asvs, rationale: rationale,
            remediation: remediation, flawed: [flawed.0: flawed.1], sound: [sound.0: sound.1])
    }

    private static func python(_ body: String) -> (String, String) {
        (
            "app.py",
            "from flask import request\n\n@app.route('/x')\ndef view():\n"
                + body.split(separator: "\n").map { "    \($0)\n" }.joined()
        )
    }

    private static func script(_ body: String) -> (String, String) {
        ("app.js", "app.get('/x', async (req, res) => {\n\(body)\n})\n")
    }

    /// What reaches where it must not.
    static let patterns: [SourceRule] = [
        flow(
            "code-injection", .critical, cwe: 95, asvs: "V1.3.2", "Whoever sends the text runs code in the app.",
            "Don't evaluate text: parse it (`ast.literal_eval`, `JSON.parse`) or look it up in a table.",
            flawed: python("rule = request.args.get('rule')\nreturn str(eval(rule))"),
            sound: python("rule = request.args.get('rule')\nreturn str(ast.literal_eval(rule))")),
        flow(
            "command-injection", .critical, cwe: 78, asvs: "V1.2.5",
            "A semicolon in the text is another command on the server.",
            "Pass a list of arguments without a shell (`subprocess.run([…])`, `execFile`).",
            flawed: python("host = request.form['host']\nos.system('ping -c 1 ' + host)"),
            sound: python("host = request.form['host']\nsubprocess.run(['ping', '-c', '1', host])")),
        flow(
            "sql-injection", .critical, cwe: 89, asvs: "V1.2.4",
            "A quote in the text ends the value and begins another statement.",
            "Bind values: `execute(sql, [value])`, `query('… $1', [value])`.",
            flawed: script("const id = req.query.id\nawait db.query(`SELECT * FROM t WHERE id = ${id}`)"),
            sound: script("const id = req.query.id\nawait db.query('SELECT * FROM t WHERE id = $1', [id])")),
        flow(
            "query-injection", .critical, cwe: 943, asvs: "V1.2.4",
            "An object in the place of a text is an operator of the query: `{\"$ne\": null}` matches every row.",
            "Make a text of it (`String(…)`), or check its shape first.",
            flawed: script("const user = await User.findOne({ email: req.body.email, password: req.body.password })"),
            sound: script("const user = await User.findOne({ email: String(req.body.email) })")),
        flow(
            "open-redirect", .major, cwe: 601, asvs: "V3.7.2",
            "A link to your site leads to a page that looks like yours.",
            "Redirect to paths of your own, or to addresses from a list.",
            flawed: python("return redirect(request.args['next'])"),
            sound: python(
                "target = request.args['next']\nif target not in ALLOWED:\n    target = '/'\nreturn redirect(target)")),
        flow(
            "path-traversal", .critical, cwe: 22, asvs: "V5.3.2",
            "`../` in the name leads to any file that the app may read.",
            "Take the last part only (`secure_filename`, `path.basename`), join safely (`safe_join`), or look the name up.",
            flawed: python("name = request.args['name']\nreturn open(os.path.join('files', name)).read()"),
            sound: python(
                "name = secure_filename(request.args['name'])\nreturn open(os.path.join('files', name)).read()")),
        flow(
            "template-injection", .critical, cwe: 1336, asvs: "V1.3.7",
            "Braces in the text are code of the template engine.",
            "Render a template of your own and pass the text as a value.",
            flawed: python("return render_template_string('Hello ' + request.args['n'])"),
            sound: python("return render_template_string('Hello {{ n }}', n=request.args['n'])")),
        flow(
            "cross-site-scripting", .major, cwe: 79, asvs: "V1.2.1",
            "The text runs as script in somebody else's browser.",
            "Escape it: a template that escapes, or `textContent` in place of `innerHTML`.",
            flawed: (
                "page.js",
                "function show() {\n  const name = location.hash.slice(1)\n  box.innerHTML = '<b>' + name + '</b>'\n}\n"
            ),
            sound: (
                "page.js", "function show() {\n  const name = location.hash.slice(1)\n  box.textContent = name\n}\n"
            )),
        flow(
            "unsafe-deserialisation", .critical, cwe: 502, asvs: "V1.5.2",
            "A pickled object runs code when it is read.",
            "Read data formats (JSON) and check their shape.",
            flawed: python("data = request.get_data()\nreturn str(pickle.loads(data))"),
            sound: python("data = request.get_data()\nreturn str(json.loads(data))")),
        flow(
            "server-side-request", .major, cwe: 918, asvs: "V1.3.6",
            "The app fetches what the caller can't reach: the cloud's metadata, the admin page on loopback.",
            "Fetch only from a list of hosts, by a client that refuses private addresses.",
            flawed: python("return requests.get(request.args['url']).text"),
            sound: python("return requests.get('https://api.internal/x', params={'q': 1}).text")),
        flow(
            "unsafe-yaml", .major, cwe: 502, asvs: "V1.5.2", "YAML tags make objects of any class.",
            "Use `yaml.safe_load`.",
            flawed: ("c.py", "import yaml\nconfig = yaml.load(open('c.yaml'))\n"),
            sound: ("c.py", "import yaml\nconfig = yaml.load(open('c.yaml'), Loader=yaml.SafeLoader)\n")),
        flow(
            "debug-mode", .critical, cwe: 489, asvs: "V13.4.2",
            "The debugger of a development server runs code for whoever reaches it.",
            "Start the app by a production server; take the flag from the environment, off by default.",
            flawed: ("run.py", "app.run(host='0.0.0.0', debug=True)\n"), sound: ("run.py", "app.run(debug=DEBUG)\n")),
        flow(
            "tls-unverified", .major, cwe: 295, asvs: "V12.3.2", "Anybody on the way can be the other side.",
            "Verify; give the private authority's certificate where there is one (`verify='/path/ca.pem'`, `ca:`).",
            flawed: ("c.py", "requests.get('https://a.internal', verify=False)\n"),
            sound: ("c.py", "requests.get('https://a.internal', verify='/etc/ca.pem')\n")),
        flow(
            "weak-password-hash", .critical, cwe: 916, asvs: "V11.4.2",
            "Fast hashes of stolen passwords are tried by the billion.",
            "Use bcrypt, scrypt or Argon2id.",
            flawed: ("a.py", "digest = hashlib.md5(password.encode()).hexdigest()\n"),
            sound: ("a.py", "etag = hashlib.md5(content).hexdigest()\n")),
        flow(
            "unsigned-token", .critical, cwe: 347, asvs: "V9.1.2", "Anybody can write a token that says anything.",
            "Name the algorithms that you sign with, and verify the signature.",
            flawed: ("a.py", "claims = jwt.decode(token, options={'verify_signature': False})\n"),
            sound: ("a.py", "claims = jwt.decode(token, key, algorithms=['EdDSA'])\n")),
    ]
}
