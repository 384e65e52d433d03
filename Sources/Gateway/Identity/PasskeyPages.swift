import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

extension IdentityPages {
    /// As `page`, with the one script that passkeys need.
    static func scripted(
        _ exchange: IdentityExchange, _ name: String, _ problem: Problem?, _ body: (String) throws -> String
    ) rethrows -> Hummingbird.Response {
        let source = "\(exchange.flows.ownPrefix)/passkeys.js".escapedForHTML
        var answer = try page(exchange, name, problem) { token in
            try body(token) + "<script src=\"\(source)\" defer></script>"
        }
        answer.headers[.contentSecurityPolicy] = answer.headers[.contentSecurityPolicy]?
            .replacing("script-src 'none'", with: "script-src 'self'")
        return answer
    }

    static let withoutScript = """
        <noscript><p class="note">Passkeys need JavaScript: it is the only way to reach the browser’s keys. Everything else here \
        works without.</p></noscript>
        """

    /// Where the script says what it waits for, or what went wrong.
    private static let news = "<p id=\"passkey-news\" role=\"status\" aria-live=\"polite\"></p>"

    @Sendable static func passkeySignIn(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        if exchange.caller != nil || exchange.enrolling != nil, problem == nil {
            return exchange.redirect("\(exchange.flows.ownPrefix)/account")
        }
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        let place = exchange.returnPath(or: nil)
        return scripted(exchange, "Sign in with a passkey", problem) { token in
            "<p>Your browser asks for your finger, your face or a PIN; no password is needed.</p>" + withoutScript + """
                <form id="passkey-sign-in" data-prefix="\(prefix)" data-return="\(place.escapedForHTML)">
                <input type="hidden" name="csrf_token" value="\(token.escapedForHTML)">
                <p><button class="primary" type="submit">Use a passkey</button></p></form>
                """ + news
                + "<nav class=\"links\"><a href=\"\(prefix)/sign-in?return-to=\(place.percentEncodedForQuery)\">"
                + "Sign in with your password</a></nav>"
        }
    }

    /// The form that shows by a passkey who it is; the page must be `scripted`.
    static func passkeyProof(_ exchange: IdentityExchange, _ token: String, to place: String) -> String {
        withoutScript + """
            <form id="passkey-prove" data-prefix="\(exchange.flows.ownPrefix.escapedForHTML)" data-return="\(place.escapedForHTML)">
            <input type="hidden" name="csrf_token" value="\(token.escapedForHTML)">
            <p><button class="primary" type="submit">Use a passkey</button></p></form>
            """ + news
    }

    /// Leads to where whoever has a second factor shows it, before they may set up another one.
    static func prove(_ exchange: IdentityExchange) -> Hummingbird.Response {
        let page = exchange.flows.settings.hasOwnAccounts ? "step-up" : "sign-in/second-factor"
        let place = exchange.returnPath(or: "/account").percentEncodedForQuery
        return exchange.redirect("\(exchange.flows.ownPrefix)/\(page)?return-to=\(place)")
    }

    @Sendable static func passkeys(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let person = try exchange.person()
        let known = try await exchange.flows.passkeys(of: person)
        guard exchange.isPage else {
            return exchange.json { text in
                text.name("passkeys")
                text.beginArray()
                for passkey in known {
                    text.beginObject()
                    text.member("passkey", passkey.id)
                    text.member("name", passkey.name)
                    text.member("created", passkey.createdAt.iso8601)
                    if let used = passkey.usedAt { text.member("used", used.iso8601) }
                    text.member("backed-up", passkey.isBackedUp)
                    text.endObject()
                }
                text.endArray()
            }
        }
        let isFresh = exchange.flows.isFresh(person)
        // Whoever had to make one goes on to where they were.
        let added =
            exchange.query["return-to"] == nil
            ? "\(exchange.flows.ownPrefix)/account/passkeys" : exchange.returnPath(or: "/account/passkeys")
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        let isOurs = exchange.flows.settings.hasOwnAccounts
        let factors = isOurs ? nil : try await exchange.flows.secondFactor(of: person)
        if exchange.enrolling != nil, factors?.isAny ?? !known.isEmpty { return prove(exchange) }
        return scripted(exchange, "Passkeys", problem) { token in
            let items = known.map { passkey in
                let used = passkey.usedAt.map { "last used \(minutes($0))" } ?? "not used yet"
                let end =
                    isFresh && exchange.caller != nil
                    ? form(
                        exchange, "/account/passkeys/remove", token, hidden("passkey", passkey.id), button: "Remove",
                        kind: "plain") : ""
                return """
                    <li class="session"><div><strong>\(passkey.name.escapedForHTML)</strong><br><span class="hint">made \
                    \(minutes(passkey.createdAt).escapedForHTML), \(used.escapedForHTML)</span></div>\(end)</li>
                    """
            }
            var text = """
                <p>A passkey \(isOurs ? "signs you in" : "shows that it is you, after your password,") by your finger, your face or \
                a PIN of this device. It can’t be guessed, and no false site can ask for it.</p>
                """
            if let factors, !factors.status.isOn {
                text += """
                    <p class="note">Whoever loses it needs help to get in. An <a href="\(prefix)/account/second-factor">authenticator \
                    app</a> comes with recovery codes for that.</p>
                    """
            }
            if !items.isEmpty { text += "<ul>\(items.joined(separator: "\n"))</ul>" }
            let end = exchange.enrolling == nil || isOurs ? accountLink(exchange) : leave(exchange, token)
            guard isFresh else { return text + stepUpLink(exchange, "/account/passkeys") + end }
            return text + "<h2>Add one</h2>" + withoutScript + """
                <form id="passkey-add" data-prefix="\(prefix)" data-return="\(added.escapedForHTML)">
                <input type="hidden" name="csrf_token" value="\(token.escapedForHTML)">
                \(input("name", "Its name", type: "text", autocomplete: "off", hint: "Such as “my telephone”.", extra: " maxlength=\"60\""))
                <p><button class="primary" type="submit">Make a passkey</button></p></form>
                """ + news + end
        }
    }
}

/// The script of the pages of passkeys, whole: it asks for options, lets the browser act, and sends what came of it.
enum PasskeyScript {
    static let text = """
        'use strict';
        (() => {
          const news = document.getElementById('passkey-news');
          const say = text => { if (news) news.textContent = text; };
          const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
          const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer || [])))
            .replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
          const send = async (form, path, fields) => {
            const answer = await fetch(form.dataset.prefix + path, {
              method: 'POST', credentials: 'same-origin',
              headers: { 'Content-Type': 'application/json', 'Accept': 'application/json',
                'X-CSRF-Token': form.elements.csrf_token.value },
              body: JSON.stringify(fields) });
            const body = await answer.json().catch(() => ({}));
            if (!answer.ok) throw new Error((body.title || 'It did not work.') + ' ' + (body.detail || ''));
            return body;
          };
          const act = (id, work) => {
            const form = document.getElementById(id);
            if (!form) return;
            if (!window.PublicKeyCredential) { say('This browser has no passkeys.'); return; }
            form.addEventListener('submit', async event => {
              event.preventDefault();
              const button = form.querySelector('button');
              button.disabled = true;
              say('Look at what your browser asks…');
              try {
                await work(form);
              } catch (error) {
                say(error.name === 'InvalidStateError' ? 'This device has a passkey for your account already.'
                  : error.name === 'NotAllowedError' ? 'Nothing was done: it was cancelled, or took too long.'
                  : error.message);
                button.disabled = false;
                button.focus();
              }
            });
          };
          const answer = made => ({
            'credential': text(made.rawId), 'client-data': text(made.response.clientDataJSON),
            'authenticator-data': text(made.response.authenticatorData), 'signature': text(made.response.signature),
            'user-handle': text(made.response.userHandle) });
          act('passkey-prove', async form => {
            const options = await send(form, '/step-up/passkey/options', {});
            const made = await navigator.credentials.get({ publicKey: {
              challenge: bytes(options.challenge), rpId: options['rp-id'], userVerification: 'required',
              allowCredentials: options.allow.map(id => ({ type: 'public-key', id: bytes(id) })), timeout: 120000 } });
            await send(form, '/step-up/passkey', answer(made));
            location.assign(form.dataset.return);
          });
          act('passkey-sign-in', async form => {
            const options = await send(form, '/sign-in/passkey/options', {});
            const made = await navigator.credentials.get({ publicKey: {
              challenge: bytes(options.challenge), rpId: options['rp-id'], userVerification: 'required',
              timeout: 120000 } });
            await send(form, '/sign-in/passkey', answer(made));
            location.assign(form.dataset.return);
          });
          act('passkey-add', async form => {
            const options = await send(form, '/account/passkeys/options', {});
            const made = await navigator.credentials.create({ publicKey: {
              challenge: bytes(options.challenge), rp: { id: options['rp-id'], name: options['rp-name'] },
              user: { id: new TextEncoder().encode(options.user), name: options['user-name'],
                displayName: options['user-name'] },
              pubKeyCredParams: options.algorithms.map(alg => ({ type: 'public-key', alg })),
              excludeCredentials: options.exclude.map(id => ({ type: 'public-key', id: bytes(id) })),
              authenticatorSelection: { residentKey: 'required', requireResidentKey: true,
                userVerification: 'required' },
              attestation: 'none', timeout: 120000 } });
            await send(form, '/account/passkeys', {
              'name': form.elements.name.value, 'client-data': text(made.response.clientDataJSON),
              'attestation': text(made.response.attestationObject) });
            location.assign(form.dataset.return);
          });
        })();

        """
}
