// Reason for length: one table, a line per check and stack, which is what a reader looks up.

/// How each check is mended in the stacks that people have; data, read once.
public struct Remedies: Sendable {
    /// What an app is built on, in the order in which they are shown.
    public enum Stack: String, Sendable, CaseIterable {
        case nginx, express, flask, django, spring, seaworthy

        public var title: String {
            switch self {
            case .nginx: "nginx"
            case .express: "Express"
            case .flask: "Flask, FastAPI"
            case .django: "Django"
            case .spring: "Spring"
            case .seaworthy: "Seaworthy in front"
            }
        }
    }

    /// By check; nil for an id without an entry.
    public static func of(_ check: String) -> [(stack: Stack, text: String)]? {
        guard let found = table[check] else { return nil }
        return Stack.allCases.compactMap { stack in found[stack].map { (stack, $0) } }
    }

    private static let table: [String: [Stack: String]] = {
        var table: [String: [Stack: String]] = [:]
        var ids: [String] = []
        for line in text.split(separator: "\n") {
            guard line.hasPrefix(" ") else {
                ids = line.split(separator: " ").map(String.init)
                continue
            }
            let words = line.drop { $0 == " " }
            let name = String(words.prefix { $0 != ":" })
            guard let stack = Stack(rawValue: name) else { continue }
            for id in ids { table[id, default: [:]][stack] = String(words.dropFirst(name.count + 2)) }
        }
        return table
    }()

    private static let text = #"""
        headers.strict-transport-security
          nginx: add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
          express: app.use(helmet.hsts({ maxAge: 31536000 }))
          flask: Talisman(app) (flask-talisman); FastAPI: set the field in an @app.middleware("http")
          django: SECURE_HSTS_SECONDS = 31536000; SECURE_HSTS_INCLUDE_SUBDOMAINS = True
          spring: http.headers(h -> h.httpStrictTransportSecurity(s -> s.maxAgeInSeconds(31536000)))
          seaworthy: on over HTTPS; protection.headers.strict-transport-security chooses how fast it grows
        headers.content-security-policy
          nginx: add_header Content-Security-Policy "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'" always;
          express: app.use(helmet.contentSecurityPolicy({ directives: { defaultSrc: ["'self'"] } }))
          flask: Talisman(app, content_security_policy={"default-src": "'self'"}); FastAPI: a middleware
          django: django-csp: CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'self'"]}}
          spring: http.headers(h -> h.contentSecurityPolicy(c -> c.policyDirectives("default-src 'self'")))
          seaworthy: protection.headers.content-security-policy; start with .mode report-only
        headers.content-type-options
          nginx: add_header X-Content-Type-Options nosniff always;
          express: app.use(helmet.noSniff())
          flask: Talisman(app); FastAPI: a middleware that sets X-Content-Type-Options
          django: SECURE_CONTENT_TYPE_NOSNIFF = True (with SecurityMiddleware)
          spring: on by default; don't call headers().disable()
          seaworthy: on with protection.headers
        headers.frame-protection
          nginx: add_header X-Frame-Options DENY always; and frame-ancestors 'none' in the policy
          express: app.use(helmet.frameguard({ action: "deny" }))
          flask: Talisman(app, frame_options="DENY"); FastAPI: a middleware
          django: X_FRAME_OPTIONS = "DENY" (with XFrameOptionsMiddleware)
          spring: http.headers(h -> h.frameOptions(f -> f.deny()))
          seaworthy: on with protection.headers
        headers.referrer-policy
          nginx: add_header Referrer-Policy strict-origin-when-cross-origin always;
          express: app.use(helmet.referrerPolicy({ policy: "strict-origin-when-cross-origin" }))
          flask: Talisman(app, referrer_policy="strict-origin-when-cross-origin"); FastAPI: a middleware
          django: SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
          spring: http.headers(h -> h.referrerPolicy(r -> r.policy(STRICT_ORIGIN_WHEN_CROSS_ORIGIN)))
          seaworthy: protection.headers.referrer-policy
        headers.permissions-policy
          nginx: add_header Permissions-Policy "camera=(), geolocation=(), microphone=(), payment=()" always;
          express: res.set("Permissions-Policy", "camera=(), geolocation=(), microphone=()") in a middleware
          flask: Talisman(app, permissions_policy={"camera": "()", "geolocation": "()"}); FastAPI: a middleware
          django: django-permissions-policy: PERMISSIONS_POLICY = {"camera": [], "geolocation": []}
          spring: http.headers(h -> h.permissionsPolicyHeader(p -> p.policy("camera=(), geolocation=()")))
          seaworthy: protection.headers.permissions-policy
        headers.cross-origin-policies
          nginx: add_header Cross-Origin-Opener-Policy same-origin always; add_header Cross-Origin-Resource-Policy same-origin always;
          express: app.use(helmet.crossOriginOpenerPolicy(), helmet.crossOriginResourcePolicy())
          flask: response.headers in @app.after_request; FastAPI: a middleware
          django: SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"; the other in a middleware
          spring: http.headers(h -> h.crossOriginOpenerPolicy(c -> c.policy(SAME_ORIGIN)))
          seaworthy: protection.headers.cross-origin-opener-policy and -resource-policy
        headers.xss-protection
          nginx: add_header X-XSS-Protection "1; mode=block" always;
          express: res.set("X-XSS-Protection", "1; mode=block") (helmet sets 0, which decides it too)
          flask: response.headers in @app.after_request; FastAPI: a middleware
          django: a middleware that sets X-XSS-Protection
          spring: http.headers(h -> h.xssProtection(x -> x.headerValue(ENABLED_MODE_BLOCK)))
          seaworthy: protection.headers.x-xss-protection
        headers.server-banner
          nginx: server_tokens off; proxy_hide_header X-Powered-By;
          express: app.disable("x-powered-by")
          flask: gunicorn or uvicorn --no-server-header behind a proxy, never the development server
          django: the server in front of it: gunicorn names itself without a version
          spring: server.server-header= (empty) in application.properties
          seaworthy: on with protection.headers
        headers.on-every-status
          nginx: write `always` at the end of each add_header, and repeat them in every location that has one
          express: set them in the first middleware, before routes and error handlers
          flask: @app.after_request runs on errors too; FastAPI: add the middleware last, so that it stands outermost
          django: put the middleware first in MIDDLEWARE
          spring: in the security filter chain, which stands before the dispatcher
          seaworthy: every answer passes ResponseHeaders, refusals included
        tls.protocol-versions
          nginx: ssl_protocols TLSv1.2 TLSv1.3;
          express: https.createServer({ minVersion: "TLSv1.2" })
          flask: gunicorn: do_handshake with ssl.TLSVersion.TLSv1_2; better a proxy in front
          django: in the server or proxy in front of it
          spring: server.ssl.enabled-protocols=TLSv1.2,TLSv1.3
          seaworthy: tls-listen speaks 1.2 and 1.3 only
        tls.certificate-chain tls.certificate-name tls.certificate-dates
          nginx: ssl_certificate fullchain.pem; certbot --nginx -d NAME renews it
          express: TLS belongs to the proxy in front; else pass fullchain.pem as `cert`
          flask: TLS belongs to the proxy in front (nginx, Caddy) with certbot
          django: TLS belongs to the proxy in front (nginx, Caddy) with certbot
          spring: server.ssl.bundle with reload-on-update=true, renewed by certbot
          seaworthy: tls-certificate and tls-key with the whole chain; `seaworthy reload` takes a renewed one
        tls.redirect
          nginx: server { listen 80; return 308 https://$host$request_uri; }
          express: redirect in the first middleware when req.secure is false (with trust proxy set)
          flask: Talisman(app, force_https=True); FastAPI: HTTPSRedirectMiddleware
          django: SECURE_SSL_REDIRECT = True
          spring: http.redirectToHttps(withDefaults())
          seaworthy: protection.https.redirect, on where there is a tls-listen
        origin.not-reachable
          nginx: listen on 127.0.0.1 in the app, and let only nginx have a public address
          express: app.listen(3000, "127.0.0.1")
          flask: gunicorn --bind unix:/run/app.sock; uvicorn --uds
          django: gunicorn --bind unix:/run/app.sock
          spring: server.address=127.0.0.1
          seaworthy: upstream: unix:/run/app.sock, and a firewall in front of the app's port
        errors.not-found errors.method-not-allowed errors.malformed-json errors.bad-encoding
          nginx: error_page 404 /404.html; proxy_intercept_errors on;
          express: an error handler as the last middleware; NODE_ENV=production
          flask: debug off; @app.errorhandler(Exception); FastAPI: exception_handler, debug=False
          django: DEBUG = False, with handler404 and handler500
          spring: server.error.include-stacktrace=never; a @RestControllerAdvice
          seaworthy: protection.errors replaces what shows internals
        errors.one-shape
          nginx: error_page can't write a problem document: mend it in the app
          express: one error handler that sends application/problem+json
          flask: one errorhandler for HTTPException; FastAPI: one handler for HTTPException and RequestValidationError
          django: REST_FRAMEWORK = {"EXCEPTION_HANDLER": "app.problems.handler"}
          spring: spring.mvc.problemdetails.enabled=true
          seaworthy: protection.errors writes RFC 9457 for what it refuses and scrubs
        correlation.request-id correlation.hostile-request-id
          nginx: proxy_set_header X-Request-ID $request_id; add_header X-Request-ID $request_id always;
          express: a middleware with crypto.randomUUID(), which takes a client's id only when it is a UUID
          flask: asgi-correlation-id for FastAPI; in Flask @app.before_request and after_request
          django: django-guid with VALIDATE_GUID = True
          spring: a OncePerRequestFilter that puts a UUID into the MDC and the answer
          seaworthy: every answer has a validated or new X-Request-ID
        methods.trace methods.unknown
          nginx: if ($request_method !~ ^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$) { return 405; }
          express: a first middleware that answers 405 to what isn't in the list
          flask: routes name their methods; never provide_automatic_options on a catch-all
          django: @require_http_methods, or the class's http_method_names
          spring: StrictHttpFirewall.setAllowedHttpMethods(…)
          seaworthy: protection.request-shape.methods
        host.poisoned host.forwarded
          nginx: a default_server that returns 421, and proxy_set_header X-Forwarded-Host "";
          express: compare req.hostname with a list; app.set("trust proxy", "loopback")
          flask: SERVER_NAME and trusted_hosts; FastAPI: TrustedHostMiddleware(allowed_hosts=[…])
          django: ALLOWED_HOSTS = ["app.example"]; USE_X_FORWARDED_HOST = False
          spring: server.forward-headers-strategy=none, and StrictHttpFirewall.setAllowedHostnames(…)
          seaworthy: hosts; X-Forwarded-* of clients are dropped
        transport.path-normalisation
          nginx: merge_slashes on; never alias without a slash at its end
          express: path.resolve, and refuse what leaves the folder; express.static does
          flask: send_from_directory, never open() on a joined path
          django: serve files from the server in front; safe_join otherwise
          spring: StrictHttpFirewall refuses encoded slashes and ..; leave it on
          seaworthy: `..` in any encoding is refused in every mode
        redirects.open
          nginx: never put $arg_… into return or rewrite
          express: take paths only: if (!/^\/(?![\/\\])/.test(to)) to = "/"
          flask: compare urlsplit(target).netloc with request.host; take paths only
          django: url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()})
          spring: redirect to names from a map, not to parameters
          seaworthy: can't know which redirect is meant: mend it in the app
        errors.broken-routes
          nginx: can't mend it: the app breaks behind it
          express: wrap async handlers, so that a rejected promise reaches the error handler
          flask: read the traceback of that request in the log; test each route once
          django: manage.py check --deploy, and one test per URL name
          spring: one MockMvc test per mapping
          seaworthy: hides what such an answer shows (protection.error-scrubbing); mending it is the app's
        injection.path-traversal
          nginx: can't tell a name from a path inside a query: mend it in the app
          express: path.resolve(root, name), then refuse what doesn't start with root + path.sep
          flask: send_from_directory(folder, name), or a dictionary of names
          django: safe_join(root, name), or a model that holds the file
          spring: root.resolve(name).normalize().startsWith(root)
          seaworthy: can't know which parameter names a file: mend it in the app
        exposure.debug-routes exposure.metrics exposure.closed-routes
          nginx: location /internal/ { allow 10.0.0.0/8; deny all; }
          express: mount them on a second app that listens on loopback
          flask: prometheus start_http_server(9000, addr="127.0.0.1"); no debug=True
          django: DEBUG = False; keep debug toolbars out of INSTALLED_APPS
          spring: management.server.address=127.0.0.1; management.endpoints.web.exposure.include=health
          seaworthy: protection.exposure hides usual ones; routes: [{ path: /internal/**, access: deny }]
        exposure.directory-listing
          nginx: autoindex off;
          express: no serve-index
          flask: send_from_directory of named files only
          django: collectstatic, served without an index
          spring: no directory listings in the servlet container (listings=false)
          seaworthy: protection.exposure
        exposure.dot-files
          nginx: location ~ /\. { deny all; }
          express: express.static(dir, { dotfiles: "ignore" }) over a folder of its own
          flask: a static folder that is not the project
          django: STATIC_ROOT that is not the project
          spring: static resources from the jar only
          seaworthy: protection.exposure
        health.live
          nginx: location = /health/live { return 200 "ok"; }
          express: app.get("/health/live", (req, res) => res.json({ status: "live" }))
          flask: @app.get("/health/live")
          django: path("health/live", lambda request: JsonResponse({"status": "live"}))
          spring: management.endpoint.health.probes.enabled=true
          seaworthy: health.public
        metrics.counted
          nginx: the stub_status module, or an exporter
          express: prom-client on a port for operators
          flask: prometheus_client, prometheus-fastapi-instrumentator
          django: django-prometheus
          spring: micrometer-registry-prometheus
          seaworthy: /metrics on the operator door
        delivery.compression
          nginx: gzip on; gzip_types text/css application/json application/javascript image/svg+xml;
          express: app.use(compression())
          flask: Flask-Compress; FastAPI: GZipMiddleware
          django: GZipMiddleware for what holds no secret
          spring: server.compression.enabled=true
          seaworthy: protection.compression
        cors.reflected-origin cors.null-origin
          nginx: map $http_origin to a fixed list; never add_header … $http_origin
          express: cors({ origin: ["https://app.example"], credentials: true })
          flask: CORS(app, origins=["https://app.example"]); FastAPI: CORSMiddleware(allow_origins=[…])
          django: CORS_ALLOWED_ORIGINS = ["https://app.example"]
          spring: configuration.setAllowedOrigins(List.of("https://app.example"))
          seaworthy: protection.cors.origins
        cookies.attributes
          nginx: proxy_cookie_flags ~ secure httponly samesite=lax;
          express: session({ cookie: { secure: true, httpOnly: true, sameSite: "lax" } })
          flask: SESSION_COOKIE_SECURE = True, SESSION_COOKIE_HTTPONLY = True, SESSION_COOKIE_SAMESITE = "Lax"
          django: SESSION_COOKIE_SECURE = True, CSRF_COOKIE_SECURE = True, SESSION_COOKIE_SAMESITE = "Lax"
          spring: server.servlet.session.cookie.secure=true, .http-only=true, .same-site=lax
          seaworthy: protection.cookies
        caching.private-pages
          nginx: add_header Cache-Control "no-store, private" always; where people are signed in
          express: res.set("Cache-Control", "no-store") behind the sign-in
          flask: response.headers["Cache-Control"] = "no-store" in @app.after_request
          django: @never_cache, or @cache_control(no_store=True, private=True)
          spring: on by default in Spring Security; don't disable cacheControl()
          seaworthy: protection.headers.private-caching
        csrf.cross-site-write
          nginx: can't see tokens; refuse by map on $http_sec_fetch_site if the app can't be mended
          express: refuse unsafe methods with a foreign Sec-Fetch-Site or Origin, or csrf-csrf
          flask: CSRFProtect(app) (Flask-WTF); FastAPI: compare Origin in a dependency
          django: keep CsrfViewMiddleware; no @csrf_exempt
          spring: on by default; don't call csrf().disable() for sessions
          seaworthy: protection.csrf
        size.declared-body size.chunked-body
          nginx: client_max_body_size 10m;
          express: express.json({ limit: "1mb" })
          flask: MAX_CONTENT_LENGTH = 10 * 1024 * 1024; FastAPI: a middleware that counts what comes
          django: DATA_UPLOAD_MAX_MEMORY_SIZE, and a limit in the server in front
          spring: spring.servlet.multipart.max-request-size=10MB; server.tomcat.max-http-form-post-size=2MB
          seaworthy: protection.request-shape.body.limit
        limits.rate limits.announced limits.forwarded-bypass
          nginx: limit_req_zone $binary_remote_addr zone=all:10m rate=100r/m; limit_req zone=all burst=50;
          express: rateLimit({ windowMs: 60000, limit: 100, standardHeaders: "draft-8" }); app.set("trust proxy", 1)
          flask: Flask-Limiter with headers_enabled=True; FastAPI: slowapi; ProxyFix(x_for=1) behind one proxy
          django: django-ratelimit, or DRF's throttle classes
          spring: bucket4j in a filter; server.forward-headers-strategy=native with trusted proxies
          seaworthy: protection.rate-limit.address, with trusted-hops for proxies in front
        identity.enumeration identity.enumeration-by-time
          nginx: can't mend it
          express: one answer for both, and bcrypt.compare against a fixed hash when there is no account
          flask: check_password_hash against a fixed hash when there is no account
          django: ModelBackend does both; a sign-in of your own must call make_password for unknown users
          spring: DaoAuthenticationProvider does both; keep hideUserNotFoundExceptions
          seaworthy: identity.adopt throttles and evens out the app's own sign-in
        identity.throttling
          nginx: limit_req_zone $binary_remote_addr zone=login:1m rate=5r/m; in the location of the sign-in
          express: rateLimit on the sign-in by account and by address (rate-limiter-flexible)
          flask: @limiter.limit("5/minute", key_func=account); FastAPI: slowapi
          django: django-axes
          spring: count AuthenticationFailureBadCredentialsEvent, and lock
          seaworthy: identity.lockout, also over an adopted sign-in; routes with a limit of their own
        session.ends-at-sign-out
          nginx: can't mend it
          express: req.session.destroy(), with a store on the server
          flask: Flask-Session on the server; a signed cookie alone can't be ended
          django: logout(request), with sessions in the database
          spring: logout(l -> l.invalidateHttpSession(true))
          seaworthy: identity.adopt remembers what was signed out
        pages.load-time pages.memory pages.long-tasks pages.console-errors pages.firefox
          nginx: gzip on; expires 1y on hashed files; http2 on
          express: compression(); express.static with maxAge; split bundles by route
          flask: Flask-Compress, hashed names with max_age; `defer` on scripts
          django: ManifestStaticFilesStorage, GZipMiddleware; select_related against N+1
          spring: server.compression.enabled=true; spring.web.resources.cache.cachecontrol.max-age
          seaworthy: protection.compression; the rest only the page itself can mend
        pages.mixed-content
          nginx: add_header Content-Security-Policy upgrade-insecure-requests always;
          express: helmet.contentSecurityPolicy with upgradeInsecureRequests
          flask: url_for without _scheme; ProxyFix(x_proto=1) behind a proxy
          django: SECURE_PROXY_SSL_HEADER, so that absolute addresses have https
          spring: server.forward-headers-strategy=native
          seaworthy: protection.headers.content-security-policy with upgrade-insecure-requests
        pages.narrow-screen pages.accessibility
          nginx: can't mend it
          express: in the templates: labels, alt, lang, viewport; eslint-plugin-jsx-a11y
          flask: in the templates: labels, alt, lang, viewport
          django: in the templates; forms with labels ({{ field.label_tag }})
          spring: in the templates: th:for, th:alt, lang, viewport
          seaworthy: can't mend it
        session.protected-routes
          nginx: auth_request on location /; it asks the app about the session
          express: app.use(requireSignIn) with express-session and a store on the server; cookie.maxAge
          flask: Flask-Session on the server, PERMANENT_SESSION_LIFETIME, @login_required
          django: LoginRequiredMiddleware; SESSION_COOKIE_AGE; sessions in the database
          spring: anyRequest().authenticated(); server.servlet.session.timeout=30m
          seaworthy: identity.sign-in: own, and routes with access: signed-in
        session.renewed-at-sign-in
          nginx: can't mend it
          express: req.session.regenerate(…) at the sign-in
          flask: Flask-Session: session.regenerate(); Flask-Login: SESSION_PROTECTION = "strong"
          django: login(request, user) calls cycle_key; a sign-in of your own must too
          spring: sessionManagement(s -> s.sessionFixation().changeSessionId())
          seaworthy: identity.sign-in: own begins a new session at each sign-in
        identity.common-password
          nginx: can't mend it
          express: zxcvbn, or the k-anonymous range API of Have I Been Pwned
          flask: zxcvbn, or a file of common passwords, where accounts are made and changed
          django: AUTH_PASSWORD_VALIDATORS with CommonPasswordValidator
          spring: HaveIBeenPwnedRestApiPasswordChecker as the CompromisedPasswordChecker
          seaworthy: identity.password, with identity.password.breached-file for a whole list
        session.altered
          nginx: can't mend it
          express: express-session with a secret of 32 random bytes; compare whole tokens
          flask: SECRET_KEY of 32 random bytes; hmac.compare_digest
          django: SECRET_KEY, and constant_time_compare on whole values
          spring: Spring Session; MessageDigest.isEqual on whole values
          seaworthy: identity.session looks sessions up by a hash of all of the token
        token.signature token.key token.expiry
          nginx: auth_jwt (commercial) with a key file, or mend it in the app
          express: jwt.verify(token, key, { algorithms: ["EdDSA"], maxAge: "15m" }); never jwt.decode
          flask: jwt.decode(token, key, algorithms=["EdDSA"], options={"require": ["exp"]})
          django: SIMPLE_JWT = {"ALGORITHM": "ES256", "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15)}
          spring: NimbusJwtDecoder.withJwkSetUri(…).jwsAlgorithm(ES256); JwtTimestampValidator
          seaworthy: identity.token issues and verifies EdDSA tokens of its own
        authorization.unprotected-routes authorization.every-read authorization.undescribed-methods
          nginx: auth_request on location /, and auth_request off where it is open
          express: app.use(requireSignIn) before all routers; list what is open
          flask: @app.before_request that refuses by default; FastAPI: FastAPI(dependencies=[Depends(user)])
          django: LoginRequiredMiddleware; DRF: DEFAULT_PERMISSION_CLASSES = [IsAuthenticated]
          spring: authorizeHttpRequests(a -> a.requestMatchers("/open/**").permitAll().anyRequest().authenticated())
          seaworthy: routes with default: signed-in
        authorization.other-persons-object authorization.every-object authorization.foreign-writes
          nginx: can't mend it
          express: where: { id, ownerId: req.user.id } in every query
          flask: query.filter_by(id=id, owner_id=current_user.id)
          django: get_object_or_404(request.user.things, pk=pk); get_queryset() by owner
          spring: findByIdAndOwner(id, owner); @PostAuthorize("returnObject.owner == authentication.name")
          seaworthy: protection.ownership per route, amber until the app is mended
        authorization.mass-assignment
          nginx: can't mend it
          express: pick the fields by name, or a zod schema with .strict()
          flask: a marshmallow or pydantic schema without the field; extra="forbid"
          django: fields = ["name"] in the form or serializer, never "__all__"
          spring: a request record with the allowed fields, never the entity; setAllowedFields
          seaworthy: a JSON Schema on the route refuses fields that it doesn't name
        injection.sql
          nginx: can't mend it
          express: client.query("… WHERE name = $1", [name])
          flask: text("… WHERE name = :name"), or the ORM
          django: the ORM; raw(sql, [params]) never with f-strings
          spring: @Query with :name, JdbcTemplate with ?
          seaworthy: protection.inspection blocks patterns, amber until the app is mended
        injection.stored-script injection.reflected-script injection.dom-script
          nginx: can't mend it; a Content-Security-Policy limits what it does
          express: <%= %> in EJS, {{ }} in Handlebars; DOMPurify for rich text
          flask: autoescape on, no |safe; nh3 for rich text
          django: autoescape on, no mark_safe; nh3 for rich text
          spring: th:text, never th:utext
          seaworthy: a policy without unsafe-inline stops it running, amber until the app is mended
        injection.csv-formula
          nginx: can't mend it
          express: cells that begin with = + - @ get a ' before them, all are quoted
          flask: the same before csv.writer(quoting=csv.QUOTE_ALL)
          django: the same in the export view, or import-export's EXPORT_ESCAPE_FORMULAE = True
          spring: the same before OpenCSV or Commons CSV writes
          seaworthy: can't mend it: the file is the app's
        upload.by-content
          nginx: can't mend it
          express: file-type on the first bytes; multer limits
          flask: python-magic on the first bytes; secure_filename
          django: a validator with python-magic; store outside MEDIA_ROOT until it passed
          spring: Apache Tika's detect(), not getContentType()
          seaworthy: protection.upload
        abuse.slow-input
          nginx: limit_req on the route; it only makes it rarer
          express: bound the length; re2 instead of nested patterns
          flask: bound the length in the schema; google-re2
          django: max_length on the field; google-re2
          spring: @Size; RE2/J
          seaworthy: protection.request-shape bounds texts per route
        abuse.server-side-request
          nginx: no egress from the app's network but by a proxy with a list
          express: ssrf-req-filter, or resolve, check and connect to what was checked
          flask: resolve, refuse ipaddress.ip_address(a).is_private, connect to that address
          django: the same; advocate as the client
          spring: the same in a DnsResolver of the HTTP client
          seaworthy: can't mend it: the app connects by itself
        race.lost-update race.overdraft
          nginx: can't mend it
          express: UPDATE account SET cash = cash + $1 WHERE id = $2 AND cash + $1 >= 0
          flask: session.execute(update(…).values(cash=Account.cash + n)), or with_for_update()
          django: F("cash") + n in update(), or select_for_update() in transaction.atomic()
          spring: @Lock(PESSIMISTIC_WRITE), or @Version
          seaworthy: protection.serialisation for the route, amber until the app is mended
        race.double-use race.exclusive race.lost-choice
          nginx: can't mend it
          express: UPDATE … SET status = 'done' WHERE id = $1 AND status = 'open', and look at rowCount
          flask: the same with rowcount, or with_for_update() around question and deed
          django: filter(pk=pk, status="open").update(status="done") == 1, in transaction.atomic()
          spring: @Version on the entity, @Transactional around question and deed
          seaworthy: protection.serialisation for the route, amber until the app is mended
        """#

    /// For a terminal: what a check is about, why, how it is mended, and how it is proved.
    public static func explanation(_ id: String, width: Int = 80) -> String? {
        guard let sheet = CheckCatalogue.sheets.first(where: { $0.id == id }) else { return nil }
        let asvs = sheet.asvs.map { ", ASVS 5.0 \($0)" } ?? ""
        var lines = ["\(sheet.id) (\(sheet.severity.rawValue), \(sheet.side.rawValue)\(asvs))"]
        lines += wrapped(sheet.title + ".", width: width)
        lines += [""] + wrapped(sheet.rationale, width: width)
        lines += ["", "How to mend it"] + wrapped(sheet.remediation, width: width, indent: "  ")
        for (stack, text) in of(id) ?? [] {
            lines.append("  \(stack.title)")
            lines += wrapped(text, width: width, indent: "      ")
        }
        if !sheet.canaries.isEmpty {
            lines += ["", "How it is proved"]
            lines += wrapped(
                "`seaworthy check --self-test --only \(id)` holds it against the example app with and without "
                    + sheet.canaries.joined(separator: ", ") + ".", width: width, indent: "  ")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Ids near a word, for who mistyped one.
    public static func nearestCheck(to word: String) -> String? {
        nearest(to: word, among: CheckCatalogue.sheets.map(\.id))
    }
}
