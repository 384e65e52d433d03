/// What words of a checklist's item lead to. One line per target: `target | words ; other words`.
///
/// `c:` checks, `f:` a figure with its bound, `k:` a capability (a person signs, no check sees it from outside yet), `m:` a
/// person, with why. All the words between two `;` must be there, as beginnings of words; `a/b` either, `a~b` one right
/// after the other, `word$` the whole word, `!word` not at all.
enum MappingRules {
    static let text = """
        c:headers.strict-transport-security | hsts$ ; strict~transport
        c:headers.content-security-policy | csp$ ; content~security~polic
        c:headers.content-type-options | nosniff ; content~type~options
        c:headers.frame-protection | x~frame ; frame~options ; clickjack ; frame~ancestors
        c:headers.referrer-policy | referrer~polic
        c:headers.permissions-policy | permissions~policy ; feature~policy
        c:headers.xss-protection | x~xss~protection ; xss~protection header
        c:headers.cross-origin-policies | cross~origin~opener ; coop$ ; coep$ ; corp$
        c:headers.server-banner | powered~by ; server~header/banner/version hid/remov/disab/strip ; version~disclos ; fingerprint server
        c:headers.strict-transport-security,headers.content-security-policy,headers.content-type-options,headers.frame-protection | security~header ; secure~header ; helmet$ !chart ; http~header secur
        c:tls.redirect | http~to~https ; http~https redirect ; redirect https ; forc https ; https~only ; https enforc ; https~everywhere ; https~redirect ; ssl~redirect ; https mandatory
        c:tls.protocol-versions | tls~1 ; tls~version ; ssl~labs ; weak~cipher ; cipher~suite ; tls !database !db$ !certificate !redis !postgres !mtls ; ssl$ !database !db$ !certificate !redis !postgres
        c:tls.protocol-versions,tls.redirect | https !webhook !certificate !url ; in~transit encrypt !database ; transit encrypted ; encrypt~in~transit
        k:protection.https | certificate expir/renew/valid/install/configur/auto/obtain/monitor ; ssl~certificate ; tls~certificate ; let~s~encrypt ; certbot ; acme$ ; tls~cert ; ssl~cert
        c:cors.reflected-origin,cors.null-origin | cors$ ; cross~origin~resource ; allowed~origin ; origin allowlist/whitelist
        c:csrf.cross-site-write | csrf ; xsrf ; cross~site~request
        c:cookies.attributes | httponly ; http~only cookie ; samesite ; same~site cookie ; secure~cookie ; cookie secure/flag/attribute !banner !consent
        c:limits.rate | rate~limit !header ; ratelimit ; rate limiting ; throttl ; request~limit minute ; requests~per~minute ; limit requests ip ; ddos ; abuse~prevention
        c:limits.announced | rate~limit~header ; ratelimit~header ; retry~after
        c:injection.sql | sql~inject ; sqli$ ; parameteri quer ; prepared~statement ; parameteriz sql ; query~parameteri ; nosql~injection ; injection~prevent ; injection~attack
        c:injection.stored-script | xss$ !header ; cross~site~script ; output encod/escap ; html saniti ; escap~user ; dangerouslysetinnerhtml
        c:errors.not-found,errors.malformed-json,errors.method-not-allowed | stack~trace ; error~message leak/expos/sensitive/internal/generic/reveal/detail/disclos ; error~response leak/expos/sensitive/internal/generic/reveal ; errors leak/expos/reveal ; error detail production/hid/expos ; verbose~error ; error~handling secur/leak/expos/information ; information~disclosure ; information~leakage
        c:errors.one-shape | error~format ; error~shape ; consistent~error ; standardi~error ; error~response format/consistent/standard/structure ; problem~json ; rfc~7807 ; error~handling global/central/middleware ; global~error ; error handler ; centralized~error ; proper~error~handling ; error~handling !frontend !ui
        c:errors.not-found | 404~page ; custom~error~page ; error~pages ; 404 handl/page
        c:exposure.debug-routes | debug mode/endpoint/route/flag/setting/off/disabl/false !log ; debug~false ; debug~endpoint ; development~endpoint
        c:exposure.dot-files | dotfile ; dot~file ; git~folder ; git~directory expos ; env~file serv/expos/public/access
        c:exposure.directory-listing | directory~listing ; directory~index ; autoindex
        c:exposure.metrics | metrics endpoint protect/secur/internal/restrict/auth
        c:exposure.closed-routes | admin endpoint/panel/route/interface internal/restrict/private/vpn/ip ; internal~endpoint
        c:health.live | health~check ; healthcheck ; health~endpoint ; health~probe ; liveness ; readiness~probe ; readiness~check !launch ; health !data !care !record
        c:correlation.request-id | request~id ; correlation~id ; x~request~id ; trace~id
        c:delivery.compression | gzip ; brotli ; compression !image !backup ; compress response/asset/text
        c:size.declared-body,size.chunked-body | request~size ; body~size ; payload~size ; size~limit request/body/upload/payload/file ; upload~size ; file~size ; file~upload~limit ; upload~limit ; request~body~limit ; body~limit
        c:upload.by-content | file~upload !limit !size ; upload valid/type/restrict/scan/secur/saniti ; mime~type ; file~type ; magic~byte
        c:authorization.unprotected-routes | protected~route ; route protect ; endpoint requir auth ; endpoint secur auth ; unprotected ; authentication~required ; require~authentication ; authentication endpoint/route all/every/protect/sensitive ; auth~guard ; auth~middleware ; endpoints protect
        c:authorization.other-persons-object | idor$ ; object~level ; bola$ ; own~data ; owns ; ownership~check ; resource~owner ; tenant~isolation ; row~level~security ; rls$ ; horizontal privilege ; direct~object ; data~isolation
        c:authorization.mass-assignment | mass~assign ; overposting ; privilege~escalation
        c:identity.enumeration | enumerat ; user~existence
        c:session.ends-at-sign-out | logout ; log~out session/token ; sign~out ; session invalidat ; session~revo
        c:race.lost-update | race~condition ; lost~update ; row~lock ; select~for~update ; optimistic~lock ; pessimistic~lock ; concurren update/write/transaction
        c:redirects.open | open~redirect ; redirect~url valid ; redirect~uri valid
        c:host.poisoned | host~header ; allowed~hosts ; trusted~host
        c:caching.private-pages | no~store ; cache~control sensitive/private/header ; sensitive cached
        c:methods.trace | trace~method ; http~methods restrict/unused/disabl
        c:transport.path-normalisation,injection.path-traversal | path~traversal ; directory~traversal
        k:identity.password | bcrypt ; argon2 ; scrypt ; pbkdf2 ; password hash/strength/complex/polic/requirement/strong/rule/minimum/history/storag/length !db$ !database ; strong~password ; passwords hashed ; password~security
        k:identity.sign-up | password~reset ; email~verif ; verify~email ; account~verif ; sign~up flow ; signup flow ; registration flow/work ; user~registration ; reset~password ; forgot~password
        k:identity.lockout | lockout ; account~lock ; brute~force ; failed~login ; login~attempt ; failed~attempt
        k:identity.two-factor | mfa$ ; 2fa$ ; two~factor ; multi~factor ; multifactor ; totp$ ; second~factor
        k:identity.refresh | refresh~token ; token~rotation ; token~refresh
        k:identity.token | jwt$ !secret !key ; access~token ; token expir/revo/valid/lifetime/signature/storage !csrf !reset !refresh ; bearer~token ; token~blacklist
        k:identity.session | session timeout/expir/manage/fixation/secur/regenerat/storage/config/idle/handling ; idle~timeout !alb$ !elb$ !balanc !connection !server
        k:identity.oidc | oauth ; openid ; oidc$ !github !aws !gcp !azure ; sso$ ; single~sign ; social~login ; pkce$ ; saml$ ; google~login ; state~parameter
        k:identity.api-key | api~key hash/rotat/scope/revo/generat/manage/auth/expir !hardcod !code !client !external !third
        k:identity.roles | rbac$ !binding !kubernetes !cluster ; role~based ; access~control !database !db$ ; authorization check/implement/rule/proper/test/every/enforc/work/middleware/logic ; permission check/model/enforc/user/system/role/valid !iam !file !database !db$ ; roles !iam !team ; authentication~and~authorization ; authn ; authz ; least~privilege !database !db$ !iam ; admin~role ; user~role
        k:identity.administration | user~management ; admin~user ; admin~account ; deprovision
        k:identity.adopt | authentication implement/work/flow/system/secur/tested !endpoint !two !multi !jwt !token ; login flow/work/page/test ; login~logout ; sign~in flow/work
        k:protection.request-shape | input valid/saniti ; inputs valid ; valid input ; sanitiz input/user ; schema~valid ; request~valid ; data~valid ; server~side~valid ; validation endpoint/rule/schema/api/all ; content~type~valid ; email~format ; json~schema ; user~input ; validate~all ; zod$ ; pydantic
        k:protection.inspection | waf$ ; web~application~firewall
        k:protection.quota | quota ; usage~limit
        k:protection.websocket | websocket auth/secur/rate/connection/limit ; wss$
        k:protection.cache | caching !header !private ; cache configur/strateg/invalidat/layer/hit/headers/polic/ttl/control !test ; redis~cach ; etag ; browser~cach ; cache~headers
        k:protection.versioning | api~version ; versioning api/endpoint ; deprecation~polic ; backward~compat
        k:protection.maintenance | maintenance~mode ; maintenance~page
        k:privacy.export | data~export ; data~portab ; right~of~access ; subject~access ; dsar$ ; export~data ; user~data~export
        k:privacy.erasure | right~to~erasure ; right~to~be ; right~to~deletion ; data~deletion ; account~deletion ; delete user/account data ; delete~account ; data~erasure ; user~deletion
        k:privacy.consent | consent ; cookie~banner ; cookie~notice ; opt~out ; opt~in
        k:privacy.retention | retention !log !backup ; data~retention ; purge
        k:privacy.breach | breach notif/respon/process/plan/report ; data~breach
        k:privacy.audit | audit~log ; audit~trail ; auditlog ; audit~event
        k:privacy.at-rest | at~rest ; encrypt database/field/column/sensitive/storage/data/backup/pii !transit !tls !ssl ; kms$ ; field~level~encrypt ; encryption~key ; key~management ; sensitive~data encrypt
        k:privacy.anonymise | anonymi ; pseudonym ; data~mask
        k:observability.log | log~group ; structured~log ; json~log ; logging !audit ; logs aggregat/central/rotat/ship/retain/structur/contain/sensitive/pii/redact/collect/monitor ; log aggregat/level/rotat/format/retention/sensitive/collection/analysis/storage ; sensitive logged/logs ; pii logs/logged
        k:observability.security-events | security~event ; security~log ; security~monitor ; intrusion~detect ; suspicious ; anomal ; siem$
        k:observability.alerts | alert !billing ; monitoring alert ; alert error~rate ; pagerduty ; opsgenie ; notification threshold ; grafana
        k:observability.metrics | prometheus ; metrics !endpoint !business !success !baseline ; apm$ ; monitoring !security !uptime !error !cost ; performance~monitor ; datadog ; new~relic ; cloudwatch !log ; red~metric ; dashboard metric/latency/cpu/memory/request/traffic/error
        k:observability.trace | tracing ; opentelemetry ; jaeger ; distributed~trac ; otel
        k:observability.client-errors | error~track ; sentry$ ; error~monitor ; bugsnag ; rollbar ; error~report ; crash~report
        k:readiness.watch | uptime~monitor ; uptime~check ; synthetic ; uptime~robot ; pingdom ; status~page ; smoke~test ; post~deploy
        k:operations.backup | backup ; restor database/data/tested/procedure/drill/backup ; point~in~time ; pitr ; disaster~recover ; snapshot database/restor/test/rds$/volume/disk ; rpo$ ; rto$ ; dr~plan
        k:operations.migrations | migration !guide !user !traffic ; migrate database/schema ; database~migrat ; schema~change ; alembic ; flyway
        k:operations.secrets | connection~string secur/protect/encrypt/stored ; client~secret ; secret manage/manager/rotat/vault/stored/env/generated/strong/config/store/encrypt/changed/separat/inject !hardcod !git !scan !code ; secrets !hardcod !code !git !repo !commit !scan !source !history ; environment~variable ; env~var ; vault ; secret~key !code ; jwt~secret ; credential rotat/secur/stored/changed/default/manage/database ; env~example ; env production/configur/set/file ; api~keys configur/rotat/secur/stored/production ; default~password ; default~credential ; key~rotation
        f:scan.secrets = 0 | access~key git$/manifest/code/repo/source ; password plaintext/git$/code/repo/source ; hardcod ; hard~coded ; secret code/repo/source/git$/commit/history/bundle ; secrets in~code/repo/source/git/commit/history/client ; env gitignor ; gitignore ; secret~scan ; gitleaks ; trufflehog ; credentials code/repo/git/commit/source ; sensitive~data code/commit/repo ; api~keys code/commit/repo/client/expos/source ; secrets exposed
        f:scan.vulnerabilities = 0 | npm~audit ; pip~audit ; dependenc vulnerab/audit/scan/secur/up~to~date/updat/review ; packages vulnerab/updat ; snyk ; dependabot ; renovate ; cve$ ; cves$ ; known~vulnerab ; vulnerability~scan ; safety~check ; cargo~audit ; outdated ; third~party vulnerab ; sca$ ; vulnerable~package
        f:scan.critical = 0 | sast$ ; dast$ ; static~analysis ; code~scan ; bandit ; semgrep ; codeql ; owasp~zap ; zap$ ; security~scan ; image scan/scann !file ; trivy ; container~scan ; sonarqube ; security~vulnerab ; critical vulnerab ; security~test !penetration
        m:a person tries to break in | penetration ; pentest ; pen~test ; bug~bounty
        f:tests.pass-rate >= 100 | tests pass !load !performance !stress ; test pass !rate !load !performance !stress ; unit~test ; all~test ; test~suite ; test green ; tests green ; regression~test ; tests run ; automated~test ; tests succe !load !performance !stress ; npm~test ; pytest$
        f:coverage.lines >= 80 | coverage ; code~coverage
        f:types.errors = 0 | type~check ; typecheck ; typescript error/compil/strict/pass ; tsc$ ; mypy ; pyright ; type~error ; type~safe
        f:load.api-p95 <= 200 | response~time ; p95$ ; p99$ ; latency ; api performance target/ms
        f:load.errors <= 0.1 | load~test ; stress~test ; performance~test ; concurrent~user ; error~rate ; k6$ ; locust$ ; jmeter ; benchmark ; capacity~test ; soak~test
        f:load.page-time <= 2000 | page~load ; load~time ; lighthouse ; core~web~vital ; lcp$ ; time~to~interactive ; page~speed ; pagespeed ; fcp$
        f:browser.accessibility-violations = 0 | accessibility !public !network !private ; wcag ; a11y ; screen~reader ; keyboard~navig ; aria$ ; color~contrast ; colour~contrast ; alt~text
        f:tests.journeys >= 1 | e2e ; end~to~end ; playwright ; cypress ; user~journey ; critical~path test ; browser~test !cross ; selenium
        f:tests.integration-pass-rate >= 100 | integration~test ; contract~test ; api~test
        f:uat.pass-rate >= 90 | uat$ ; user~acceptance ; acceptance~test
        f:uat.compatibility >= 95 | cross~browser ; mobile test/responsive/device ; browser~compat ; responsive ; mobile~friendly ; tested chrome/safari/firefox ; multiple~browser
        f:availability.uptime >= 99.9 | uptime 99/sla/target ; sla$ ; slo$ ; slos$ ; availability 99/target
        f:load.database-p95 <= 50 | query performance/time ; slow~quer ; queries optimi ; query~optimi ; n~1~quer ; n~1 ; database~performance
        f:load.users >= 100 | concurrent~connection
        k:operations.database | database connection !string !test ; connection~pool ; pool~size ; index database/quer/created/optimi/added/column ; indexes ; indices ; database ssl/tls/user/secur/access/encrypted/replica/config/production/privilege/least !migrat !backup ; db$ user/ssl/connection/secur ; read~replica ; least~privilege database/db$ ; foreign~key ; database~constraint
        k:operations.deploy | docker ; kubernetes ; k8s ; helm$ ; ci~cd ; pipeline deploy/ci/build/configur ; rollback ; roll~back ; blue~green ; canary ; load~balanc ; auto~scal ; autoscal ; dns$ ; cdn$ ; infrastructure~as~code ; terraform ; staging ; deploy script/process/automat/production/pipeline/strateg/config/tested ; github~actions ;  multi~az ; high~availab ; zero~downtime ; rolling~update ; systemd ; nginx configur ; reverse~proxy ; firewall !web ; domain configur/point/name/custom ; build succe/passes/production/complet ; replicas ; graceful~shutdown ; sbom ; base~image ; security~group ; vpc$ ; containers
        k:operations.email | spf$ ; dkim ; dmarc ; smtp ; email deliver/sending/send/service/notification/template/transaction/configur !alert ; sendgrid ; transactional~email
        k:operations.jobs | background~job ; job~queue ; dead~letter ; cron ; worker queue ; idempoten ; retry~logic ; celery ; scheduled~job
        k:operations.search | full~text~search
        k:guidance.gates | feature~flag ; feature~toggle ; kill~switch ; gradual~rollout
        k:guidance.help | help~cent ; in~app~help ; tooltip ; help~content
        k:guidance.onboarding | onboarding !team !developer !staff
        k:guidance.client | error~boundar ; offline
        k:readiness.source | non~root !user ; run~as~non ; root~user container ; resource limits/requests container ; resource~limit ; image~tag immutab/latest/pinned ; readonlyrootfilesystem ; read~only~root ; allowprivilegeescalation ; privileged container ; capabilities drop ; build~artifact ; build~artefact ; dead~code
        k:readiness.uat | sign~off ; go~no~go ; signoff
        """
}
