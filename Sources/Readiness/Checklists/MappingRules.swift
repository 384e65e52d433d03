/// What words of a checklist's item lead to. One line per target: `target | words ; other words`.
///
/// `c:` checks, `f:` a figure with its bound, `k:` a capability (a person signs, no check sees it from outside yet), `m:` a
/// person, with why. All the words between two `;` must be there, as beginnings of words; `a/b` either, `a~b` one right
/// after the other, `word$` the whole word, `!word` not at all, `^word` in the heading above, `<word` as the first of the
/// item. Words after `?` are too general to decide anything: they make a suggestion.
/// `zsecret` stands for the name of a variable that holds a secret (`JWT_SECRET`), `zname` for any other such name.
///
/// A rule stays as long as nine of ten of its mappings are right on the labelled lists (docs/accuracy-checklists.md).
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
        c:tls.protocol-versions | tls~1 ; tls~version ; ssl~labs ; weak~cipher ; cipher~suite ; tls !database !db$ !certificate !redis !postgres !mtls !mail !smtp !email !mutual ; ssl$ !database !db$ !certificate !redis !postgres !mail !smtp !email
        c:tls.protocol-versions,tls.redirect | https !webhook !certificate !git !redirect !origin !copy !url ; in~transit encrypt !database !log !logs ; transit encrypted !log !logs ; encrypt~in~transit
        k:protection.https | certificate expir/renew/valid/install/configur/auto/obtain/monitor !signing !developer ; ssl~certificate !backed ; tls~certificate ; let~s~encrypt ; certbot ; acme$ ; tls~cert ; ssl~cert
        c:cors.reflected-origin,cors.null-origin | origins/preflight ^cors$ ; cors$ !bucket ; cross~origin~resource ; allowed~origin ; origin allowlist/whitelist
        c:csrf.cross-site-write | csrf !test$ ; xsrf ; cross~site~request
        c:cookies.attributes | httponly ; http~only cookie ; samesite ; same~site cookie ; secure~cookie ; cookie secure/flag/attribute !banner !consent
        c:limits.rate | minut ^rate~limit ; rate~limit !header !issue !warning ; ratelimit ; rate~limiting !issue !warning ; rate limiting !header !issue !warning ; throttl ; request~limit minute ; requests~per~minute ; limit requests ip ; ddos ; abuse~prevention ; limit req~min ; limit requests~min
        c:limits.announced | rate~limit~header ; ratelimit~header ; retry~after
        c:injection.sql | sql~inject ; sqli$ ; parameteri quer ; prepared~statement ; parameteriz sql ; query~parameteri ; nosql~injection ; injection~prevent ; injection~attack
        c:injection.stored-script | xss$ !header ; cross~site~script ; output encod/escap ; html saniti ; escap~user ; dangerouslysetinnerhtml
        c:errors.not-found,errors.malformed-json,errors.method-not-allowed | stack~trace hid/expos/leak/disabl/production/client/user/not$/no$/never ; error~message leak/expos/sensitive/internal/generic/reveal/detail/disclos ; error~response leak/expos/sensitive/internal/generic/reveal ; errors leak/expos/reveal ; error detail production/hid/expos ; verbose~error ; error~handling secur/leak/expos/information ; information~disclosure ; information~leakage ; error~messages~saniti
        c:errors.one-shape | error~format ; error~shape ; consistent~error ; standardi~error ; error~response format/consistent/standard/structure ; problem~json ; rfc~7807 ; rfc~9457 ; error~handling global/central/middleware ; global~error !boundar ; error~handler ; centralized~error !log !track ; proper~error~handling ; error~handling !frontend !ui !variable !boundar !payment !upload ; exception~handl ; http~status~codes standard/consisten/correct ; error~handling standard
        c:errors.not-found | 404~page ; custom~error~page ; error~pages ; 404 handl/page
        c:exposure.debug-routes | debug mode/endpoint/route/flag/setting/off/disabl/false !log ; debug~false ; debug~endpoint ; development~endpoint
        c:exposure.dot-files | dotfile ; dot~file ; git~folder ; git~directory expos ; env~file serv/expos/public/access
        c:exposure.directory-listing | directory~listing ; directory~index ; autoindex
        c:exposure.metrics | metrics endpoint protect/secur/internal/restrict/auth
        c:exposure.closed-routes | admin endpoint/panel/route/interface internal/restrict/private/vpn/ip ; internal~endpoint
        c:health.live | health~check !team ; healthcheck ; health~endpoint ; health~probe ; healthz$ ; readyz$ ; api~health$ ; backend~health$ ; liveness ; readiness~probe ; readiness~check !launch ; ? health !data !care !record
        c:correlation.request-id | request~id$ ; correlation~id ; x~request~id ; trace~id$
        c:pages.console-errors | <no~console~error ; console~errors no$/free/zero/without/clean !log$ !statement ; console~error no$/free/zero/without/clean !log$ !statement ; browser~console clean/error !log$
        c:delivery.compression | gzip !bundle !size !backup ; brotli ; compression response/asset/text/enabled/http/static/gzip/middleware !image !backup ; compress response/asset/text !image ; ? compression !image !backup
        c:size.declared-body,size.chunked-body | request~size ; body~size ; payload~size ; size~limit request/body/upload/payload/file ; upload~size ; file~size ; file~upload~limit ; upload~limit ; request~body~limit ; body~limit
        c:upload.by-content | file~upload valid/type/restrict/scan/secur/saniti/malicious !limit !size ; upload valid/type/restrict/scan/secur/saniti !bundle ; mime~type ; file~type valid/check/restrict/whitelist/allow ; magic~byte ; ? file~upload
        c:authorization.unprotected-routes | protected~route ; route protect !csrf ; endpoint requir auth !no$ ; endpoint secur auth ; unprotected ; authentication~required !no$ ; require~authentication !no$ ; requires~authentication !no$ ; authentication endpoint/route all/every/protect/sensitive !work !test ; auth~guard ; auth~middleware ; endpoints protect !csrf !rate !ddos !xss !brute ; routes~protected ; unauthenticated block/redirect/reject/deni/return ; unauthorized~access prevent/block/reject/deni ; route~authorization
        c:authorization.other-persons-object | idor$ ; object~level ; bola$ ; own~data ; ownership~check ; resource~owner ; tenant~isolation ; row~level~security ; rls$ !monitor !denied ; horizontal privilege ; direct~object ; data$~isolation ; ownership~verif ; user~isolation
        c:authorization.mass-assignment | mass~assign ; overposting ; privilege~escalation
        c:identity.enumeration | user~enumerat ; account~enumerat ; username~enumerat ; email~enumerat ; enumeration attack/prevent/protect ; user~existence
        c:session.ends-at-sign-out | logout !login ; log~out session/token ; sign~out ; session invalidat ; session~revo
        c:race.lost-update | race~condition ; lost~update ; row~lock ; select~for~update ; optimistic~lock ; pessimistic~lock ; concurren update/write/transaction
        c:redirects.open | open~redirect ; redirect~url valid ; redirect~uri valid
        c:host.poisoned | host~header ; allowed~hosts ; trusted~host
        c:caching.private-pages | no~store$ cache ; cache~control sensitive/private ; sensitive cached
        c:methods.trace | trace~method ; http~methods restrict/unused/disabl
        c:transport.path-normalisation,injection.path-traversal | path~traversal ; directory~traversal
        k:identity.password | bcrypt ; argon2 ; scrypt ; pbkdf2 ; password hash/strength/complex/polic/requirement/rule/history !db$ !database !default !manager ; passwords~hashed ; password~security ; strong~password~polic ; haveibeenpwned ; pwned ; leaked~password ; breached~password ; compromised~password ; ? strong~password
        k:identity.sign-up | password~reset ; email~verif !domain !ses$ ; verify~email ; account~verif ; sign~up~flow ; signup~flow ; registration~flow ; registration work ; user~registration ; reset~password ; forgot~password
        k:identity.lockout | lockout ; account~lock ; brute~force ; failed~login !alert ; login~attempt limit/lock/block/fail/max/throttl !alert ; failed~attempt !alert
        k:identity.two-factor | mfa$ !aws !github !root ; 2fa$ !aws !github !root !stripe !registrar ; two~factor !aws !github !root ; multi~factor !aws !root ; multifactor ; totp$ ; second~factor
        k:identity.refresh | refresh~token ; token~rotation ; token~refresh
        k:identity.token | jwt$ !secret !key !role ; access~token expir/lifetime/short ; token expir/revo/lifetime/signature/blacklist !csrf !reset !refresh !vercel !oidc !github ; token~valid !csrf ; bearer~token ; token~blacklist ; jwt authentication implement ; ? access~token ; ? jwt
        k:identity.session | session timeout/expir/manage/fixation/secur/regenerat/storage/idle/handling/revo !chat ; idle~timeout !alb$ !elb$ !balanc !connection !server ; ? session~config
        k:identity.oidc | oauth !redirect !secret !client !credential !callback !screen !id$ ; openid ; oidc$ !github !aws !gcp !azure !token !role !actions ; sso$ ; single~sign ; social~login ; google~sign ; pkce$ ; saml$ ; google~login ; state~parameter
        k:identity.api-key | api~key hash/scope !client !external !third !restrict ; api~key~auth ; ? api~key rotat/revo/generat/manage/auth/expir
        k:identity.roles | rbac$ !binding !kubernetes !cluster ; role~based ; access~control !database !db$ !list !allow ; authorization implement/rule/middleware/control/logic !header ; permission check/model/enforc/valid !iam !file !database !db$ !camera !location !storage ; authentication~and~authorization ; authentication~authorization ; authn ; authz ; ? least~privilege ; ? admin~role ; ? user~role ; ? roles !iam !team ; ? authorization check/proper/enforc/test ; ? permission user/system/role
        k:identity.administration | user~management !feature ; deprovision ; ? admin~user ; ? admin~account
        k:identity.adopt | authentication implement/flow/system/work !endpoint !two !multi !jwt !token !oidc !redis !api !key !database !fail !required !rout ; login~flow ; login work/function !dashboard !page !chat ; login~logout ; sign~in flow/work ; user~authentication ; authentication~flow ; ? login page/test ; ? authentication secur/tested
        k:protection.request-shape | valid/saniti ^input~valid/request~valid/form~valid/data~valid !error ; input~valid ; input~saniti ; inputs valid/saniti ; valid~input ; validate~input ; validates~input ; validate~all~input ; validate~user~input ; input validation ; sanitiz input/user !name$ ; request$~valid ; schema~valid !database ; server~side~valid ; validation endpoint/rule/schema/request !startup !env !database ; data~valid ; form~valid ; content~type~valid ; email~format ; json~schema ; user~input ; zod$ valid ; pydantic ; ? zod$
        k:protection.inspection | waf$ ; web~application~firewall
        k:protection.quota | quota enforc/tenant/per~user/per~plan ; usage~limit ; ? quota
        k:protection.websocket | websocket auth/secur/rate/limit ; wss$
        k:protection.cache | caching !header !private !dns ; cache configur/strateg/invalidat/layer/hit/headers/polic/ttl/control !test !build !clear !ci$ ; redis~cach ; etag ; browser~cach ; cache~headers ; caching~headers configur/set/proper/enabl
        k:protection.versioning | api~version ; versioning api/endpoint ; deprecation~polic ; backward~compat
        k:protection.maintenance | maintenance~mode ; maintenance~page
        k:privacy.export | data~export !csv !report ; data~portab ; right~of~access ; subject~access ; dsar$ ; user~data~export ; export user~data/personal ; ? export~data
        k:privacy.erasure | right~to~erasure ; right~to~be ; right~to~deletion ; data~deletion ; account~deletion !route ; delete user~data/account~data/personal ; delete~account ; data~erasure ; user~data~deletion
        k:privacy.consent | consent !screen ; cookie~banner ; cookie~notice ; ? opt~out ; ? opt~in
        k:privacy.retention | data~retention ; retention~polic !log !logs !backup ; retention~period !log !logs !backup ; ? purge
        k:privacy.breach | breach notif/respon/process/plan/report ; data~breach
        k:privacy.audit | audit~entr ; audit~log !review ; audit~trail ; auditlog ; audit~event
        k:privacy.at-rest | at~rest !log !logs !backup ; encrypt database/field/column/sensitive/storage/pii !transit !tls !ssl !local !backup ; kms$ ; field~level~encrypt ; encryption~key ; key~management !api ; sensitive~data encrypt
        k:privacy.anonymise | anonymi !retention ; pseudonym ; data~mask
        k:observability.log | log~group ; structured~log ; json~log ; logging !audit !change$ !activity ; logs$ aggregat/central/rotat/ship/structur/pii/redact/collect !audit ; log$ aggregat/level/rotat/format/retention/collection/analysis/storage !audit ; sensitive~data logged/logs ; pii logs/logged ; passwords logs/logged ; tokens~logged ; logrotate ; log~monitor ; log sensitive never/not$/no$/avoid ; log password/passwords never/not$/no$/avoid ; ? logs monitor/contain
        k:observability.security-events | security~event ; security~log ; security~monitor ; intrusion~detect ; suspicious ; siem$ ; ? anomal
        k:observability.alerts | alert configur/set/rule/threshold/enabled/active/channel/test/tested/manager/notification/error/critical/down/downtime/policies/email/slack/routing !billing !cost !budget !quota !stock !inventory !price !usage !security ; alerting !cost !billing !budget ; alarm configur/set/cloudwatch/threshold/enabled !billing !cost !budget ; pagerduty ; opsgenie ; ? alert !billing ; ? grafana ; ? notification threshold
        k:observability.metrics | prometheus ; metrics~endpoint ; metrics~export ; metrics~collect ; metrics~expos ; metrics~enabled ; metrics~instrument ; collect~metrics ; application~metrics ; metrics~visible ; apm$ ; performance~monitor ; application~monitor ; <monitoring setup/set/configur/enabled/active/place/ready/implement/tool/operational/system !dashboard !covers ; observability implement/configur/enabled/set ; configure~monitoring ; set~up~monitoring ; setup~monitoring ; implement~monitoring ; enable~monitoring ; monitoring~logging ; datadog ; new~relic ; newrelic ; cloudwatch !log !alarm ; red~metric  ; ? metrics ; ? monitoring ; ? dashboard
        k:observability.analytics | google~analytics ; ga4$ ; plausible$ ; posthog ; matomo ; umami$
        k:observability.trace | tracing ; opentelemetry ; jaeger ; distributed~trac ; otel
        k:observability.client-errors | error~track ; sentry$ ; error~monitor ; bugsnag ; rollbar ; error~report ; crash~report ; crashlytics
        k:readiness.watch | uptime~monitor ; uptime~check ; synthetic~monitor ; uptime~robot ; uptimerobot ; pingdom ; smoke~test ; monitor~uptime ; ? status~page ; ? post~deploy ; ? synthetic
        k:operations.backup | backup !code !github !contact !team !plan~b !directory !folder !codes !auto$ !autosave !key !keys ; restor database/data/tested/procedure/drill/backup !worker ; point~in~time ; pitr ; disaster~recover ; snapshot database/restor/test/rds$/volume/disk ; rpo$ ; rto$ ; dr~plan ; dr~drill
        k:operations.migrations | migration !endpoint !guide !user !traffic !key !keys !cloud !dns ; migrate database/schema ; schema~change ; alembic ; flyway
        k:operations.secrets | env~validat ; connection~string secur/protect/encrypt/stored ; secret manage/manager/rotat/vault/stored/env$/environment/generated/strong/config/store/encrypt/changed/separat/inject/random !hardcod !git$ !scan !code !repo ; secrets configur/set/store/environment/manag/rotat/secur/separat/vault/env$/external/encrypt/github/strong !hardcod !code !git$ !repo !commit !scan !source !history !image !bundle !expos !leak ; environment~variable ; env~var !port ; vault$ ; secret~key !code !public ; jwt~secret ; zsecret strong/random/generat/rotat/minimum/characters/environment/change/unique ; credential rotat/secur/stored/changed/default/manage/environment ; rotat credential/password/secret !api ; ? rotat api~key/api~keys/keys ; env~example ; env$ production/configur/vars/template !git$ !commit ; api~keys stored/environment ; ? api~keys rotat/secur ; default~password ; default~credential ; ? key~rotation ; ? env$ ; ? zsecret ; ? credential database ; ? api~key configur/production/set
        f:scan.secrets = 0 | access~key git$/manifest/code/repo/source ; password plaintext/git$/code/repo/source ; hardcod !localhost !url !link !path ; hard~coded !localhost !url ; secret code/repo/source/git$/commit/history/bundle ; secrets in~code/repo/source/git$/commit/history/image/bundle ; secrets client~side/client~bundle/frontend ; env gitignor ; gitignore ; secret~scan ; gitleaks ; trufflehog ; credentials code/repo/git$/commit/source ; sensitive~data code/commit/repo/git$ ; api~keys code/commit/repo/expos/source !replace ; secrets~exposed ; exposed~secret ; keys~exposed ; secrets expos ; env exclud/ignor source~control/version~control/git$/repo ; env not$/never contain/commit
        f:scan.vulnerabilities = 0 | npm~audit ; pip~audit ; pnpm~audit ; composer~audit ; yarn~audit ; dependenc vulnerab/audit/scan/secur/up~to~date/updat/review ; packages vulnerab/updat ; snyk ; dependabot ; renovate ; cve$ ; cves$ ; known~vulnerab ; vulnerability~scan ; ? safety~check ; safety~check vulnerab ; cargo~audit ; third~party vulnerab ; sca$ ; vulnerable~package ; ? outdated
        f:scan.critical = 0 | sast$ ; dast$ ; static~analysis ; code~scan ; bandit ; semgrep ; codeql ; owasp~zap ; zap$ ; security~scan ; image scan/scann !file ; trivy ; container~scan ; sonarqube ; security~vulnerab ; critical vulnerab ; security~test !penetration
        m:a person tries to break in | penetration ; pentest ; pen~test ; bug~bounty
        f:tests.pass-rate >= 100 | tests pass !load !performance !stress !workflow ; test pass !rate !load !performance !stress !workflow !score ; unit~test ; all~test pass/green ; test~suite ; test green ; tests green ; regression~test ; tests run !load !performance !stress !integration !e2e !smoke !security !penetration ; automated~test ; tests succe !load !performance !stress ; npm~test ; npm~run~test$ !performance !load !email !emails !rate !security !e2e !accessib ; pytest$ !coverage
        f:coverage.lines >= 80 | coverage !type !area !insurance !delivery !map ; code~coverage
        f:types.errors = 0 | strict~mode/implicit~any/strict~null ^typescript ; type~check ; typecheck ; typescript error/compil/strict/pass ; tsc$ ; mypy ; pyright ; type~error ; type~safe
        f:load.api-p95 <= 200 | response~time ms/under/target/p95/p99/api/server/average/acceptable/second/200ms/300ms/500ms/1s/2s/1000ms !promise !header ; response~time$ !header !promise ; response~times$ !header !promise ; p95$ !database ; p99$ ; api~latency ; latency p95/p99/target/under/ms !dns !network !histogram ; api performance target/ms ; api~responses ms/1s/500ms/200ms/1000ms/2s ; ? latency
        f:load.errors <= 0.1 | load~test ; load~testing ; stress~test ; performance~test ; concurrent~user ; error~rate !alert ; k6$ ; locust$ ; jmeter ; performance~benchmark ; capacity~test ; soak~test ; ? benchmark
        f:load.page-time <= 2000 | page~loads under/less/2s/3s/fast/quick ; loads~in seconds ; page~load~time ; page~load$ ; pages~load fast/quick/under/within/second ; load~time ; lighthouse !accessib !seo !tab$ ; core~web~vital ; lcp$ ; time~to~interactive ; largest~contentful ; first~contentful ; page~speed ; pagespeed ; fcp$ ; loading~speed ; loading~times
        f:browser.accessibility-violations = 0 | form~label/labels/focus~indicator/focus~visible/heading~hierarchy/semantic~html/skip~link ^accessib/wcag/assistive ; accessibility !public !network !private ; wcag ; a11y ; screen~reader ; keyboard~navig ; aria$ ; color~contrast ; colour~contrast ; alt~text ; axe~devtools
        f:tests.journeys >= 1 | e2e !tests.yml ; end~to~end test ; playwright ; cypress ; user~journey test ; ? critical~path ; browser~test !cross ; selenium ; ? end~to~end ; ? user~journey
        f:tests.integration-pass-rate >= 100 | integration~test ; contract~test ; api~tests ; ? api~test
        f:uat.pass-rate >= 90 | uat$ ; user~acceptance ; acceptance~test
        f:uat.compatibility >= 95 | chrome/firefox/safari/edge$/opera ^browser/compatib ; cross~browser ; mobile~responsive ; mobile~devices ; mobile responsive ; test$/tested$/testing$ iphone/android/ipad/safari/firefox/edge$/chrome ; test$~on~mobile/tested$~on~mobile/tested$~on~tablet ; real~devices ; browser~compat ; responsive !time !menu ; mobile~friendly ; multiple~browser ; screen~sizes ; different~browser ; all~browsers ; major~browsers ; different~devices ; ? mobile test
        f:availability.uptime >= 99.9 | uptime 99/sla/target ; sla$ 99/uptime/target ; slo$ ; slos$ ; availability 99/target
        f:load.database-p95 <= 50 | query~performance ; query~time ; slow~quer ; slow~database~quer ; queries~optimi ; query~optimi ; n~1~quer ; database~performance
        f:load.users >= 100 | concurrent~connection
        k:operations.database | connection~pool !redis !queue ; pool~size ; database ssl/tls/encrypted/privilege/least/restrict !migrat !backup ; db$ ssl/secur/encrypted ; least~privilege database/db$ ; database~access$ ; database~security ; ? index database/quer/created/optimi/added/column ; ? indexes ; ? indices ; ? database connection/user/access/replica/config/production !string !test ; ? read~replica ; ? foreign~key ; ? database~constraint
        k:operations.deploy | ci~cd !secret !github ; deployment~pipeline ; rollback !required ; roll~back ; blue~green ; zero~downtime ; rolling~update ; rolling~deploy ; canary~deploy ; canary~release ; ? canary ; ? docker ; ? kubernetes ; ? k8s ; ? helm$ ; ? pipeline deploy/ci/build/configur ; ? load~balanc ; ? auto~scal ; ? autoscal ; ? dns$ ; ? cdn$ ; ? infrastructure~as~code ; ? terraform ; ? staging ; ? deploy script/process/automat/production/pipeline/strateg/config/tested ; ? github~actions ; ? multi~az ; ? high~availab ; ? systemd ; ? nginx configur ; ? reverse~proxy ; ? firewall !web ; ? domain configur/point/name/custom ; ? build succe/passes/production/complet ; ? replicas ; ? graceful~shutdown ; ? sbom ; ? base~image ; ? security~group ; ? vpc$ ; ? containers
        k:operations.email | spf$ ; dkim ; dmarc ; smtp ; email~deliver ; email~sending ; email~send ; email~service ; email~notification ; email~template ; email~server ; emails~send ; email~configur ; sendgrid ; transactional~email
        k:operations.jobs | background~job ; job~queue ; dead~letter ; worker queue !redis ; celery ; scheduled~job ; ? cron~job ; ? cron ; ? idempoten ; ? retry~logic
        k:operations.search | full~text~search
        k:guidance.gates | feature~flag ; feature~toggle ; kill~switch ; gradual~rollout
        k:guidance.help | help~cent ; in~app~help ; tooltip ; help~content
        k:guidance.onboarding | ? onboarding !team !developer !staff
        k:guidance.client | error~boundar ; offline support/mode/persist/fallback/indicator/function/banner
        k:readiness.source | non~root !user ; non~root~user container/docker/image/dockerfile/run/as$ ; non~root~user$ !sudo !ssh !created !server ; run~as~non ; root~user container ; resource limits/requests container/pod ; image~tag immutab/latest/pinned !ecr ; readonlyrootfilesystem ; read~only~root ; allowprivilegeescalation ; privileged~container ; capabilities~drop ; capabilities drop ; build~artifact ; build~artefact ; dead~code !queue !letter ; ? resource~limit
        k:readiness.uat | ? sign~off ; ? go~no~go ; ? signoff
        """
}
